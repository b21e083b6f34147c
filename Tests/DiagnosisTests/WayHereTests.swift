import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// A target that is the machine itself has no way: no place on one is told, and nobody who would stand there.
struct WayHereTests {
    private static let here = IPAddress("198.51.100.2")!
    private static let there = IPAddress("203.0.113.10")!

    private func told(
        of address: IPAddress, leadsElsewhere: Bool = false, _ make: (inout ApplicationFacts) -> Void
    ) -> TargetDiagnosis {
        var facts = Facts.talked(to: address, make: make)
        facts.route = RouteFact(kind: address == Self.here ? .local : .unicast, source: Self.here, interface: "lo")
        facts.kernel.translatesDestination = leadsElsewhere
        facts.attempts[0].local = Endpoint(Self.here, 40_000)
        return facts.diagnose()
    }

    @Test(
        "What breaks off behind the handshake does so at the host",
        arguments: [
            (TLSFact.Outcome.broken(.closed()), [Zone.destination]),
            (.broken(.closed(isAcknowledged: false)), [.destination]),
            (.broken(.reset(SocketError(linux: 104))), [.destination]),
            (.broken(.silence(.seconds(8), isAcknowledged: true)), [.destination, .localIngress]),
            (.broken(.silence(.seconds(8), isAcknowledged: false)), [.destination, .localIngress, .localEgress]),
            (.foreign("SSH-2.0-x"), [.destination]), (.untrusted(["certificate has expired"]), [.destination]),
            (.alert(TLSAlert(.fatal, .handshakeFailure), byPeer: true), [.destination]),
        ])
    func tls(_ outcome: TLSFact.Outcome, _ most: [Zone]) {
        func diagnosis(_ address: IPAddress, leadsElsewhere: Bool = false) -> TargetDiagnosis {
            told(of: address, leadsElsewhere: leadsElsewhere) { application in
                var fact = TLSFact(serverName: "web.lab", sentAt: .zero + .milliseconds(10))
                (fact.outcome, fact.endedAt) = (outcome, .zero + .milliseconds(30))
                application.tls = fact
            }
        }
        let own = diagnosis(Self.here)
        #expect(own.zones.first == .destination && Set(own.zones).isSubset(of: most), "\(own.zones)")
        #expect(!own.lookAlikes.contains { $0.cause.contains("way") || $0.cause.contains("box") })
        let far = diagnosis(Self.there)
        #expect(far.zones.contains(.path) && far.verdict == own.verdict && far.mechanism == own.mechanism)
        #expect(far.summary == own.summary)
        // Into a container, say: then there is a way again.
        #expect(diagnosis(Self.here, leadsElsewhere: true).zones == far.zones)
    }

    @Test("An answer in the clear is the host's own", arguments: [403, 407, 429, 502, 511])
    func http(_ code: Int) {
        let diagnoses = [Self.here, Self.there].map { address in
            told(of: address) { application in
                var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero)
                fact.status = HTTPStatusLine(decoding: Array("HTTP/1.1 \(code) x\r\n".utf8).span)
                application.http = fact
            }
        }
        #expect(diagnoses[0].zones == [.destination] && Set(diagnoses[1].zones) == [.destination, .path])
        #expect(!diagnoses[0].lookAlikes.contains { $0.cause.contains("on the way") })
        #expect(diagnoses[1].lookAlikes.contains { $0.cause.contains("on the way") } == [403, 429, 502].contains(code))
    }

    @Test(
        "What is lost on the way to itself is lost in the machine, with and without a capture",
        arguments: [true, false])
    func loss(_ hasWire: Bool) {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, .synAck())
        made.burst([true, false, true, false, true, true])
        made.facts.route = RouteFact(kind: .local, source: HandmadeFacts.local, interface: "lo")
        let diagnosis = made.facts.diagnose()
        #expect(diagnosis.verdict == .degraded)
        #expect(!diagnosis.zones.contains { $0.isOnTheWay } && diagnosis.zones.contains(.destination))
        #expect(!diagnosis.lookAlikes.contains { $0.isOnTheWay })
        made.facts.route = RouteFact(kind: .unicast, source: HandmadeFacts.local, interface: "eth0")
        #expect(made.facts.diagnose().zones.contains(.path))
    }
}
