import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// What this machine's own way out does to a packet that the usual witnesses do not see: limits that let some through,
/// devices upon devices, programs that serve a device, programs that change what connect() asks for.

private func drop(at interface: String?, _ milliseconds: Int64, _ reason: String = "NETFILTER_DROP") -> KernelDrop {
    KernelDrop(
        reason: reason, place: "nft_do_chain", interface: interface, isOutgoing: true, flags: .syn,
        at: .zero + .milliseconds(milliseconds))
}

/// A silent attempt, a control, and ladders of which the target's first `stopped` packets never left this machine.
private func laddered(stopped: ClosedRange<Int>?, byDropsAlone: Bool = false) -> HandmadeFacts {
    var made = HandmadeFacts.blocked(hasWire: !byDropsAlone)
    made.facts.kernel.watchesDrops = true
    for hop in 1...4 {
        let at = 400 + Int64(hop)
        let exceeded = hop < 4 ? HandmadeFacts.Reply.icmp(11, 0, from: HandmadeFacts.routers[hop - 1]) : nil
        made.add(.rung(timeToLive: hop), at: at)
        if stopped?.contains(hop) == true {
            made.facts.attempts[made.facts.attempts.count - 1].packets = []
            made.facts.attempts[made.facts.attempts.count - 1].drops = [drop(at: nil, at)]
        }
        made.add(
            .controlRung(timeToLive: hop), to: HandmadeFacts.web, at: at + 10, replies: [exceeded ?? .synAck()])
    }
    return made
}

@Test("A rung that a limit of this machine stopped places nothing, though its primary left", arguments: [false, true])
func stoppedRungs(byDropsAlone: Bool) {
    let swallowed = laddered(stopped: nil, byDropsAlone: byDropsAlone).facts.diagnose()
    #expect(swallowed.beforeHop?.ttl == 1, "\(swallowed.summary)")
    let stopped = laddered(stopped: 1...4, byDropsAlone: byDropsAlone).facts.diagnose()
    #expect(stopped.beforeHop == nil && stopped.confidence < .strong, "\(stopped.summary)")
    #expect(Set(stopped.zones).isSuperset(of: [.path, .destination, .returnPath]), "\(stopped.zones)")
    // Those that did leave still do.
    #expect(laddered(stopped: 1...2, byDropsAlone: byDropsAlone).facts.diagnose().beforeHop?.ttl == 3)
}

@Test("What the kernel drops below the device that is tapped has not left, however often the tap saw it")
func droppedBehindTap() {
    func diagnose(_ interfaces: [String?], _ reason: String = "NETFILTER_DROP") -> TargetDiagnosis {
        var made = HandmadeFacts.blocked()
        made.facts.route?.interface = "br0"
        made.facts.kernel.watchesDrops = true
        made.facts.attempts[0].drops = interfaces.enumerated().map { drop(at: $1, 10 + 1_000 * Int64($0), reason) }
        return made.facts.diagnose()
    }
    let below = diagnose(["eth0", "eth0", "eth0"])
    #expect(below.zones == [.localEgress] && below.confidence == .proved, "\(below.summary)")
    // One of three got out, so something outside is silent as well.
    #expect(diagnose(["eth0", "eth0"]).zones.contains(.path))
    // A clone that somebody else threw away, and a drop that may have been before the tap.
    #expect(diagnose(["eth0", "eth0", "eth0"], "NOT_SPECIFIED").zones.contains(.path))
    #expect(diagnose(["br0", nil, nil]).zones.contains(.path))
}

@Test("What goes into a device that a program of this machine serves has not left, unless a router has answered it")
func servedByProgram() {
    func diagnose(_ made: HandmadeFacts, kind: String = "tun") -> [Zone] {
        var facts = made.facts
        facts.kernel.circumstances.link = LinkFact(name: "tun0", kind: kind)
        return facts.diagnose().zones
    }
    #expect(Set(diagnose(.silent())).isSuperset(of: [.path, .localEgress, .localIngress]))
    #expect(!diagnose(.silent(), kind: "veth").contains(.localEgress))
    var refused = HandmadeFacts()
    refused.add(.primary, .icmp(3, 13, from: HandmadeFacts.routers[0]))
    #expect(diagnose(refused) == [.path, .localEgress])
    var placed = HandmadeFacts.blocked()
    placed.add(.rung(timeToLive: 1), at: 400, .icmp(11, 0, from: HandmadeFacts.routers[0]))
    #expect(!diagnose(placed).contains(.localEgress))
    #expect(diagnose(.answered()) == [])
}

@Test("Without a capture, who takes every port may be an agent of this machine", arguments: [true, false])
func everyPort(hasWire: Bool) {
    var made = HandmadeFacts.answered(hasWire: hasWire)
    made.add(.experiment(.unusedPort), to: .tcp(port: 21_846), at: 300, .synAck())
    #expect(made.facts.diagnose().zones == [.path, .destination] + (hasWire ? [] : [.localEgress]))
    #expect(made.facts.isAnswerOdd)
    made.add(.rung(timeToLive: 1), at: 400, .icmp(11, 0, from: HandmadeFacts.routers[0]))
    #expect(made.facts.diagnose().zones == [.path, .destination], "a router has answered")
}

