import PacketWire
import Testing

@testable import SecureChannel

@Suite struct VerificationTests {
    static let request = Authority.Request("server.test", alternativeNames: "DNS:server.test,DNS:*.wild.test")
    static let versions: [TLSVersion] = [.tls12, .tls13]

    /// A handshake with a server that has this chain and a client that trusts its root.
    static func run(
        _ chain: Identity.Chain, version: TLSVersion = .tls13, host: String? = "server.test",
        _ change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) throws -> Dialogue {
        var configuration = TLSClientConfiguration.test(host, trust: try .trusting(chain.root))
        configuration.maximumVersion = version
        try change(&configuration)
        let dialogue = try Dialogue(configuration, MemoryServer(chain.sent))
        dialogue.run()
        return dialogue
    }

    @Test(arguments: versions) func goodChainPasses(version: TLSVersion) throws {
        let dialogue = try Self.run(Identity.Chain(Self.request), version: version)
        #expect(dialogue.client.state == .established)
        #expect(dialogue.server.isEstablished)
        #expect(dialogue.server.serverName == "server.test")
        let peer = try #require(dialogue.client.peer)
        #expect(peer.version == version)
        #expect(peer.verification == .passed)
        #expect(peer.chain.map(\.subject) == ["CN=server.test", "CN=Test Intermediate"])
        #expect(peer.chain.map(\.issuer) == ["CN=Test Intermediate", "CN=Test Root"])
        #expect(peer.chainLength == 2)
        #expect(!peer.asksForCertificate)
    }

