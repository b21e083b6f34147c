import PacketWire
import StallpointTestKit
import Testing

@testable import SecureChannel

/// Peers that speak no TLS, stop in the middle, or lie.
@Suite struct HostileServerTests {
    static let chain = Identity.Chain(VerificationTests.request)

    static func configuration() throws -> TLSClientConfiguration {
        .test(trust: try .trusting(chain.root))
    }

    /// A session that has said hello.
    static func session(_ change: (inout TLSClientConfiguration) -> Void = { _ in }) throws -> TLSClientSession {
        var configuration = try configuration()
        change(&configuration)
        let session = try TLSClientSession(configuration)
        #expect(!session.start().isEmpty)
        return session
    }

    /// What a real server answers to a hello that has been given: its first flight, as bytes.
    static func flight(to session: TLSClientSession, hello: [UInt8]) -> [UInt8] {
        MemoryServer(chain.sent).receive(hello)
    }

    /// One record, whatever is in it.
    static func record(_ type: TLSContentType, _ content: [UInt8]) -> [UInt8] {
        [type.rawValue, 3, 3, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }

    // MARK: No TLS

    static let banners = [
        "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail.test ESMTP\r\n",
        "-ERR\r\n", "* OK IMAP4 ready\r\n", "\0\0\0\0\0\0\0\0",
    ]

    @Test(arguments: banners) func plaintext(banner: String) throws {
        let session = try Self.session()
        let bytes = Array(banner.utf8)
        let step = session.receive(bytes.span)
        #expect(step.state == .failed(.notTLS(firstBytes: NetworkText(banner))))
        #expect(session.end() == step.state)
        #expect(session.peer == nil)
    }

    @Test(arguments: banners) func plaintextInPieces(banner: String) throws {
        let session = try Self.session()
        for byte in banner.utf8 {
            let piece = [byte]
            _ = session.receive(piece.span)
        }
        guard case .failed(.notTLS(let first)) = session.state else {
            Issue.record("\(session.state)")
            return
        }
        // It was known before all had come, and all is kept.
        #expect(banner.utf8.starts(with: first.bytes))
        #expect(session.firstBytes == NetworkText(banner))
    }

    @Test func plaintextShorterThanARecord() throws {
        let session = try Self.session()
        let bytes = Array("no".utf8)
        #expect(session.receive(bytes.span).state == .handshaking)
        #expect(session.end() == .failed(.notTLS(firstBytes: "no")))
    }

    @Test func bannerIsEscapedAndBounded() throws {
        let session = try Self.session()
        let bytes = Array("\u{1B}[31m".utf8) + [UInt8](repeating: 0x41, count: 100_000)
        guard case .failed(let failure) = session.receive(bytes.span).state else {
            Issue.record("\(session.state)")
            return
        }
        #expect(session.firstBytes.bytes.count == 256)
        #expect(session.receivedCount == bytes.count)
        #expect(!failure.description.utf8.contains(0x1B))
        #expect(failure.description.hasPrefix("the peer does not speak TLS: its first bytes are '"))
    }

    // MARK: The end comes early

    @Test func closedWithoutAnAnswer() throws {
        let session = try Self.session()
        #expect(session.end() == .failed(.unexpectedEnd(after: nil)))
        #expect(
            session.state.failure?.description == "the peer closed the connection without an answer to the ClientHello")
    }

    /// Every place at which the server's flight can end.
    @Test(arguments: VerificationTests.versions) func closedInTheMiddle(version: TLSVersion) throws {
        var seen: Set<TLSHandshakeType> = []
        var configuration = try Self.configuration()
        configuration.maximumVersion = version
        let sample = try TLSClientSession(configuration)
        let length = Self.flight(to: sample, hello: sample.start()).count
        for count in stride(from: 1, to: length - 60, by: 13) {
            let session = try TLSClientSession(configuration)
            let flight = Self.flight(to: session, hello: session.start())
            let part = Array(flight.prefix(count))
            _ = session.receive(part.span)
            guard case .failed(.unexpectedEnd(let message)) = session.end() else {
                Issue.record("\(count): \(session.state)")
                continue
            }
            if let message { seen.insert(message) }
        }
        #expect(seen.isSuperset(of: [.serverHello, .certificate]))
    }

    @Test func endOfAnEstablishedSession() throws {
        let dialogue = try Dialogue(Self.configuration(), MemoryServer(Self.chain.sent))
        dialogue.run()
        #expect(dialogue.client.end() == .closed(.withoutNotice))
        #expect(dialogue.client.end() == .closed(.withoutNotice))
    }