/// No SYN was seen to leave, and the kernel dropped none.
private func vanished(_ rules: [LocalRule]?, reset: Bool) -> TargetDiagnosis {
    var made = HandmadeFacts()
    made.add(.primary, sends: reset ? 1 : 3, replies: reset ? [.reset()] : [])
    made.add(.control, to: HandmadeFacts.web, at: 350, .synAck())
    made.facts.attempts[0].packets = []
    made.facts.kernel.watchesDrops = true
    made.facts.kernel.readsRules = rules != nil
    made.facts.kernel.rules = rules ?? []
    return made.facts.diagnose()
}

@Test("What no rule stops and the kernel does not drop never was a packet to the target", arguments: [true, false])
func changedBeforeThePacket(reset: Bool) {
    let changed = vanished([], reset: reset)
    #expect(changed.zones.first == .localEgress && changed.zones.contains(.path), "\(changed.summary)")
    #expect(changed.confidence == .likely && changed.advice.contains { $0.contains("bpftool cgroup") })
    // Where the rules are not known, it may be one of them.
    #expect(vanished(nil, reset: reset).zones == [.localEgress])
}

@Test("A program that keeps what a rule hands it is named by the rule")
func heldByProgram() {
    func rule(_ action: String) -> LocalRule {
        LocalRule(
            family: "ip", table: "filter", chain: "OUTPUT", handle: 2, hook: "output", action: action,
            text: "-j NFQUEUE --queue-num 3", ground: .possible, isOutgoing: true)
    }
    let held = vanished([rule("queue to a program")], reset: false)
    #expect(held.zones == [.localEgress] && held.summary.contains("handle 2"), "\(held.summary)")
    let dropped = vanished([rule("drop")], reset: false)
    #expect(dropped.zones == [.localEgress] && !dropped.summary.contains("handle 2"), "\(dropped.summary)")
}

@Test(
    "A limit on connections is this machine's where its kernel dropped those that failed, or may be where it kept packets"
)
func ownConnectionLimit() {
    func zones(_ out: Bool?, hasWire: Bool = true, heldBack: UInt64 = 0) -> [Zone] {
        var made = HandmadeFacts.answered(hasWire: hasWire)
        func add(_ purpose: Experiment, at: Int64, passes: Bool) {
            made.add(.experiment(purpose), at: at, replies: passes ? [.synAck()] : [])
            guard !passes, let out else { return }
            made.facts.attempts[made.facts.attempts.count - 1].drops = [
                KernelDrop(
                    reason: "NETFILTER_DROP", place: nil, isOutgoing: out, flags: out ? .syn : [.syn, .ack],
                    at: .zero + .milliseconds(at))
            ]
        }
        for index in 0..<6 { add(.held(.one), at: 300 + 50 * Int64(index), passes: index < 3) }
        for at in [Int64(2_600), 2_650] { add(.held(.whileHeld), at: at, passes: false) }
        add(.held(.afterRelease), at: 3_200, passes: true)
        made.facts.kernel.watchesDrops = out != nil
        made.facts.kernel.counters = [
            CounterChange(name: "Ip.OutRequests", rise: 50 + heldBack),
            CounterChange(name: "Ip.OutTransmits", rise: 50),
        ]
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.mechanism == .rateLimit, "\(diagnosis.summary)")
        return diagnosis.zones
    }
    #expect(zones(true) == [.localEgress] && zones(false) == [.localIngress])
    #expect(zones(nil, heldBack: 9) == [.path, .destination, .returnPath])
    #expect(zones(nil, hasWire: false) == [.path, .destination, .returnPath])
    #expect(zones(nil, hasWire: false, heldBack: 9).last == .localEgress)
}

@Test("Without a capture, a ladder's end is this machine's as well where it counted packets that it did not send")
func heldBackLadder() {
    func diagnose(heldBack: UInt64, hasWire: Bool = false, isShared: Bool = false) -> TargetDiagnosis {
        var made = HandmadeFacts.blocked(hasWire: hasWire)
        made.add(.rung(timeToLive: 1), at: 400, from: 40_500, .icmp(11, 0, from: HandmadeFacts.routers[0]))
        for at in [Int64(401), 1_401] { made.add(.rung(timeToLive: 2), at: at, from: 40_500) }
        made.add(
            .controlRung(timeToLive: 2), to: HandmadeFacts.web, at: 1_410, .icmp(11, 0, from: HandmadeFacts.routers[1]))
        made.facts.kernel.counters = [
            CounterChange(name: "Ip.OutRequests", rise: 50 + heldBack),
            CounterChange(name: "Ip.OutTransmits", rise: 50),
        ]
        made.facts.kernel.sharesCounters = isShared
        return made.facts.diagnose()
    }
    // What rose may be another target's: nothing is said of this machine, and nothing is sure.
    let shared = diagnose(heldBack: 4, isShared: true)
    #expect(shared.zones == [.path] && shared.confidence == .likely)
    #expect(diagnose(heldBack: 0).zones == [.path] && diagnose(heldBack: 0).confidence == .strong)
    #expect(diagnose(heldBack: 4).zones == [.path, .localEgress] && diagnose(heldBack: 4).confidence == .likely)
    #expect(diagnose(heldBack: 4, hasWire: true).zones == [.path])
}
