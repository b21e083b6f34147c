import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Verdicts on what was said behind a handshake that completed.
struct ApplicationFactsTests {
    private static let address = IPAddress("203.0.113.1") ?? .v4(.any)

    private func diagnose(
        _ request: ApplicationRequest = ApplicationRequest(usesTLS: true), _ make: (inout ApplicationFacts) -> Void
    ) -> TargetDiagnosis {
        var facts = Facts(
            target: Target(input: "x", host: "web.lab", address: Self.address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.request = request
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.aftermath = .held
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        var application = ApplicationFacts()
        make(&application)
        facts.application = application
        return facts.diagnose()
    }

    private func tls(_ outcome: TLSFact.Outcome, _ change: (inout TLSFact) -> Void = { _ in }) -> TargetDiagnosis {
        diagnose { application in
            var fact = TLSFact(serverName: "web.lab", sentAt: .zero + .milliseconds(10))
            fact.outcome = outcome
            fact.endedAt = .zero + .milliseconds(30)
            change(&fact)
            application.tls = fact
        }
    }

    @Test("What stands is open, and says in what")
    func secured() {
        let diagnosis = tls(.secured) { $0.version = .tls13 }
        #expect(diagnosis.verdict == .open && diagnosis.timing.tls == .milliseconds(20))
        #expect(diagnosis.summary.hasSuffix("TLS 1.3 for web.lab stands after 20 ms."), "\(diagnosis.summary)")
    }

    @Test("What had to be said again and again got through, and packets are lost", arguments: [true, false])
    func repeated(_ hasWire: Bool) {
        func told(_ repeats: Int, tooBig: Bool = false) -> TargetDiagnosis {
            var facts = Facts(
                target: Target(input: "x", host: "web.lab", address: Self.address, port: 443, transport: .tcp),
                witnesses: hasWire ? [.socket, .wire] : [.socket])
            facts.request = ApplicationRequest(usesTLS: true)
            var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.address, startedAt: .zero)
            attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
            attempt.socket?.aftermath = .held
            attempt.socket?.isEndAcknowledged = true
            attempt.socket?.retransmissions = repeats
            let segment = TCPHeader(from: 40_000, to: 443, [.psh, .ack], sequenceNumber: 1)
            for index in 0...repeats where hasWire {
                attempt.packets.append(
                    SeenPacket(
                        frame: index + 1, at: .zero + .milliseconds(Int64(11 + index)), fromInitiator: true,
                        source: Self.address, timeToLive: 64, identification: nil,
                        kind: .tcp(segment, payloadLength: 300)))
            }
            facts.attempts = [attempt]
            var tls = TLSFact(serverName: "web.lab", sentAt: .zero + .milliseconds(10))
            (tls.outcome, tls.helloLength) = (.secured, tooBig ? 1_700 : 300)
            facts.application = ApplicationFacts()
            facts.application?.tls = tls
            return facts.diagnose()
        }
        #expect(told(0).verdict == .open && told(1).verdict == .open)
        #expect(told(1).evidence.contains { $0.fact == "what was said was sent again once" })
        let lost = told(2)
        #expect(lost.verdict == .degraded && lost.mechanism == .loss && lost.stage == .tls)
        #expect(
            lost.confidence == .likely && lost.zones.contains(.path) && lost.zones.contains(.localEgress) != hasWire)
        // Segments that were too big are sent again as well, says the kernel's count.
        if !hasWire { #expect(told(2, tooBig: true).verdict == .open) }
    }

    @Test(
        "What breaks off is placed by how",
        arguments: [
            (TLSFact.Outcome.broken(.closed()), Mechanism.closedByPeer, [Zone.destination, .path]),
            (.broken(.reset(SocketError(linux: 104))), .tcpReset, [.destination, .path]),
            (.broken(.silence(.seconds(8), isAcknowledged: true)), .noReply, [.destination, .path, .returnPath]),
            (.broken(.silence(.seconds(8), isAcknowledged: false)), .silentDrop, [.path, .destination, .returnPath]),
            (.foreign("SSH-2.0-x"), .protocolMismatch, [.destination, .path]),
            (.alert(TLSAlert(.fatal, .unrecognizedName), byPeer: true), .tlsAlert, [.destination, .path]),
            (.untrusted(["certificate has expired"]), .tlsAlert, [.destination, .path]),
        ])
    func broken(_ outcome: TLSFact.Outcome, _ mechanism: Mechanism, _ zones: [Zone]) {
        let diagnosis = tls(outcome)
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls)
        #expect(diagnosis.mechanism == mechanism && diagnosis.zones == zones)
        #expect(diagnosis.confidence != .proved && !diagnosis.advice.isEmpty)
    }

    @Test(
        "Answers of HTTP",
        arguments: [
            (200, Verdict.open, nil), (404, .open, nil), (407, .interfered, Mechanism.permission),
            (511, .interfered, .answeredByMiddlebox), (403, .blocked, .permission), (451, .blocked, .permission),
            (502, .degraded, .noReply), (504, .degraded, .noReply),
        ] as [(Int, Verdict, Mechanism?)])
    func http(_ code: Int, _ verdict: Verdict, _ mechanism: Mechanism?) {
        let diagnosis = diagnose(ApplicationRequest(usesTLS: false, path: "/")) { application in
            var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero)
            let line = Array("HTTP/1.1 \(code) x\r\n".utf8)
            fact.status = HTTPStatusLine(decoding: line.span)
            fact.answeredAt = .zero + .milliseconds(5)
            application.http = fact
        }
        #expect(diagnosis.verdict == verdict && diagnosis.mechanism == mechanism)
        #expect(diagnosis.timing.application == .milliseconds(5))
    }

    @Test("A verdict on the connection itself stands")
    func refused() {
        var facts = Facts(
            target: Target(input: "x", host: "web.lab", address: Self.address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.request = ApplicationRequest(usesTLS: true)
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .failed(SocketError(linux: 111), atOnce: false), at: .zero)
        facts.attempts = [attempt]
        let diagnosis = facts.diagnose()
        #expect(diagnosis.verdict == .closed && diagnosis.stage == .handshake)
    }

    @Test("A page that stops behind its head is no page, and says where it stopped")
    func cutContent() {
        func page(_ end: DialogueEnd?) -> TargetDiagnosis {
            diagnose(ApplicationRequest(usesTLS: false, path: "/")) { application in
                var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero + .milliseconds(10))
                fact.status = HTTPStatusLine(decoding: Array("HTTP/1.1 200 OK".utf8).span)
                (fact.announced, fact.contentReceived, fact.received, fact.end) = (20_000, 14_000, 14_200, end)
                application.http = fact
            }
        }
        #expect(page(nil).verdict == .open)
        let stalled = page(.silence(.seconds(3), isAcknowledged: true))
        #expect(stalled.verdict == .interfered && stalled.stage == .transfer && stalled.mechanism == .noReply)
        #expect(stalled.zones == [.destination, .path, .returnPath, .localIngress] && stalled.confidence == .likely)
        #expect(stalled.summary.contains("14000 bytes of its content of 20000 bytes after 3 s"), "\(stalled.summary)")
        let closed = page(.closed())
        #expect(closed.mechanism == .closedByPeer && closed.summary.contains("in the middle of its content"))
        #expect(page(.reset(SocketError(linux: 104))).mechanism == .tcpReset)
    }
}
