import Conversations
import FilterRules
import PacketWire
import StallpointTestKit
import Testing

@testable import Diagnosis

/// Who stops what is said behind a handshake, where somebody says so.
struct RequestStopTests {
    private static let client = IPAddress("198.51.100.2")!
    private static let router = IPAddress("192.0.2.18")!
    private static let host = IPAddress("203.0.113.10")!
    private static let silence = DialogueEnd.silence(.seconds(5), isAcknowledged: false)
    private static let reset = DialogueEnd.reset(SocketError(linux: 104))

    /// The handshake, and what `say` adds, as the wire has it.
    private func packets(_ say: (inout PacketScript) -> Void = { _ in }) -> [SeenPacket] {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.syn, .ack])
        say(&script)
        return script.table.conversations[0].packets
    }

    private static let words: [UInt8] = Array("hello".utf8)

    private func drop(_ flags: TCPFlags, _ reason: String = "NETFILTER_DROP", out: Bool = true) -> KernelDrop {
        KernelDrop(reason: reason, place: "nft_do_chain", isOutgoing: out, flags: flags, at: .zero)
    }

    private func stop(
        _ end: DialogueEnd, drops: [KernelDrop] = [], hasWire: Bool = true, isHeldBack: Bool = false,
        _ say: (inout PacketScript) -> Void = { _ in }
    ) -> RequestStop? {
        var facts = Facts(
            target: Target(input: "x", host: "x", address: Self.host, port: 443, transport: .tcp),
            witnesses: hasWire ? [.socket, .wire] : [.socket])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.host, startedAt: .zero)
        attempt.local = Endpoint(Self.client, 40_000)
        attempt.packets = hasWire ? packets(say) : []
        attempt.drops = drops
        attempt.socket = SocketOutcome(state: .connected)
        attempt.socket?.isHeldBack = isHeldBack
        facts.attempts = [attempt]
        return RequestStop(end, facts)
    }

    private static let target = Target(input: "x", host: "x", address: host, port: 443, transport: .tcp)

    private func zones(_ stop: RequestStop?) -> [Zone]? {
        stop?.problem("the ClientHello", of: Self.target, stage: .tls).zones
    }

    @Test("The one rule of that direction is named as what it may be, and of several none")
    func candidates() {
        func rule(_ handle: UInt64, isOutgoing: Bool = true) -> LocalRule {
            LocalRule(
                family: "ip", table: "filter", chain: "OUTPUT", handle: handle, hook: "output", action: "drop",
                text: "-m string --string x -j DROP", ground: .possible, isOutgoing: isOutgoing)
        }
        func candidate(_ rules: [LocalRule], isRead: Bool = true, _ reason: String = "NETFILTER_DROP") -> UInt64? {
            var kernel = KernelFacts()
            (kernel.rules, kernel.readsRules) = (rules, isRead)
            return kernel.candidate(for: drop([.psh, .ack], reason))?.handle
        }
        #expect(candidate([rule(2), rule(3, isOutgoing: false)]) == 2)
        #expect(candidate([rule(2), rule(3)]) == nil && candidate([rule(2)], isRead: false) == nil)
        #expect(candidate([rule(2)], "TC_EGRESS") == nil)
        let named = RequestStop.dropped(drop([.psh, .ack]), count: 1, by: rule(2))
        #expect(named.problem("x", of: Self.target, stage: .tls).summary.contains("That may be rule with handle 2"))
    }

    @Test("Words that nobody asked for are kept here where the kernel dropped them on their way in")
    func unasked() {
        func zones(out: Bool) -> [Zone] {
            var made = HandmadeFacts.answered()
            made.facts.attempts[0].drops = [drop([.psh, .ack], out: out)]
            made.facts.attempts[0].socket?.aftermath = .held
            return made.facts.diagnose().zones
        }
        #expect(zones(out: false) == [.localIngress] && zones(out: true) == [])
    }

    @Test("Words that this machine's kernel dropped, out or in")
    func drops() {
        let out = stop(Self.silence, drops: [drop([.psh, .ack]), drop([.psh, .ack])])
        #expect(out == .dropped(drop([.psh, .ack]), count: 2) && zones(out) == [.localEgress])
        #expect(out?.problem("x", of: Self.target, stage: .tls).summary.contains("That may be") == false)
        let back = stop(Self.silence, drops: [drop([.psh, .ack], out: false)]) {
            $0.send([.psh, .ack], payload: Self.words)
        }
        #expect(zones(back) == [.localIngress])
        #expect(zones(stop(Self.silence, drops: [drop([.psh, .ack])], hasWire: false)) == [.localEgress])
        // What is dropped with reason, is no word, or came although it was dropped once, says nothing.
        #expect(stop(Self.silence, drops: [drop(.ack), drop(.syn), drop([.rst, .ack])]) == nil)
        #expect(stop(Self.silence, drops: [drop([.psh, .ack], "TCP_OLD_DATA", out: false)]) == nil)
        #expect(stop(.closed(), drops: [drop([.psh, .ack], out: false)]) == nil)
    }

    @Test("A segment that was dropped once and arrived the next time is no reason for what the far end does")
    func dropsThatHealed() {
        let once = [drop([.psh, .ack])]
        func end(_ end: DialogueEnd) -> RequestStop? {
            stop(end, drops: once) { $0.send([.psh, .ack], payload: Self.words) }
        }
        #expect(end(.closed()) == nil && end(Self.reset) == nil)
        #expect(end(.silence(.seconds(5), isAcknowledged: true)) == nil)
        #expect(zones(end(.silence(.seconds(5), isAcknowledged: nil))) == [.localEgress])
        // Closed by who never heard a word.
        #expect(zones(stop(.closed(), drops: once)) == [.localEgress])
    }

    @Test("A reset for words that never left was made here")
    func resetHere() {
        let here = stop(Self.reset) { $0.answer([.rst, .ack], timeToLive: 64) }
        #expect(here == .resetHere && zones(here) == [.localEgress])
        let fromThere = stop(Self.reset) { $0.answer([.rst, .ack]) }
        #expect(fromThere == nil && stop(Self.reset) == nil)
        let left = stop(Self.reset) { $0.send([.psh, .ack], payload: Self.words) }
        #expect(left == nil)
        #expect(stop(Self.reset, hasWire: false) == nil && stop(Self.silence) == nil && stop(.closed()) == nil)
    }

    @Test("What the socket still holds never left, wire or not")
    func heldBack() {
        #expect(stop(Self.silence, hasWire: false, isHeldBack: true) == .heldBack)
        #expect(stop(.closed(), hasWire: false, isHeldBack: true) == nil)
        // What a reset comes for, and the kernel never counted as sent, was reset here.
        #expect(stop(Self.reset, hasWire: false, isHeldBack: true) == .resetHere)
        #expect(zones(.heldBack) == [.localEgress])
        #expect(
            stop(Self.silence, drops: [drop([.psh, .ack])], isHeldBack: true) == .dropped(drop([.psh, .ack]), count: 1))
    }

    @Test("A refusal by ICMP names who refuses, unless an answer came all the same")
    func refusals() {
        func refused(by sender: IPAddress, code: UInt8 = 13, isAnswered: Bool = false) -> RequestStop? {
            stop(Self.silence) {
                $0.send([.psh, .ack], payload: Self.words)
                $0.refuse(type: 3, code: code, by: sender)
                if isAnswered { $0.answer([.psh, .ack], payload: Self.words) }
            }
        }
        #expect(zones(refused(by: Self.router)) == [.path])
        #expect(zones(refused(by: Self.host)) == [.destination, .path])
        #expect(zones(refused(by: Self.client)) == [.localEgress])
        #expect(refused(by: Self.router, isAnswered: true) == nil)
        #expect(refused(by: Self.router, code: 4) == nil, "too big")
        let ofTheSYN = stop(Self.silence) { $0.refuse(type: 3, code: 13, by: Self.router) }
        #expect(ofTheSYN == nil)
    }

    @Test("Words that come damaged, again and again, are no silence, and no rule of this machine's")
    func damaged() {
        func end(_ damaged: [Bool], drops: [KernelDrop] = [], asked: Bool = false) -> RequestStop? {
            var facts = Facts(target: Self.target, witnesses: [.socket, .wire])
            var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.host, startedAt: .zero)
            attempt.packets = packets { script in
                for _ in damaged { script.answer([.psh, .ack], payload: Self.words) }
            }
            let first = attempt.packets.count - damaged.count
            for (index, isDamaged) in damaged.enumerated() { attempt.packets[first + index].isDamaged = isDamaged }
            attempt.drops = drops
            attempt.socket = SocketOutcome(state: .connected)
            facts.attempts = [attempt]
            return asked
                ? RequestStop(keptFrom: facts) : RequestStop(.silence(.seconds(3), isAcknowledged: true), facts)
        }
        #expect(end([true, true, true]) == .damaged(count: 3) && end([true, true], asked: true) == .damaged(count: 2))
        // Once is nothing, and what comes whole behind it is taken.
        #expect(end([true]) == nil && end([true, true, false]) == nil)
        #expect(end([false, true, true]) == .damaged(count: 2))
        // The kernel says so where no wire does.
        let dropped = [drop([.psh, .ack], "TCP_CSUM", out: false), drop([.psh, .ack], "TCP_CSUM", out: false)]
        #expect(end([], drops: dropped) == .damaged(count: 2))
        #expect(end([], drops: [drop([.ack], "TCP_CSUM", out: false), dropped[0]]) == nil)
        let problem = RequestStop.damaged(count: 2).problem("the request", of: Self.target, stage: .application)
        #expect(problem.zones == [.returnPath, .path, .destination] && problem.mechanism == .alteredInTransit)
        #expect(problem.confidence == .likely && problem.summary.contains("2 times with a wrong checksum"))
    }
}
