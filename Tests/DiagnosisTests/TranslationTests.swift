import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// Connections whose packets this machine's own nat writes over: the tap does not know them for theirs.
struct TranslationTests {
    /// No packet of it is known at the tap; those of a control are.
    private func unseen(_ replies: HandmadeFacts.Reply..., translate: (inout KernelFacts) -> Void) -> TargetDiagnosis {
        var made = HandmadeFacts()
        made.add(.primary, sends: 3, replies: replies)
        made.facts.attempts[0].packets = []
        made.add(.control, to: HandmadeFacts.web, .synAck())
        translate(&made.facts.kernel)
        return made.facts.diagnose()
    }

    @Test("Without nat, what the tap never saw stayed here")
    func without() {
        let silent = unseen { _ in }
        #expect(silent.verdict == .blocked && silent.zones == [.localEgress] && silent.confidence == .strong)
        #expect(unseen(.synAck()) { _ in }.mechanism == .answeredByMiddlebox)
        let reset = unseen(.reset()) { _ in }
        #expect(reset.mechanism == .tcpReset && reset.zones == [.localEgress] && reset.confidence == .proved)
    }

    @Test("Where the source is written over, the wire is no witness of it")
    func source() {
        let open = unseen(.synAck()) { $0.translatesSource = true }
        #expect(open.verdict == .open)
        let silent = unseen { $0.translatesSource = true }
        #expect(silent.zones != [.localEgress] && silent.confidence < .strong, "\(silent.zones)")
        let reset = unseen(.reset()) { $0.translatesSource = true }
        #expect(reset.verdict == .closed && reset.zones.contains(.destination), "\(reset.zones)")
    }

    @Test("Where the destination is written over, another one answers, or does not")
    func destination() {
        for diagnosis in [
            unseen { $0.translatesDestination = true }, unseen(.reset()) { $0.translatesDestination = true },
        ] {
            #expect(diagnosis.zones == [.localEgress, .path, .returnPath, .destination])
            #expect(diagnosis.confidence == .likely && diagnosis.summary.contains("nat rule"))
        }
        // A refusal by whoever was asked instead is none of the path's.
        let elsewhere = IPAddress("203.0.113.20")!
        let closed = unseen(.icmp(3, 3, from: elsewhere)) { $0.translatesDestination = true }
        #expect(closed.verdict == .closed && closed.mechanism == .noListener && closed.confidence == .likely)
        #expect(closed.summary.contains("203.0.113.20 answers"))
        let rejected = unseen(.icmp(3, 13, from: elsewhere)) { $0.translatesDestination = true }
        #expect(rejected.verdict == .blocked && rejected.zones.contains(.localEgress))
        #expect(unseen(.icmp(3, 13, from: elsewhere)) { _ in }.zones == [.path])
        // A rule whose counter rose with these packets stopped them, whatever else is there.
        let counted = unseen { kernel in
            kernel.translatesDestination = true
            kernel.rules = [
                LocalRule(
                    family: "inet", table: "t", chain: "output", handle: 1, hook: "output", action: "drop",
                    text: "drop",
                    ground: .counted(packets: 3), isOutgoing: true)
            ]
        }
        #expect(counted.zones == [.localEgress] && counted.confidence == .proved)
    }

    @Test("A first router that answers under the target's address leaves this machine's own nat in question")
    func beforeFirstHop() {
        func zones(_ replies: HandmadeFacts.Reply..., first: IPAddress = HandmadeFacts.host, hasWire: Bool = false)
            -> [Zone]
        {
            var made = HandmadeFacts(hasWire: hasWire)
            made.add(.primary, sends: 3, replies: replies)
            made.add(.control, to: HandmadeFacts.web, .synAck())
            for (index, router) in ([first] + HandmadeFacts.routers.dropFirst()).enumerated() {
                made.add(.rung(timeToLive: index + 1), at: 600, .icmp(11, 0, from: router))
            }
            return made.facts.diagnose().zones
        }
        #expect(zones().contains(.localEgress))
        #expect(zones(.reset()).contains(.localEgress))
        #expect(!zones(first: HandmadeFacts.routers[0]).contains(.localEgress))
        // At the tap such packets are none of the target's.
        #expect(!zones(hasWire: true).contains(.localEgress))
    }

    @Test("An address of this machine is told for one")
    func ownAddress() {
        var made = HandmadeFacts()
        made.add(.primary, .reset(64))
        #expect(!made.facts.diagnose().summary.contains("this machine itself"))
        made.facts.route = RouteFact(kind: .local, source: HandmadeFacts.host, interface: "lo")
        let diagnosis = made.facts.diagnose()
        #expect(
            diagnosis.verdict == .closed
                && diagnosis.summary.hasSuffix("203.0.113.10 is an address of this machine itself."))
    }

    @Test("A reset that passes the tap from no distance, for a SYN that never did, is of a port of this machine")
    func ledHere() {
        func diagnose(
            _ timeToLive: UInt8, hasControl: Bool = true, translates: Bool = true, watches: Bool = true
        ) -> TargetDiagnosis {
            var made = HandmadeFacts()
            made.add(.primary, .reset(timeToLive))
            made.facts.attempts[0].packets.removeAll(where: \.fromInitiator)
            if hasControl { made.add(.control, to: HandmadeFacts.web, .synAck()) }
            made.facts.kernel.translatesDestination = translates
            made.facts.kernel.watchesDrops = watches
            return made.facts.diagnose()
        }
        for watches in [true, false] {
            let here = diagnose(64, watches: watches)
            #expect(here.verdict == .blocked && here.mechanism == .tcpReset && here.zones == [.localEgress])
            #expect(here.confidence == .strong && here.summary.contains("where nobody listens"), "\(here.summary)")
            #expect(here.summary.contains("rejects") != watches)
        }
        // From a distance, or where nothing shows that the tap sees what leaves, it is another's.
        #expect(diagnose(61).zones.contains(.destination))
        #expect(diagnose(64, hasControl: false).zones.contains(.destination))
        // Without nat it is a rule that rejects: its reset passes the loopback, too.
        let rejected = diagnose(64, translates: false, watches: false)
        #expect(rejected.zones == [.localEgress] && rejected.confidence == .proved)
    }
}
