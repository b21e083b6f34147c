import COpenSSL
import PacketWire
import Testing

@testable import SecureChannel

@Suite struct NegotiationTests {
    static let chain = Identity.Chain(VerificationTests.request)

    static func run(
        _ options: MemoryServer.Options = .init(), chain: Identity.Chain = chain,
        _ change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) throws -> Dialogue {
        var configuration = TLSClientConfiguration.test(trust: try .trusting(chain.root))
        try change(&configuration)
        let dialogue = try Dialogue(configuration, MemoryServer(chain.sent, options))
        dialogue.run()
        return dialogue
    }

    static func options(_ change: (inout MemoryServer.Options) -> Void) -> MemoryServer.Options {
        var options = MemoryServer.Options()
        change(&options)
        return options
    }

    // MARK: What both agree on

    @Test func whatWasChosen() throws {
        let new = try #require(try Self.run().client.peer)
        #expect(new.version == .tls13)
        #expect(new.cipherSuite == .aes256GCMSHA384)
        #expect(new.cipherName == "TLS_AES_256_GCM_SHA384")
        #expect(new.group == .x25519)
        #expect(new.applicationProtocol == nil)

        let old = try #require(
            try Self.run(Self.options { $0.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }) {
                $0.maximumVersion = .tls12
                // The second is for the certificate, which has its key there.
                $0.groups = [.secp384r1, .secp256r1]
            }.client.peer)
        #expect(old.version == .tls12)
        #expect(old.cipherSuite == .ecdheECDSAWithAES128GCMSHA256)
        #expect(old.cipherName == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        #expect(old.group == .secp384r1)
    }

    @Test(arguments: [TLSVersion.tls10, .tls11]) func oldVersions(version: TLSVersion) throws {
        let dialogue = try Self.run(
            Self.options {
                $0.minimumVersion = version
                $0.maximumVersion = version
            }
        ) { $0.minimumVersion = .tls10 }
        #expect(dialogue.client.state == .established)
        #expect(dialogue.client.peer?.version == version)
    }

    @Test func serverThatWantsAnotherGroupAsksAgain() throws {
        let dialogue = try Self.run(Self.options { $0.groups = "P-256" })
        #expect(dialogue.client.state == .established)
        #expect(dialogue.client.peer?.group == .secp256r1)
        #expect(
            dialogue.client.messages.prefix(4).map(\.type) == [.clientHello, .serverHello, .clientHello, .serverHello])
    }

    @Test(arguments: VerificationTests.versions) func applicationProtocol(version: TLSVersion) throws {
        let dialogue = try Self.run(Self.options { $0.protocols = ["http/1.1"] }) {
            $0.maximumVersion = version
            $0.applicationProtocols = ["h2", "http/1.1"]
        }
        #expect(dialogue.client.state == .established)
        #expect(dialogue.client.peer?.applicationProtocol == "http/1.1")
    }

    @Test func messagesInTheirOrder() throws {
        let new = try Self.run().client.messages
        #expect(
            new.prefix(7).map(\.type) == [
                .clientHello, .serverHello, .encryptedExtensions, .certificate, .certificateVerify, .finished,
                .finished,
            ])
        #expect(new.prefix(7).map(\.isSent) == [true, false, false, false, false, false, true])
        let old = try Self.run { $0.maximumVersion = .tls12 }.client.messages
        #expect(
            old.map(\.type) == [
                .clientHello, .serverHello, .certificate, .serverKeyExchange, .serverHelloDone, .clientKeyExchange,
                .finished, .newSessionTicket, .finished,
            ])
        #expect(old.allSatisfy { $0.length >= 4 })
    }

    // MARK: What the server refuses

    /// A refusal is the peer's alert, by name.
    @Test(arguments: VerificationTests.versions) func noProtocolInCommon(version: TLSVersion) throws {
        let dialogue = try Self.run(Self.options { $0.protocols = ["smtp"] }) {
            $0.maximumVersion = version
            $0.applicationProtocols = ["h2"]
        }
        #expect(dialogue.client.state == .failed(.alertReceived(TLSAlert(.fatal, .noApplicationProtocol))))
        let event = TLSAlertEvent(isSent: false, alert: TLSAlert(.fatal, .noApplicationProtocol))
        #expect(dialogue.client.alerts == [event])
        #expect(dialogue.client.state.failure?.description == "the peer sent the alert no_application_protocol")
    }

    @Test func noVersionInCommon() throws {
        let newer = try Self.run(Self.options { $0.minimumVersion = .tls13 }) { $0.maximumVersion = .tls12 }
        #expect(newer.client.state == .failed(.alertReceived(TLSAlert(.fatal, .protocolVersion))))
        let older = try Self.run(Self.options { $0.maximumVersion = .tls12 }) { $0.minimumVersion = .tls13 }
        #expect(older.client.state == .failed(.alertReceived(TLSAlert(.fatal, .protocolVersion))))
        #expect(older.client.peer == nil)
    }

    @Test func noCipherInCommon() throws {
        let dialogue = try Self.run(Self.options { $0.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }) {
            $0.maximumVersion = .tls12
            $0.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"
        }
        #expect(dialogue.client.state == .failed(.alertReceived(TLSAlert(.fatal, .handshakeFailure))))
    }

    @Test func noGroupInCommon() throws {
        let dialogue = try Self.run(Self.options { $0.groups = "P-256" }) {
            $0.minimumVersion = .tls13
            $0.groups = [.x25519]
        }
        #expect(dialogue.client.state == .failed(.alertReceived(TLSAlert(.fatal, .handshakeFailure))))
    }

    // MARK: Certificates of the client

    @Test(arguments: VerificationTests.versions) func certificateThatIsWantedButNotNeeded(version: TLSVersion) throws {
        let dialogue = try Self.run(Self.options { $0.wantsCertificate = true }) { $0.maximumVersion = version }
        #expect(dialogue.client.state == .established)
        #expect(dialogue.client.peer?.asksForCertificate == true)
        #expect(dialogue.client.messages.contains { $0.type == .certificateRequest && !$0.isSent })
    }

    @Test func certificateThatIsDemanded() throws {
        let options = Self.options { $0.demandsCertificate = true }
        let new = try Self.run(options)
        #expect(new.client.state == .failed(.alertReceived(TLSAlert(.fatal, .certificateRequired))))
        #expect(new.client.peer?.asksForCertificate == true)
        // It came when this side was through with the handshake.
        #expect(new.client.messages.contains { $0.type == .finished && $0.isSent })
        let old = try Self.run(options) { $0.maximumVersion = .tls12 }
        #expect(old.client.state == .failed(.alertReceived(TLSAlert(.fatal, .handshakeFailure))))
        #expect(old.client.peer?.asksForCertificate == true)
        #expect(old.client.peer?.verification == .passed)
    }

    // MARK: After the handshake

    @Test func newKeys() throws {
        let dialogue = try Self.run()
        // The answer goes out before what is sent next.
        let answer = dialogue.deliver(dialogue.server.updateKeys())
        _ = dialogue.server.receive(answer + dialogue.client.send(Array("after".utf8)))
        #expect(dialogue.server.received == Array("after".utf8))
        // 24 is KeyUpdate, RFC 8446 section 4.
        #expect(dialogue.client.messages.filter { $0.type.rawValue == 24 }.map(\.isSent) == [false, true])
        #expect(dialogue.client.state == .established)
    }

    @Test func secondHandshakeIsRefusedWithAWarning() throws {
        let dialogue = try Self.run { $0.maximumVersion = .tls12 }
        _ = dialogue.deliver(dialogue.server.renegotiate())
        #expect(dialogue.client.state == .established)
        #expect(dialogue.client.alerts.last == TLSAlertEvent(isSent: true, alert: TLSAlert(.warning, .noRenegotiation)))
    }

    // MARK: Traces

    @Test func nothingIsLeftInTheLibrarysErrors() throws {
        _ = try Self.run()
        _ = try Self.run(Self.options { $0.protocols = ["smtp"] }) { $0.applicationProtocols = ["h2"] }
        let failing = try Dialogue(.test(trust: .empty()), MemoryServer(Self.chain.sent))
        failing.run()
        _ = try? TLSTrustStore.file("/nonexistent")
        _ = TLSLibrary.supports(TLSNamedGroup(rawValue: 1))
        // The server clears its own.
        #expect(ERR_peek_error() == 0)
    }
}
