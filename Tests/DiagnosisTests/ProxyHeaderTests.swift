import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// That a server may want a PROXY protocol header first is said where its first words were an end, and never claimed.
struct ProxyHeaderTests {
    private static let address = IPAddress("203.0.113.1") ?? .v4(.any)
    private static let closed = DialogueEnd.closed(isAcknowledged: true)
    private static let reset = DialogueEnd.reset(SocketError(linux: 104))

    private func told(port: UInt16 = 443, _ make: (inout ApplicationFacts) -> Void) -> TargetDiagnosis {
        Facts.talked(to: Self.address, port: port, make: make).diagnose()
    }

    private func tls(_ end: DialogueEnd, _ make: (inout ApplicationFacts) -> Void = { _ in }) -> TargetDiagnosis {
        told { application in
            var fact = TLSFact(serverName: "web.lab", sentAt: .zero + .milliseconds(10))
            fact.outcome = .broken(end)
            application.tls = fact
            make(&application)
        }
    }

    private func http(_ end: DialogueEnd, received: Int = 0, isSecured: Bool = false) -> TargetDiagnosis {
        told(port: 80) { application in
            var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero + .milliseconds(10))
            (fact.end, fact.received) = (end, received)
            application.http = fact
            guard isSecured else { return }
            application.tls = TLSFact(serverName: "web.lab", sentAt: .zero)
            application.tls?.outcome = .secured
        }
    }

    private func isThought(_ diagnosis: TargetDiagnosis) -> Bool { diagnosis.lookAlikes.contains(.wantsProxyHeader) }

    @Test("An end without a word upon the first words")
    func firstWords() {
        for end in [Self.closed, .closed(), Self.reset] {
            for diagnosis in [tls(end), http(end)] {
                #expect(isThought(diagnosis) && diagnosis.confidence <= .likely && !diagnosis.summary.contains("PROXY"))
                #expect(diagnosis.verdict == .interfered && !diagnosis.advice.contains { $0.contains("PROXY") })
            }
        }
    }

    @Test("A request in the clear may have met a port of TLS, a hello may not")
    func inTheClear() {
        for end in [Self.closed, .closed(), Self.reset] {
            #expect(http(end).lookAlikes.contains(.speaksTLSAlone))
            #expect(!tls(end).lookAlikes.contains(.speaksTLSAlone))
            #expect(!http(end, isSecured: true).lookAlikes.contains(.speaksTLSAlone))
        }
        #expect(!http(.silence(.seconds(8), isAcknowledged: true)).lookAlikes.contains(.speaksTLSAlone))
    }

    @Test(
        "What understands no request may want a header before it",
        arguments: [(400, false, true), (400, true, false), (404, false, false)])
    func badRequest(_ code: Int, _ isSecured: Bool, _ isSaid: Bool) {
        let diagnosis = told(port: 80) { application in
            var fact = HTTPFact(method: "GET", path: "/", host: "web.lab", sentAt: .zero)
            fact.status = HTTPStatusLine(decoding: Array("HTTP/1.1 \(code) Word\r\n".utf8).span)
            application.http = fact
            guard isSecured else { return }
            application.tls = TLSFact(serverName: "web.lab", sentAt: .zero)
            application.tls?.outcome = .secured
        }
        #expect(diagnosis.verdict == .open && diagnosis.summary.contains("PROXY protocol header") == isSaid)
    }

    @Test("Not where words were not taken, not answered, or not the first")
    func others() {
        let silences: [DialogueEnd] = [
            .silence(.seconds(8), isAcknowledged: true), .silence(.seconds(8), isAcknowledged: false),
        ]
        for end in silences + [.closed(isAcknowledged: false)] {
            #expect(!isThought(tls(end)) && !isThought(http(end)))
        }
        for end in [Self.closed, Self.reset] {
            #expect(!isThought(http(end, received: 20)) && !isThought(http(end, isSecured: true)))
            let upgraded = tls(end) { application in
                application.upgrade = UpgradeFact(.smtp)
                application.upgrade?.outcome = .ready
            }
            #expect(upgraded.mechanism != nil && !isThought(upgraded))
        }
    }

    @Test("Another hello that is answered needed no header", arguments: [HelloVariant.otherName, .small, .unchanged])
    func anotherHello(_ variant: HelloVariant) {
        let diagnosis = tls(Self.reset) { application in
            for other in [HelloVariant.otherName, .small, .withALPN, .unchanged] {
                var fact = TLSFact(serverName: "web.lab", sentAt: .zero)
                fact.outcome = .broken(Self.reset)
                if other == variant { (fact.outcome, fact.version) = (.secured, .tls13) }
                application.hellos.append(HelloTrial(other, attempt: 1, fact))
            }
        }
        #expect(diagnosis.summary.count > 0 && !isThought(diagnosis))
    }

    @Test("Nor do services that speak first speak before it")
    func greeting() {
        let problem = ApplicationFinding.Problem.withoutGreeting(
            .smtp, .seconds(7), Target(input: "x", host: "x", address: Self.address, port: 25, transport: .tcp))
        #expect(problem.lookAlikes.contains(.wantsProxyHeader) && problem.confidence == .weak)
    }
}
