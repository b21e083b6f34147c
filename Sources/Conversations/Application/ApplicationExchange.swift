import PacketWire

/// What two ends said to each other in the clear when they began: enough to see whether an application got anywhere.
public enum ApplicationExchange: Sendable, Hashable {
    case tls(TLSExchange)
    case http(HTTPExchange)
    case ssh(SSHExchange)
    case greeting(GreetingExchange)
    case dns(DNSExchange)
    case quic(QUICExchange)
    /// Rare, and much to carry: kept apart, so that the others stay as small as they are.
    indirect case socks(SOCKSExchange)
    indirect case service(ServiceExchange)

    /// In the place of one that is gone: it holds no memory.
    static var nothing: ApplicationExchange { .quic(QUICExchange()) }

    /// What the first payload of a direction begins; nil where it is nothing that is known.
    ///
    /// - Parameter isFirstWord: the other end has not said anything yet.
    init?(
        _ bytes: Span<UInt8>, _ transport: Transport, fromInitiator: Bool, isFirstWord: Bool, port: UInt16, frame: Int,
        at: Instant
    ) {
        if transport == .udp {
            if Self.isDNS(datagram: bytes, fromInitiator: fromInitiator, port: port) {
                self = .dns(DNSExchange())
            } else if let header = QUICLongHeader(decoding: bytes), header.kind != .versionNegotiation {
                // Who begins names a version: NTP's clients, who do not, begin with the same bit and zeros.
                self = .quic(QUICExchange())
            } else if fromInitiator, let service = ServiceExchange(bytes, port: port, frame: frame, at: at) {
                self = .service(service)
            } else {
                return nil
            }
            return
        }
        if fromInitiator, isFirstWord, let socks = SOCKSExchange(beginning: bytes, frame: frame, at: at) {
            self = .socks(socks)
            return
        }
        guard bytes.count >= 4 else {
            // The length of a question may travel by itself.
            guard fromInitiator, port == 53 else { return nil }
            self = .dns(DNSExchange())
            return
        }
        if bytes[0] == 22 || bytes[0] == 21 && !fromInitiator, bytes[1] == 3 {
            self = .tls(TLSExchange())
        } else if bytes[0] == UInt8(ascii: "S"), SSHIdentification(decoding: bytes) != nil {
            self = .ssh(SSHExchange())
        } else if fromInitiator ? HTTPRequestLine.isPresent(in: bytes) : HTTPStatusLine(decoding: bytes) != nil {
            self = .http(HTTPExchange())
        } else if fromInitiator, port == 53 || Self.isDNS(stream: bytes) {
            self = .dns(DNSExchange())
        } else if !fromInitiator, isFirstWord, let greeting = ServerGreeting(decoding: bytes, port: port) {
            self = .greeting(GreetingExchange(greeting, frame: frame, at: at))
        } else if !fromInitiator, let refusal = ServerGreeting(refusalOfPostgreSQL: bytes) {
            self = .greeting(GreetingExchange(refusal, frame: frame, at: at))
        } else if !fromInitiator, isFirstWord, ServerGreeting.Service(usualOn: port) == .ssh {
            // Lines before the identification: RFC 4253 section 4.2.
            self = .ssh(SSHExchange())
        } else if !fromInitiator, isFirstWord, let words = ServerGreeting(partingWords: bytes, port: port) {
            self = .greeting(GreetingExchange(words, isParting: true, frame: frame, at: at))
        } else {
            return nil
        }
    }

    /// Names of NetBIOS, multicast DNS and LLMNR are asked for in the same form, of nobody or of all.
    private static let portsLikeDNS: [UInt16] = [137, 5_353, 5_355]

    static func isDNS(datagram bytes: Span<UInt8>, fromInitiator: Bool, port: UInt16) -> Bool {
        port == 53 || fromInitiator && !portsLikeDNS.contains(port) && DNSOutline.isPlainQuestion(bytes)
    }

    /// A question of DNS behind its length: RFC 1035 section 4.2.2.
    private static func isDNS(stream bytes: Span<UInt8>) -> Bool {
        bytes.count == 2 + (Int(bytes[0]) << 8 | Int(bytes[1])) && DNSOutline.isPlainQuestion(bytes.extracting(2...))
    }

    public var name: String {
        switch self {
        case .tls: "TLS"
        case .http(let exchange): exchange.request?.value.isHTTP2 ?? false ? "HTTP/2" : "HTTP"
        case .ssh: "SSH"
        case .greeting(let exchange): exchange.isParting ? "words" : exchange.greeting.value.service.rawValue
        case .dns: "DNS"
        case .quic: "QUIC"
        case .socks: "SOCKS"
        case .service(let exchange): exchange.asked.value.service.title
        }
    }

    /// How long the responder's stream is when it has said what it owes; nil where that is not known. An SSH server owes
    /// its side of the negotiation to who says who he is (RFC 4253 section 7.1), an HTTP server what its head announces.
    public var owedLength: UInt32? {
        switch self {
        case .http(let exchange): exchange.wholeLength > 0 ? exchange.wholeLength : nil
        case .ssh(let exchange): exchange.client != nil && exchange.helloLength > 0 ? exchange.helloLength &+ 1 : nil
        default: nil
        }
    }

    /// What ends it early is encrypted: an alert of TLS 1.3 tells nobody what it says.
    public var hidesAlerts: Bool {
        if case .tls(let exchange) = self { exchange.serverHello?.value.version == .tls13 } else { false }
    }

    /// It went as such exchanges go: nothing in it bears on a verdict.
    public func isPlain(by end: Instant) -> Bool {
        switch self {
        case .tls(let exchange): exchange.isPlain
        case .http(let exchange): exchange.isPlain
        case .ssh(let exchange): exchange.isPlain
        case .greeting(let exchange): exchange.isPlain
        case .dns(let exchange): exchange.isPlain(by: end)
        case .quic(let exchange): exchange.isPlain
        case .socks(let exchange): exchange.isPlain
        case .service(let exchange): exchange.isPlain
        }
    }
}
