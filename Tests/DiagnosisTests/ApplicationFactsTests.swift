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
        Facts.talked(to: Self.address, request, make: make).diagnose()
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
            var facts = Facts.talked(to: Self.address)
            if hasWire { facts.witnesses.insert(.wire) }
            var attempt = facts.attempts[0]
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

    @Test("Who was asked for a certificate and got no further may have gone for another reason")
    func certificateWanted() {
        let ends = [TLSFact.Outcome.broken(.closed()), .broken(.reset(SocketError(linux: 104)))]
        for outcome in ends {
            let asked = tls(outcome) { ($0.asksForCertificate, $0.received) = (true, 900) }
            #expect(asked.mechanism == .tlsAlert && asked.confidence == .likely)
            #expect(
                asked.summary
                    == "The server wants a certificate of the client for web.lab, and goes no further without one.")
            let unasked = tls(outcome) { $0.received = 900 }
            #expect(unasked.mechanism != .tlsAlert && !unasked.summary.contains("certificate"))
        }
        let said = tls(.alert(TLSAlert(.fatal, .certificateRequired), byPeer: true))
        #expect(said.confidence == .strong && said.summary.contains("(alert certificate_required)"))
        // Silence asks for nothing.
        let silent = tls(.broken(.silence(.seconds(8), isAcknowledged: true))) {
            ($0.asksForCertificate, $0.received) = (true, 900)
        }
        #expect(silent.mechanism == .noReply)
    }

    @Test("A handshake that breaks off in its middle says how much had come")
    func brokenMidway() {
        let silent = tls(.broken(.silence(.seconds(8), isAcknowledged: true))) { $0.received = 3_000 }
        #expect(silent.mechanism == .noReply && silent.stage == .tls && silent.confidence == .likely)
        #expect(silent.summary.contains("3000 bytes"), "\(silent.summary)")
        let failed = tls(.failed("bad record MAC"))
        #expect(failed.mechanism == .protocolMismatch && failed.confidence == .likely)
        #expect(failed.summary.contains("The TLS handshake for web.lab failed: bad record MAC."))
    }

    @Test("A certificate, and how long each flight took, are told beside the verdict")
    func evidence() {
        let diagnosis = tls(.secured) { fact in
            fact.version = .tls13
            fact.answeredAt = .zero + .milliseconds(22)
            fact.chain = [
                TLSFact.Certificate(
                    subject: "CN=web.lab", issuer: "CN=lab\u{1b}[2J", names: ["web.lab"], validity: "2026 – 2027")
            ]
        }
        let certificate = diagnosis.evidence.first { $0.fact == "certificate: CN=web.lab" }
        #expect(certificate?.detail.contains("2026 – 2027") == true)
        #expect(certificate?.detail.contains("\u{1b}") == false, "what comes from the network is escaped")
        let version = diagnosis.evidence.first { $0.fact.hasPrefix("TLS: TLS 1.3") }
        #expect(version?.detail == "the server's first flight after 12 ms, its last after 20 ms")
    }

    @Test("Where there was no time for words behind the handshake, the handshake is the verdict, and that is said")
    func notSaid() {
        var facts = Facts(
            target: Target(input: "x", host: "web.lab", address: Self.address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.request = ApplicationRequest(usesTLS: true)
        let words = "nothing was said behind the handshake: there was no time for it"
        for (state, verdict) in [
            (SocketOutcome.State.connected, Verdict.open),
            (.failed(SocketError(linux: 111), atOnce: false), .closed),
        ] {
            var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.address, startedAt: .zero)
            attempt.socket = SocketOutcome(state: state, at: .zero + .milliseconds(10))
            attempt.socket?.aftermath = .held
            facts.attempts = [attempt]
            let diagnosis = facts.diagnose()
            #expect(diagnosis.verdict == verdict && diagnosis.application == nil)
            #expect(diagnosis.evidence.contains { $0.fact == words } == (verdict == .open))
        }
    }

    @Test("What is no HTTP is the answer of somebody else")
    func notHTTP() {
        let diagnosis = diagnose(ApplicationRequest(usesTLS: false, path: "/")) { application in
            var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero)
            fact.foreign = "SSH-2.0-OpenSSH_9.2"
            application.http = fact
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.summary.contains("SSH-2.0-OpenSSH_9.2"), "\(diagnosis.summary)")
    }

    @Test(
        "A server of HTTP/2 that is asked in HTTP/1 says so by its first frame, and what only begins like one does not")
    func onlyHTTP2() {
        // SETTINGS with three parameters, as nginx says it at once: RFC 9113 section 6.5.
        let settings: [UInt8] = [
            0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 128, 0, 4, 0, 1, 0, 0, 0, 5, 0, 255, 255, 255,
        ]
        let found = ApplicationFinding.Problem.notHTTP(NetworkText(bytes: settings))
        #expect(found.mechanism == .protocolMismatch && found.summary.contains("speaks HTTP/2 at once"))
        #expect(found.advice.first?.contains("grpcurl") == true)
        for (index, value) in [(2, 17), (3, 6), (4, 1), (8, 1)] as [(Int, UInt8)] {
            var other = settings
            other[index] = value
            #expect(ApplicationFinding.Problem.notHTTP(NetworkText(bytes: other)).summary.contains("no HTTP server"))
        }
        #expect(
            ApplicationFinding.Problem.notHTTP(NetworkText(bytes: settings.dropLast(19))).summary.contains("no HTTP"))
    }
}
