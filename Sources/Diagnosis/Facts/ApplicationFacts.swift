public import Conversations
public import PacketWire

/// What is to be said behind the handshake.
public struct ApplicationRequest: Sendable, Hashable {
    /// TLS first.
    public var usesTLS: Bool
    /// The path that HTTP asks for; nil asks nothing.
    public var path: String?
    /// Bytes that are said in place of such a request; nil for none.
    public var words: [UInt8]?
    /// TLS begins where this service agrees to it; nil for at once.
    public var upgrade: StartTLS.Service?

    /// Whom a proxy is asked for, where the connection goes to a proxy; nil where it goes to the server itself.
    public var origin: Origin?

    /// The far side of a proxy.
    public struct Origin: Sendable, Hashable {
        public var host: String
        public var port: UInt16
        /// The language that the proxy speaks.
        public var proxy: ProxyKind
        /// What the proxy is told of who asks. Never shown.
        public var login: ProxyLogin?
        /// The proxy itself is spoken to in TLS: `https://`.
        public var isSecured: Bool

        public init(
            host: String, port: UInt16, proxy: ProxyKind = .http, login: ProxyLogin? = nil, isSecured: Bool = false
        ) {
            (self.host, self.port, self.proxy, self.login) = (host, port, proxy, login)
            self.isSecured = isSecured
        }
    }

    public init(usesTLS: Bool, path: String? = nil, upgrade: StartTLS.Service? = nil) {
        self.usesTLS = usesTLS
        self.path = path
        self.upgrade = upgrade
    }
}

/// What was said behind the handshake, and what came of it.
public struct ApplicationFacts: Sendable, Hashable {
    /// TLS with the proxy itself, around all that follows.
    public var proxyTLS: TLSFact?
    /// The CONNECT exchange with an HTTP proxy.
    public var tunnel: HTTPFact?
    /// The same with a SOCKS proxy.
    public var socks: SOCKSFact?
    public var upgrade: UpgradeFact?
    public var tls: TLSFact?
    public var http: HTTPFact?
    public var words: WordsFact?
    /// Where the request failed: the same on other connections.
    public var repeats: DialogueRepeats?
    /// Where TLS failed: other hellos to the same port, in the order in which they were told.
    public var hellos: [HelloTrial] = []
    /// Where a certificate's time was in doubt: this machine's clock beside the server's.
    public var clocks: ClockReading?
    /// Other hosts of this run that showed a certificate of the same issuer, which nobody vouches for.
    public var sharesIssuerWith: [String] = []

    public init() {}

    /// What other hellos can tell more about: TLS failed, and not for want of a server that speaks it.
    public var wantsOtherHellos: Bool {
        if tls?.wantsCertificate ?? false { return false }
        return switch tls?.outcome {
        case .broken, .alert(_, byPeer: true), .untrusted: true
        case .alert(_, byPeer: false), .secured, .answered, .foreign, .failed, nil: false
        }
    }
}

/// The way to TLS over a mail server's own words.
public struct UpgradeFact: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case ready
        case failed(StartTLS.Failure)
        case broken(DialogueEnd)
    }

    public var service: StartTLS.Service
    public var greeting: NetworkText?
    /// The lines of what it offers.
    public var capabilities: [NetworkText] = []
    public var outcome = Outcome.broken(.silence(.zero, isAcknowledged: nil))

    public init(_ service: StartTLS.Service) {
        self.service = service
    }
}

/// Two clocks at one moment, in seconds since 1970.
public struct ClockReading: Sendable, Hashable {
    public var ours: Int64
    /// As the server's Date field has it: RFC 9110 section 6.6.1.
    public var theirs: Int64
    /// The field as it came.
    public var said: NetworkText

    public init(ours: Int64, theirs: Int64, said: NetworkText) {
        (self.ours, self.theirs, self.said) = (ours, theirs, said)
    }

    /// How far they are apart: a day and more is no matter of how they run.
    public var differ: Bool {
        let (gap, overflow) = ours.subtractingReportingOverflow(theirs)
        return overflow || gap.magnitude >= 86_400
    }
}

/// What is wrong with a certificate, as far as it makes a difference to what follows.
public enum CertificateFault: Sendable, Hashable {
    case notYetValid
    case expired
    /// It is for other names, or addresses.
    case otherName
    /// Nobody who is trusted vouches for it, itself included.
    case unknownIssuer
    case other
}

/// How a dialogue broke off.
public enum DialogueEnd: Sendable, Hashable {
    /// - Parameter isAcknowledged: the far end's TCP has acknowledged all that was sent; nil where that is not known.
    case silence(TimeSpan, isAcknowledged: Bool?)
    /// The far end sent FIN.
    ///
    /// - Parameter isAcknowledged: its TCP had taken all that was sent by then; nil where that is not known.
    case closed(isAcknowledged: Bool? = nil)
    case reset(SocketError)
}

/// One TLS handshake, as a real stack made it.
public struct TLSFact: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case secured
        /// A ServerHello came, which is all that a trial of another hello asks for.
        case answered
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
    public var offersALPN = false
    public var sentAt: Instant
    /// The first byte that came back.
    public var answeredAt: Instant?
    public var endedAt: Instant?
    /// Bytes that came back, as far as they were read.
    public var received = 0
    public var outcome: Outcome
    public var version: TLSVersion?
    public var cipher: String?
    public var applicationProtocol: NetworkText?
    public var asksForCertificate = false
    /// The server's own first.
    public var chain: [Certificate] = []
    /// What is wrong with the certificate, also where that was to be overlooked.
    public var problems: [String] = []
    /// The same, by kind.
    public var faults: Set<CertificateFault> = []
    /// Of the certificates that are not valid at this time, the nearest to the server's own, which is 0; nil where all are.
    public var untimelyAt: Int?

    public init(serverName: String?, sentAt: Instant) {
        self.serverName = serverName
        self.sentAt = sentAt
        outcome = .broken(.silence(.zero, isAcknowledged: nil))
    }
}

/// One HTTP/1 request and the beginning of its answer.
public struct HTTPFact: Sendable, Hashable {
    /// So many bytes of an answer's content a probe waits for, where so many are announced.
    public static let longestWanted: UInt32 = 32_768

    public var method: String
    public var path: String
    public var host: String
    public var sentAt: Instant
    public var status: HTTPStatusLine?
    public var answeredAt: Instant?
    /// The header fields that say who answers: Server, Via, Location; as they came.
    public var fields: [String: NetworkText] = [:]
    /// The beginning of what came behind the head, 8 KiB at most; never unpacked.
    public var content: [UInt8] = []
    /// What came in place of HTTP: its first bytes.
    public var foreign: NetworkText?
    /// Bytes of the answer that came, as far as they were read.
    public var received = 0
    /// Its head had no end in all of them, and none was waited for any more.
    public var isEndless = false
    /// How much content the head of a good answer announces; nil where it does not, or nobody waited for it.
    public var announced: Int?
    /// How much of it came, as far as it was read.
    public var contentReceived = 0
    /// How it broke off: before there was a status or, where content was announced, before that was whole.
    public var end: DialogueEnd?

    public init(method: String, path: String, host: String, sentAt: Instant) {
        self.method = method
        self.path = path
        self.host = host
        self.sentAt = sentAt
    }
}
