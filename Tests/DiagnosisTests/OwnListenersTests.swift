import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// The target is this machine: what its kernel says of listeners and of its own packet filter decides between a closed
/// port and a rejecting rule, which look the same from outside.
struct OwnListenersTests {
    private func facts(
        _ target: String = "192.0.2.5", listeners: [String]?, drop: String? = nil, isHere: Bool = true,
        hasWire: Bool = true, watches: Bool = true
    ) -> Facts {
        let address = IPAddress(target)!
        var facts = Facts(
            target: Target(input: "t", host: "t", address: address, port: 5_432, transport: .tcp),
            witnesses: hasWire ? [.socket, .wire, .kernel] : [.socket, .kernel])
        facts.route = RouteFact(kind: isHere ? .local : .unicast, source: address, interface: "lo")
        facts.kernel.watchesDrops = watches
        facts.kernel.circumstances.listeners = listeners.map { $0.map { IPAddress($0)! } }
        var primary = Attempt(purpose: .primary, kind: .tcp(port: 5_432), remote: address, startedAt: .zero)
        primary.local = Endpoint(address, 40_000)
        primary.socket = SocketOutcome(state: .failed(SocketError(linux: 111), atOnce: false), at: .zero)
        if hasWire {
            let syn = TCPHeader(from: 40_000, to: 5_432, .syn, sequenceNumber: 1_000)
            let reset = TCPHeader(
                from: 5_432, to: 40_000, [.rst, .ack], sequenceNumber: 0, acknowledgementNumber: 1_001)
            for (index, (header, isOut)) in [(syn, true), (reset, false)].enumerated() {
                primary.packets.append(
                    SeenPacket(
                        frame: index + 1, at: .zero, fromInitiator: isOut, source: address, timeToLive: 64,
                        identification: nil,
                        kind: .tcp(header, payloadLength: 0)))
            }
        }
        if let drop {
            primary.drops = [
                KernelDrop(
                    reason: drop, place: "nft_do_chain", interface: "lo", isOutgoing: true, flags: .syn, at: .zero)
            ]
        }
        facts.attempts = [primary]
        facts.observedUntil = .zero + .seconds(1)
        return facts
    }

    @Test("Nobody takes what is for that address: closed, proved, and told where else somebody listens")
    func elsewhere() {
        let nobody = facts(listeners: []).diagnose()
        #expect(nobody.verdict == .closed && nobody.confidence == .proved && nobody.lookAlikes.isEmpty)
        #expect(nobody.summary.contains("nothing here listens on tcp port 5432"))
        let other = facts(listeners: ["127.0.0.1", "::1"], drop: "NO_SOCKET").diagnose()
        #expect(other.verdict == .closed && other.confidence == .proved)
        #expect(other.summary.hasSuffix("does so at 127.0.0.1:5432 and [::1]:5432, and not there."))
        #expect(other.advice.first?.hasPrefix("Connect to 127.0.0.1:5432") == true)
        // IPv4's listener takes nothing of IPv6's.
        #expect(facts("2001:db8::5", listeners: ["0.0.0.0"]).diagnose().confidence == .proved)
    }

    @Test("Where neither rules nor drops are seen, a rule may lead the connection elsewhere")
    func unprivileged() {
        let diagnosis = facts(listeners: [], hasWire: false, watches: false).diagnose()
        #expect(diagnosis.verdict == .closed && diagnosis.confidence == .strong)
        var led = facts(listeners: [])
        led.kernel.translatesDestination = true
        #expect(led.diagnose().confidence == .likely)
    }

    @Test("The port of a container is named where a rule may lead there, and only there")
    func publishedPort() {
        func names(_ facts: Facts) -> Bool { facts.diagnose().advice.contains { $0.contains("docker ps") } }
        #expect(!names(facts(listeners: [])), "the SYN was seen on the loopback")
        #expect(names(facts(listeners: [], hasWire: false, watches: false)))
        var led = facts(listeners: [], hasWire: false)
        led.kernel.translatesDestination = true
        led.kernel.readsRules = true
        #expect(names(led))
        led.kernel.translatesDestination = false
        #expect(!names(led), "the rules are known, and none leads elsewhere")
    }

