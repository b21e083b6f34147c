import COpenSSL
import PacketWire

@testable import SecureChannel

/// Both sides of a connection, and what passes between them.
struct Dialogue {
    let client: TLSClientSession
    let server: MemoryServer
    /// Bytes that the client is given at once.
    var piece = Int.max

    init(_ configuration: TLSClientConfiguration, _ server: MemoryServer, piece: Int = .max) throws {
        client = try TLSClientSession(configuration)
        self.server = server
        self.piece = piece
    }

    /// Until neither has anything more to say.
    @discardableResult
    func run() -> TLSClientSession.State {
        var toServer = client.start()
        // A handshake has a handful of flights: what goes on for longer is a loop.
        for _ in 0..<20 {
            let toClient = server.receive(toServer)
            if toServer.isEmpty, toClient.isEmpty { break }
            toServer = deliver(toClient)
        }
        return client.state
    }

    /// To the client; returns what it answers.
    func deliver(_ bytes: [UInt8]) -> [UInt8] {
        var answer: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let next = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            answer += client.receive(next.span).bytes
        }
        return answer
    }
}

extension TLSClientConfiguration {
    /// For the fixed moment of the tests.
    static func test(_ host: String? = "server.test", trust: TLSTrustStore) -> TLSClientConfiguration {
        var configuration = TLSClientConfiguration(host: host, trust: trust)
        configuration.verificationTime = Authority.now
        return configuration
    }
}

extension TLSTrustStore {
    static func trusting(_ identities: Identity...) throws -> TLSTrustStore {
        let made = try TLSTrustStore.empty()
        for identity in identities { unsafe X509_STORE_add_cert(made.store, identity.certificate) }
        return made
    }
}

extension TLSClientSession.State {
    var failure: TLSFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}

extension TLSFailure {
    /// The alert that was sent, with or without a failed verification.
    var sent: TLSAlert? {
        switch self {
        case .verification(_, let alert): alert
        case .alertSent(let alert, _): alert
        default: nil
        }
    }

    var verificationFailures: [TLSVerificationFailure] {
        guard case .verification(let failures, _) = self else { return [] }
        return failures
    }
}