    // MARK: Slow and odd

    @Test(arguments: VerificationTests.versions) func oneByteAtATime(version: TLSVersion) throws {
        var configuration = try Self.configuration()
        configuration.maximumVersion = version
        let dialogue = try Dialogue(configuration, MemoryServer(Self.chain.sent), piece: 1)
        #expect(dialogue.run() == .established)
        #expect(dialogue.client.peer?.verification == .passed)
    }

    static let codes: [TLSAlert.Code] = [
        .unexpectedMessage, .handshakeFailure, .badCertificate, .certificateExpired, .unknownCA, .accessDenied,
        .protocolVersion, .insufficientSecurity, .internalError, .unrecognizedName, .certificateRequired,
        .noApplicationProtocol,
    ]

    @Test(arguments: codes) func alertInsteadOfAHello(code: TLSAlert.Code) throws {
        let session = try Self.session()
        var bytes: [UInt8] = []
        TLSAlert(.fatal, code).encode(into: &bytes)
        #expect(session.receive(bytes.span).state == .failed(.alertReceived(TLSAlert(.fatal, code))))
        #expect(session.alerts == [TLSAlertEvent(isSent: false, alert: TLSAlert(.fatal, code))])
    }

    @Test func everyAlertIsAResult() throws {
        for code in UInt8.min...UInt8.max {
            let session = try Self.session()
            var bytes: [UInt8] = []
            TLSAlert(.fatal, .init(rawValue: code)).encode(into: &bytes)
            _ = session.receive(bytes.span)
            let state = session.end()
            guard case .failed(.alertReceived(let alert)) = state else {
                Issue.record("alert \(code): \(state)")
                continue
            }
            #expect(alert.code.rawValue == code)
        }
    }

    /// RFC 6066 section 3 lets a server warn that it does not know the name, and go on.
    @Test func warningIsKeptAndTheHandshakeGoesOn() throws {
        let session = try Self.session { $0.maximumVersion = .tls12 }
        var bytes: [UInt8] = []
        TLSAlert(.warning, .unrecognizedName).encode(into: &bytes)
        #expect(session.receive(bytes.span).state == .handshaking)
        #expect(session.alerts == [TLSAlertEvent(isSent: false, alert: TLSAlert(.warning, .unrecognizedName))])
    }

    @Test func warningsWithoutEndAreNotKept() throws {
        let session = try Self.session()
        var bytes: [UInt8] = []
        for _ in 0..<1_000 { TLSAlert(.warning, .unrecognizedName).encode(into: &bytes) }
        _ = session.receive(bytes.span)
        #expect(session.alerts.count <= SessionObserver.alertLimit)
        #expect(session.state != .established)
    }

    @Test func oldVersionIsAnsweredWithAnAlert() throws {
        // A ServerHello of SSL 3.0.
        let session = try Self.session()
        var bytes: [UInt8] = []
        ServerHello(
            legacyVersion: .ssl3, random: [UInt8](repeating: 7, count: 32),
            cipherSuite: TLSCipherSuite(rawValue: 0x002F)
        ).encode(recordVersion: .ssl3, into: &bytes)
        let step = session.receive(bytes.span)
        guard case .failed(.alertSent(let alert, let reason)) = step.state else {
            Issue.record("\(step.state)")
            return
        }
        #expect(alert.code == .protocolVersion)
        #expect(reason.description == "unsupported protocol")
        // The alert is there to be sent.
        #expect(TLSStream(decoding: step.bytes.span).alerts == [alert])
    }

    @Test func answerThatWasNotOffered() throws {
        let session = try Self.session { $0.maximumVersion = .tls12 }
        var bytes: [UInt8] = []
        ServerHello(
            legacyVersion: .tls12, random: [UInt8](repeating: 7, count: 32),
            cipherSuite: TLSCipherSuite(rawValue: 0x0005)
        ).encode(into: &bytes)
        guard case .failed(.alertSent(let alert, let reason)) = session.receive(bytes.span).state else {
            Issue.record("\(session.state)")
            return
        }
        #expect(alert == TLSAlert(.fatal, .illegalParameter))
        #expect(reason.description.contains("cipher"))
        #expect(session.peer == nil)
    }

    @Test func recordThatIsTooLong() throws {
        let session = try Self.session()
        let bytes: [UInt8] = [22, 3, 3, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 70_000)
        guard case .failed(.alertSent(let alert, _)) = session.receive(bytes.span).state else {
            Issue.record("\(session.state)")
            return
        }
        #expect(alert.code == .recordOverflow)
    }

