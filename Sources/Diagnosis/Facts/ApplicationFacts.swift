public import Conversations
public import PacketWire

/// What is to be said behind the handshake.
public struct ApplicationRequest: Sendable, Hashable {
    /// TLS first.
    public var usesTLS: Bool
    /// The path that HTTP asks for; nil asks nothing.
    public var path: String?

    public init(usesTLS: Bool, path: String? = nil) {
        self.usesTLS = usesTLS
        self.path = path
    }
}

/// What was said behind the handshake, and what came of it.
public struct ApplicationFacts: Sendable, Hashable {
    public var tls: TLSFact?
    public var http: HTTPFact?

    public init() {}
}

/// How a dialogue broke off.
public enum DialogueEnd: Sendable, Hashable {
    /// - Parameter isAcknowledged: the far end's TCP has acknowledged all that was sent; nil where that is not known.
    case silence(TimeSpan, isAcknowledged: Bool?)
    /// The far end sent FIN.
    case closed
    case reset(SocketError)
}

/// One TLS handshake, as a real stack made it.
public struct TLSFact: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case secured
        case alert(TLSAlert, byPeer: Bool)
        /// The certificate does not stand: what is wrong with it, worst first.
        case untrusted([String])
        /// The far end speaks something else: its first bytes.
        case foreign(NetworkText)
        case broken(DialogueEnd)
        /// In the stack's own words.
        case failed(String)
    }

    public struct Certificate: Sendable, Hashable {
        public var subject: NetworkText
        public var issuer: NetworkText
        public var names: [NetworkText]
        /// From when to when it is valid: two RFC 3339 moments with a dash between.
        public var validity: String

        public init(subject: NetworkText, issuer: NetworkText, names: [NetworkText], validity: String) {
            (self.subject, self.issuer, self.names, self.validity) = (subject, issuer, names, validity)
        }
    }

    /// As it stood in the ClientHello; nil for none.
    public var serverName: String?
    public var helloLength = 0
    public var sentAt: Instant
    /// The first byte that came back.
    public var answeredAt: Instant?
    public var endedAt: Instant?
    public var outcome: Outcome
    public var version: TLSVersion?
    public var cipher: String?
    public var applicationProtocol: NetworkText?
    public var asksForCertificate = false
    /// The server's own first.
    public var chain: [Certificate] = []
    /// What is wrong with the certificate, also where that was to be overlooked.
    public var problems: [String] = []

    public init(serverName: String?, sentAt: Instant) {
        self.serverName = serverName
        self.sentAt = sentAt
        outcome = .broken(.silence(.zero, isAcknowledged: nil))
    }
}

/// One HTTP/1 request and the beginning of its answer.
public struct HTTPFact: Sendable, Hashable {
    public var method: String
    public var path: String
    public var host: String
    public var sentAt: Instant
    public var status: HTTPStatusLine?
    public var answeredAt: Instant?
    /// The header fields that say who answers: Server, Via, Location; as they came.
    public var fields: [String: NetworkText] = [:]
    /// How it broke off before there was a status.
    public var end: DialogueEnd?

    public init(method: String, path: String, host: String, sentAt: Instant) {
        self.method = method
        self.path = path
        self.host = host
        self.sentAt = sentAt
    }
}
