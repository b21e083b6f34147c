import Conversations
import Diagnosis
import PacketWire
import Testing

/// What a proxy answers to CONNECT, as a verdict.
struct TunnelAnswerTests {
    private func diagnosis(_ change: (inout HTTPFact) -> Void) -> TargetDiagnosis {
        var tunnel = HTTPFact(method: "CONNECT", path: "web.example:443", host: "web.example:443", sentAt: .zero)
        change(&tunnel)
        var application = ApplicationFacts()
        application.tunnel = tunnel
        return Facts.proxied("https://web.example/", port: 3128, usesTLS: true, application).diagnose()
    }

    private func status(_ code: Int) throws -> HTTPStatusLine {
        let line = Array("HTTP/1.1 \(code) Word\r\n".utf8)
        let status = HTTPStatusLine(decoding: line.span)
        return try #require(status)
    }

    @Test(
        "A refusal is the proxy's, and a failure of its own is told from one",
        arguments: [
            (302, Mechanism.permission), (403, .permission), (407, .permission), (502, .noReply), (504, .noReply),
            (429, .rateLimit), (511, .permission),
        ])
    func refusals(code: Int, mechanism: Mechanism) throws {
        let status = try status(code)
        let diagnosis = diagnosis { $0.status = status }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .application)
        #expect(diagnosis.mechanism == mechanism && diagnosis.zones == [.destination])
        #expect(diagnosis.summary == "The proxy gives no tunnel to web.example:443: \(code) Word.")
        #expect(diagnosis.advice.first?.contains("credentials") == (code == 407))
    }

    @Test(
        "What servers say that know no tunnels is no proxy's, unless something shows one",
        arguments: [400, 404, 405, 501])
    func noProxies(code: Int) throws {
        let status = try status(code)
        let server = diagnosis {
            $0.status = status
            $0.fields["Server"] = "nginx"
        }
        #expect(server.mechanism == .protocolMismatch && server.confidence == .likely)
        #expect(server.summary.contains("no proxy, as it seems: \(code) Word (nginx)") && server.lookAlikes.count == 1)
        let proxy = diagnosis {
            $0.status = status
            $0.fields["Via"] = "1.1 px"
        }
        #expect(proxy.mechanism == (code < 500 ? .permission : .noReply) && proxy.confidence == .strong)
    }

    private func proxied(
        _ origin: ProxyKind?, inTLS: Bool = false, _ make: (inout ApplicationFacts) -> Void
    ) -> TargetDiagnosis {
        var application = ApplicationFacts()
        make(&application)
        if inTLS {
            application.proxyTLS = TLSFact(serverName: "proxy", sentAt: .zero)
            application.proxyTLS?.outcome = .secured
        }
        var facts = Facts.proxied("https://web.example/", port: 3128, usesTLS: true, application)
        if let origin { facts.request?.origin = .init(host: "web.example", port: 443, proxy: origin) }
        return facts.diagnose()
    }

    private func isTLSThought(_ diagnosis: TargetDiagnosis) -> Bool {
        diagnosis.lookAlikes.contains { $0.experiment.contains("-x https://PROXY:PORT") }
    }

    @Test("A proxy that hangs up upon words in the clear may want TLS", arguments: ["CONNECT", "GET"])
    func hangsUp(method: String) {
        func asked(_ end: DialogueEnd, inTLS: Bool = false) -> TargetDiagnosis {
            proxied(.http, inTLS: inTLS) { application in
                var fact = HTTPFact(method: method, path: "web.example:443", host: "web.example:443", sentAt: .zero)
                fact.end = end
                if method == "GET" { application.http = fact } else { application.tunnel = fact }
            }
        }
        for end in [DialogueEnd.closed(isAcknowledged: true), .closed(), .reset(SocketError(linux: 104))] {
            #expect(isTLSThought(asked(end)) && !isTLSThought(asked(end, inTLS: true)))
            // Whoever asks a proxy is not to ask its port for https:// itself.
            #expect(!asked(end).lookAlikes.contains { $0.experiment == "ask for https:// there" })
        }
        #expect(!isTLSThought(asked(.silence(.seconds(8), isAcknowledged: true))))
        #expect(!isTLSThought(asked(.closed(isAcknowledged: false))))
    }

    @Test("An alert in answer to CONNECT is of a proxy that speaks TLS itself")
    func alerts() {
        let diagnosis = proxied(.http) { application in
            var fact = HTTPFact(method: "CONNECT", path: "web.example:443", host: "web.example:443", sentAt: .zero)
            fact.foreign = NetworkText(bytes: [0x15, 3, 1, 0, 2, 2, 0x46])
            application.tunnel = fact
        }
        #expect(diagnosis.mechanism == .protocolMismatch && diagnosis.summary.contains("speaks TLS"))
        #expect(diagnosis.advice == ["Name the proxy as one that is itself spoken to in TLS: -x https://PROXY:PORT."])
    }

    @Test("A tunnel that stands is said, and one whose answer never ends is none")
    func others() throws {
        let status = try status(200)
        let open = diagnosis { $0.status = status }
        #expect(open.verdict == .open && open.summary.contains("The proxy gives a tunnel to web.example:443."))
        let silent = diagnosis { $0.end = .silence(.seconds(8), isAcknowledged: true) }
        #expect(silent.verdict == .interfered && silent.mechanism == .noReply)
        #expect(silent.summary.contains("CONNECT web.example:443") && !silent.summary.contains("gives a tunnel"))
        let endless = diagnosis {
            $0.received = 20_000
            $0.end = .silence(.seconds(8), isAcknowledged: nil)
        }
        #expect(endless.summary.contains("does not come to an end: 20000 bytes"))
        let foreign = diagnosis { $0.foreign = "SSH-2.0-x" }
        #expect(foreign.mechanism == .protocolMismatch && foreign.summary.contains("SSH-2.0-x"))
    }

    @Test("TLS with the proxy itself is the proxy's, and says so in every line")
    func proxysOwn() {
        func diagnosis(_ outcome: TLSFact.Outcome) -> TargetDiagnosis {
            var tls = TLSFact(serverName: "proxy", sentAt: .zero)
            (tls.outcome, tls.version, tls.endedAt) = (outcome, .tls13, .zero + .milliseconds(20))
            var application = ApplicationFacts()
            application.proxyTLS = tls
            return Facts.proxied("https://web.example/", port: 3129, usesTLS: true, application).diagnose()
        }
        let untrusted = diagnosis(.untrusted(["certificate has expired"]))
        #expect(untrusted.verdict == .interfered && untrusted.stage == .tls)
        #expect(untrusted.summary.hasPrefix("With the proxy itself: "), "\(untrusted.summary)")
        #expect(untrusted.evidence.contains { $0.fact.hasPrefix("the proxy: TLS ClientHello for proxy") })
        let secured = diagnosis(.secured)
        #expect(secured.summary.contains("With the proxy, TLS 1.3 for proxy stands"), "\(secured.summary)")
    }
}