    @Test func messageThatClaimsMegabytes() throws {
        let session = try Self.session { $0.maximumVersion = .tls12 }
        var bytes: [UInt8] = []
        ServerHello(
            legacyVersion: .tls12, random: [UInt8](repeating: 7, count: 32),
            cipherSuite: .ecdheECDSAWithAES256GCMSHA384,
            // renegotiation_info, RFC 5746: without it OpenSSL goes no further.
            extensions: [TLSExtension(.init(rawValue: 0xFF01), [0])]
        ).encode(into: &bytes)
        // A Certificate of 16 MB.
        bytes += Self.record(.handshake, [11, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC])
        _ = session.receive(bytes.span)
        guard case .failed(.alertSent(_, let reason)) = session.state else {
            Issue.record("\(session.state)")
            return
        }
        #expect(reason.description == "excessive message size")
    }

    @Test func manyCertificatesAreCountedAndSomeAreKept() throws {
        let more = (0..<60).map { Identity(.init("Extra \($0)", isAuthority: true)) }
        let dialogue = try Dialogue(Self.configuration(), MemoryServer(Self.chain.sent + more))
        #expect(dialogue.run() == .established)
        let peer = try #require(dialogue.client.peer)
        #expect(peer.chainLength == 62)
        #expect(peer.chain.count == 32)
    }

    @Test func moreCertificatesThanAnybodyNeeds() throws {
        let one = Identity(.init("Extra", isAuthority: true))
        let dialogue = try Dialogue(
            Self.configuration(), MemoryServer(Self.chain.sent + Array(repeating: one, count: 400)))
        guard case .failed(.alertSent(let alert, let reason)) = dialogue.run() else {
            Issue.record("\(dialogue.client.state)")
            return
        }
        #expect(alert.code == .illegalParameter)
        #expect(reason.description == "excessive message size")
    }

    // MARK: Damage

    @Test func garbage() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let session = try Self.session()
            let bytes = generator.bytes(Int.random(in: 1...2_000, using: &generator))
            _ = session.receive(bytes.span)
            let state = session.end()
            #expect(state.failure != nil)
        }
    }

    /// Garbage behind a header that is right.
    @Test func garbageInRecords() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<300 {
            let session = try Self.session()
            let content = generator.bytes(Int.random(in: 1...400, using: &generator))
            let bytes = Self.record(.init(rawValue: .random(in: 20...24, using: &generator)), content)
            _ = session.receive(bytes.span)
            #expect(session.end().failure != nil)
        }
    }

    /// One byte of a server's flight is another: it is noticed, and nothing worse comes of it.
    @Test(arguments: VerificationTests.versions) func changedByte(version: TLSVersion) throws {
        var generator = SeededGenerator(seed: 7)
        var configuration = try Self.configuration()
        configuration.maximumVersion = version
        for _ in 0..<300 {
            let session = try TLSClientSession(configuration)
            var flight = Self.flight(to: session, hello: session.start())
            let index = Int.random(in: 0..<flight.count, using: &generator)
            flight[index] ^= UInt8.random(in: 1...255, using: &generator)
            _ = session.receive(flight.span)
            _ = session.peer
            let state = session.end()
            // The record's version is a byte that nobody looks at in TLS 1.3.
            #expect(state.failure != nil || version == .tls13)
        }
    }

    // MARK: Calls at the wrong time

    @Test func nothingComesOfCallsAtTheWrongTime() throws {
        let session = try TLSClientSession(Self.configuration())
        #expect(session.send([1, 2, 3]).isEmpty)
        #expect(session.takePlaintext().isEmpty)
        #expect(session.close().isEmpty)
        #expect(session.state == .closed(.byUs))
        #expect(session.start().isEmpty)
        #expect(session.close().isEmpty)
        let bytes: [UInt8] = [22, 3, 3, 0, 1, 0]
        #expect(session.receive(bytes.span) == .init(bytes: [], state: .closed(.byUs)))
    }

    @Test func nothingComesAfterAFailure() throws {
        let session = try Self.session()
        let bytes = Array("SSH-2.0-x\r\n".utf8)
        let failed = session.receive(bytes.span).state
        #expect(session.receive(bytes.span) == .init(bytes: [], state: failed))
        #expect(session.send([1]).isEmpty)
        #expect(session.close().isEmpty)
        #expect(session.state == failed)
        let nothing: [UInt8] = []
        #expect(session.receive(nothing.span).state == failed)
    }
}