    /// What is wrong, what OpenSSL calls it, where, and which alert tells the server.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var code: TLSVerificationFailure.Code
        var text: String
        var depth: Int
        var alert: TLSAlert.Code
        var host = "server.test"
        var change: @Sendable (inout Authority.Request) -> Void = { _ in }
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "expired", code: .expired, text: "certificate has expired", depth: 0, alert: .certificateExpired,
            change: { $0.notAfter = Authority.now - 1 }),
        Case(
            name: "not yet valid", code: .notYetValid, text: "certificate is not yet valid", depth: 0,
            alert: .badCertificate, change: { $0.notBefore = Authority.now + 1 }),
        Case(
            name: "other name", code: .nameMismatch, text: "hostname mismatch", depth: 0, alert: .badCertificate,
            host: "other.test"),
        Case(
            name: "wildcard of two labels", code: .nameMismatch, text: "hostname mismatch", depth: 0,
            alert: .badCertificate, host: "a.b.wild.test"),
        Case(
            name: "address that is not named", code: .addressMismatch, text: "IP address mismatch", depth: 0,
            alert: .badCertificate, host: "192.0.2.7"),
    ]

    @Test(arguments: cases, versions) func wrongCertificateEndsTheHandshake(_ wrong: Case, version: TLSVersion) throws {
        var request = Self.request
        wrong.change(&request)
        let chain = Identity.Chain(request)
        let dialogue = try Self.run(chain, version: version, host: wrong.host)
        let failure = try #require(dialogue.client.state.failure)
        let first = try #require(failure.verificationFailures.first)
        #expect(first.code == wrong.code)
        #expect(first.code.description == wrong.text)
        #expect(first.depth == wrong.depth)
        #expect(first.subject == "CN=server.test")
        #expect(failure.sent == TLSAlert(.fatal, wrong.alert))
        // The certificates are told all the same.
        let peer = try #require(dialogue.client.peer)
        #expect(peer.chain.count == 2)
        #expect(peer.verification == .failed(failure.verificationFailures))
        #expect(peer.version == version)
        // And the server heard why.
        #expect(dialogue.server.failure != nil && !dialogue.server.isEstablished)

        // Asked not to mind, the same session is established and says the same.
        let lenient = try Self.run(chain, version: version, host: wrong.host) { $0.enforcesVerification = false }
        #expect(lenient.client.state == .established)
        #expect(lenient.client.peer?.verification == .failed(failure.verificationFailures))
        #expect(lenient.server.isEstablished)
    }

    @Test(arguments: versions) func unknownAuthority(version: TLSVersion) throws {
        let other = Identity(.init("Other Root", isAuthority: true))
        let dialogue = try Self.run(Identity.Chain(Self.request), version: version) {
            $0.trust = try .trusting(other)
        }
        let failure = try #require(dialogue.client.state.failure)
        #expect(failure.verificationFailures.first?.code == .noLocalIssuer)
        #expect(failure.verificationFailures.first?.depth == 1)
        #expect(failure.verificationFailures.first?.subject == "CN=Test Intermediate")
        #expect(failure.sent == TLSAlert(.fatal, .unknownCA))
        #expect(failure.description.hasPrefix("unable to get local issuer certificate (certificate 1, "))
    }

    @Test func missingIntermediate() throws {
        let chain = Identity.Chain(Self.request)
        let dialogue = try Dialogue(.test(trust: .trusting(chain.root)), MemoryServer([chain.server]))
        let failures = try #require(dialogue.run().failure).verificationFailures
        #expect(failures.map(\.code) == [.noLocalIssuer, .unverifiedLeaf])
        #expect(failures.map(\.depth) == [0, 0])
    }

    @Test func selfSigned() throws {
        let alone = Identity(Self.request)
        let dialogue = try Dialogue(.test(trust: .empty()), MemoryServer([alone]))
        let failure = try #require(dialogue.run().failure)
        #expect(failure.verificationFailures.map(\.code) == [.selfSigned])
        #expect(failure.verificationFailures.first?.code.description == "self-signed certificate")
        #expect(dialogue.client.peer?.chain.first?.isSelfIssued == true)
        // Named as trusted, it passes.
        let trusted = try Dialogue(.test(trust: .trusting(alone)), MemoryServer([alone]))
        #expect(trusted.run() == .established)
    }

    @Test func rootThatIsSentButNotTrusted() throws {
        let chain = Identity.Chain(Self.request)
        let dialogue = try Dialogue(.test(trust: .empty()), MemoryServer(chain.sent + [chain.root]))
        let first = try #require(dialogue.run().failure?.verificationFailures.first)
        #expect(first.code == .selfSignedInChain)
        #expect(first.code.description == "self-signed certificate in certificate chain")
        #expect(first.depth == 2)
        #expect(dialogue.client.peer?.chain.map(\.isSelfIssued) == [false, false, true])
    }

    @Test func allThatIsWrongIsTold() throws {
        var request = Self.request
        request.notAfter = Authority.now - 1
        let dialogue = try Self.run(Identity.Chain(request), host: "other.test") { $0.trust = try .empty() }
        let failure = try #require(dialogue.client.state.failure)
        let codes = failure.verificationFailures.map(\.code)
        #expect(codes.first == .noLocalIssuer)
        #expect(Set(codes).isSuperset(of: [.noLocalIssuer, .nameMismatch, .expired]))
        // The server is told the first, not the last.
        #expect(failure.sent == TLSAlert(.fatal, .unknownCA))
    }

    @Test(arguments: [("192.0.2.1", true), ("2001:db8::1", true), ("2001:db8::1%eth0", true), ("192.0.2.2", false)])
    func addressIsLookedForAmongAddresses(host: String, passes: Bool) throws {
        var request = Self.request
        request.alternativeNames = "IP:192.0.2.1,IP:2001:db8::1,DNS:192.0.2.2"
        let dialogue = try Self.run(Identity.Chain(request), host: host)
        #expect((dialogue.client.state == .established) == passes)
        // And is never sent as a name.
        #expect(dialogue.server.serverName == nil)
    }

    @Test(arguments: ["server.test", "SERVER.test", "server.test.", "a.wild.test"])
    func nameIsMatchedAsNamesAre(host: String) throws {
        #expect(try Self.run(Identity.Chain(Self.request), host: host).client.state == .established)
    }

    @Test func nameThatIsSentAndNameThatIsVerified() throws {
        let chain = Identity.Chain(Self.request)
        let other = try Self.run(chain) { $0.serverName = "front.test" }
        #expect(other.client.state == .established && other.server.serverName == "front.test")
        let none = try Self.run(chain, host: nil)
        #expect(none.client.state == .established && none.server.serverName == nil)
    }
}