    @Test("Silence of this machine itself where nobody listens is no full queue", arguments: [true, false])
    func silentHere(isListening: Bool) {
        var silent = facts(listeners: isListening ? ["0.0.0.0"] : [], hasWire: false, watches: false)
        silent.attempts[0].socket = SocketOutcome()
        var control = silent.attempts[0]
        control.purpose = .control
        control.kind = .tcp(port: 22)
        control.socket = SocketOutcome(state: .connected, at: .zero)
        silent.attempts.append(control)
        silent.observedUntil = .zero + .seconds(5)
        let diagnosis = silent.diagnose()
        #expect(diagnosis.verdict == .blocked && diagnosis.summary.contains("the queue of what listens") == isListening)
        #expect(diagnosis.summary.contains("nothing here listens") != isListening, "\(diagnosis.summary)")
        #expect(diagnosis.advice.contains { $0.contains("docker ps") } != isListening)
    }

    @Test(
        "The kernel dropped what asked by a rule, and a reset came: the filter's, whoever listens",
        arguments: [true, false])
    func rejected(hasWire: Bool) {
        for listeners in [["0.0.0.0"], [], nil] {
            let diagnosis = facts(listeners: listeners, drop: "NETFILTER_DROP", hasWire: hasWire).diagnose()
            #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .tcpReset)
            #expect(diagnosis.zones == [.destination] && diagnosis.confidence == .proved)
            #expect(diagnosis.summary.contains("as it arrives") == hasWire)
        }
    }

    @Test(
        "Somebody listens there and a reset came: the filter's likely where nobody sees drops, and else an open question"
    )
    func listened() {
        for listener in ["192.0.2.5", "0.0.0.0"] {
            let diagnosis = facts(listeners: [listener], hasWire: false, watches: false).diagnose()
            #expect(diagnosis.verdict == .blocked && diagnosis.confidence == .likely, "\(listener)")
            // Bound to one interface, it is not there for others: an open question, which is told.
            #expect(diagnosis.lookAlikes.contains { $0.whyNotExcluded.contains("bound to one interface") })
        }
        let late = facts(listeners: ["192.0.2.5"]).diagnose()
        #expect(late.verdict == .closed && late.confidence == .weak)
        #expect(late.summary.contains("or not for this: 192.0.2.5:5432 does now"))
    }

    @Test("What listens for all of IPv6 need not take IPv4's: then the port is closed for it, and no filter is accused")
    func forIPv6Alone() {
        for sees in [true, false] {
            let diagnosis = facts("127.0.0.1", listeners: ["::"], hasWire: sees, watches: sees).diagnose()
            #expect(
                diagnosis.verdict == .closed && diagnosis.mechanism == .noListener && diagnosis.confidence == .likely)
            #expect(
                diagnosis.zones == [.destination]
                    && diagnosis.summary.hasSuffix("[::]:5432, and that is for IPv6 alone."))
            #expect(diagnosis.advice.first?.hasPrefix("Connect to [::1]:5432") == true)
            // Who sees what the kernel drops has seen that no filter did it.
            #expect(diagnosis.lookAlikes.contains { $0.cause.contains("firewall") } != sees)
        }
        // With one for IPv4 beside it, it is not that; and IPv6 is served.
        #expect(!Observations(facts("127.0.0.1", listeners: ["::", "0.0.0.0"])).mayListenForIPv6Alone)
        #expect(!Observations(facts("::1", listeners: ["::"])).mayListenForIPv6Alone)
        // The rule that the kernel says it was stands before.
        let dropped = facts("127.0.0.1", listeners: ["::"], drop: "NETFILTER_DROP").diagnose()
        #expect(dropped.verdict == .blocked && dropped.confidence == .proved)
    }

    @Test("Of another machine this one's listeners say nothing")
    func another() {
        let diagnosis = facts(listeners: [], isHere: false).diagnose()
        #expect(diagnosis.confidence == .likely && !diagnosis.evidence.contains { $0.fact.contains("listens on") })
        #expect(OwnFilterRejects.examine(Observations(facts(listeners: ["0.0.0.0"], isHere: false))) == nil)
    }
}
