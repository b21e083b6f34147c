import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Certificates that do not stand: whose fault that is, as far as other names, other hosts and clocks tell.
struct CertificateReadingTests {
    private static func certificate(_ name: String, from issuer: String = "CN=Nobody") -> TLSFact.Certificate {
        TLSFact.Certificate(
            subject: NetworkText("CN=\(name)"), issuer: NetworkText(issuer), names: [NetworkText(name)],
            validity: "2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z")
    }

    private func problem(
        _ faults: Set<CertificateFault>, _ change: (inout ApplicationFacts) -> Void = { _ in }
    ) -> ApplicationFinding.Problem {
        var application = ApplicationFacts()
        var tls = TLSFact(serverName: "web.lab", sentAt: .zero)
        tls.outcome = .untrusted(["what OpenSSL says"])
        tls.faults = faults
        tls.chain = [Self.certificate("web.lab")]
        application.tls = tls
        change(&application)
        let target = Target(input: "x", host: "web.lab", address: nil, port: 443, transport: .tcp)
        return CertificateReading(application: application, tls: application.tls ?? tls)
            .problem(["what OpenSSL says"], named: " for web.lab", target)
    }

    private static func trial(asked: String, shown: String) -> HelloTrial {
        var tls = TLSFact(serverName: asked, sentAt: .zero)
        tls.chain = [certificate(shown)]
        return HelloTrial(.otherName, attempt: 1, tls)
    }

    @Test("A certificate for a name that nobody can have was made for us; the server's own one for every name was not")
    func minted() {
        let minted = problem([.unknownIssuer]) { $0.hellos = [Self.trial(asked: "s.example", shown: "s.example")] }
        #expect(minted.mechanism == .tlsIntercepted && minted.zones == [.path, .destination])
        #expect(minted.confidence == .strong && !minted.lookAlikes.isEmpty)
        let own = problem([.unknownIssuer]) { $0.hellos = [Self.trial(asked: "s.example", shown: "web.lab")] }
        #expect(own.mechanism == .tlsAlert && own.zones == [.destination, .path])
        let wildcard = problem([.unknownIssuer]) { $0.hellos = [Self.trial(asked: "s.example", shown: "*.example")] }
        #expect(wildcard.mechanism == .tlsAlert)
    }

    @Test("One unknown issuer on several hosts is likely a box, and may be an organisation")
    func shared() {
        let shared = problem([.unknownIssuer]) { $0.sharesIssuerWith = ["bank.invalid"] }
        #expect(shared.mechanism == .tlsIntercepted && shared.confidence == .likely)
        #expect(shared.summary.contains("bank.invalid") && !shared.lookAlikes.isEmpty)
    }

    @Test(
        "Of a chain, the certificate whose time is over is named: the server's own, which everybody looks at, may be in time"
    )
    func untimelyIssuer() {
        let clocks = ClockReading(ours: 0, theirs: 0, said: "then")
        func expired(at depth: Int?) -> ApplicationFinding.Problem {
            problem([.expired]) { application in
                application.clocks = clocks
                application.tls?.untimelyAt = depth
            }
        }
        for depth in [nil, 0] {
            #expect(expired(at: depth).summary.hasPrefix("The certificate that is shown for web.lab has expired"))
            #expect(expired(at: depth).advice.first?.hasPrefix("Renew the certificate") == true)
        }
        let issuer = expired(at: 1)
        #expect(issuer.summary.hasPrefix("Certificate 1 of the chain that is shown for web.lab (CN=Nobody), by which"))
        #expect(issuer.summary.contains("has expired") && issuer.advice.first?.contains("chain file") == true)
        #expect(issuer.zones == [.destination, .path] && issuer.confidence == .strong)
        // Whoever vouches for an intermediate that was not sent bears no name here.
        #expect(expired(at: 2).summary.hasPrefix("Certificate 2 of the chain that is shown for web.lab, by which"))
    }

    @Test("Who shows its own certificate alone may have forgotten the one that vouches for it")
    func incompleteChain() {
        let alone = problem([.unknownIssuer])
        #expect(
            alone.summary.hasSuffix("It is from CN=Nobody. The server shows its own certificate and nobody's above it.")
        )
        #expect(alone.advice.first?.hasPrefix("If CN=Nobody is an intermediate authority") == true)
        let whole = problem([.unknownIssuer]) { $0.tls?.chain.append(Self.certificate("Nobody", from: "CN=Root")) }
        #expect(!whole.summary.contains("nobody's above") && whole.advice.first?.hasPrefix("Compare") == true)
        let ownIssuer = problem([.unknownIssuer]) { $0.tls?.chain = [Self.certificate("web.lab", from: "CN=web.lab")] }
        #expect(!ownIssuer.summary.contains("nobody's above"))
    }

    @Test("Whose clock is wrong needs the other one's")
    func clocks() {
        let alone = problem([.notYetValid])
        #expect(
            alone.zones == [.destination, .path, .localIngress]
                && alone.lookAlikes.contains { $0.cause.contains("clock") })
        let ours = problem([.notYetValid]) { $0.clocks = ClockReading(ours: 0, theirs: 90_000, said: "then") }
        #expect(ours.zones == [.localIngress, .destination] && ours.confidence == .likely)
        #expect(ours.summary.contains("then"))
        let theirs = problem([.expired]) { $0.clocks = ClockReading(ours: 100, theirs: 90, said: "now") }
        #expect(theirs.zones == [.destination, .path] && theirs.summary.contains("expired"))
        #expect(ClockReading(ours: .min, theirs: .max, said: "").differ)
        // Another fault has nothing to do with clocks.
        let name = problem([.otherName]) { $0.clocks = ClockReading(ours: 0, theirs: 90_000, said: "then") }
        #expect(name.summary.contains("is for web.lab"))
    }
}
