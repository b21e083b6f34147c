import PacketWire

/// What two ends said to each other in the clear when they began: enough to see whether an application got anywhere.
public enum ApplicationExchange: Sendable, Hashable {
    case tls(TLSExchange)
    case http(HTTPExchange)
    case ssh(SSHExchange)
    case dns(DNSExchange)
    case quic(QUICExchange)

    /// What the first payload of a direction begins; nil where it is nothing that is known.
    init?(_ bytes: Span<UInt8>, _ transport: Transport, fromInitiator: Bool, port: UInt16) {
        if transport == .udp {
            if port == 53 {
                self = .dns(DNSExchange())
            } else if QUICLongHeader(decoding: bytes) != nil {
                self = .quic(QUICExchange())
            } else {
                return nil
            }
            return
        }
        guard bytes.count >= 4 else { return nil }
        if bytes[0] == 22 || bytes[0] == 21 && !fromInitiator, bytes[1] == 3 {
            self = .tls(TLSExchange())
        } else if bytes[0] == UInt8(ascii: "S"), SSHIdentification(decoding: bytes) != nil {
            self = .ssh(SSHExchange())
        } else if fromInitiator ? HTTPRequestLine(decoding: bytes) != nil : HTTPStatusLine(decoding: bytes) != nil {
            self = .http(HTTPExchange())
        } else if fromInitiator, port == 53 {
            self = .dns(DNSExchange())
        } else {
            return nil
        }
    }

    public var name: String {
        switch self {
        case .tls: "TLS"
        case .http(let exchange): exchange.request?.value.isHTTP2 ?? false ? "HTTP/2" : "HTTP"
        case .ssh: "SSH"
        case .dns: "DNS"
        case .quic: "QUIC"
        }
    }

    /// It went as such exchanges go: nothing in it bears on a verdict.
    public func isPlain(by end: Instant) -> Bool {
        switch self {
        case .tls(let exchange): exchange.isPlain
        case .http(let exchange): exchange.isPlain
        case .ssh(let exchange): exchange.isPlain
        case .dns(let exchange): exchange.isPlain(by: end)
        case .quic(let exchange): exchange.isPlain
        }
    }
}

/// Reads the first bytes of both directions of a conversation, in order, until nothing more is to be learned.
struct ApplicationReader: Sendable, Hashable {
    /// Nil while it is read, so that it is not copied.
    private(set) var exchange: ApplicationExchange?
    private var initiator = Direction()
    private var responder = Direction()

    private struct Direction: Sendable, Hashable {
        /// Bytes of the stream that were read.
        var count: UInt32 = 0
        var tls = TLSReader()
        var isDone = false
    }

    init(_ exchange: ApplicationExchange) { self.exchange = exchange }

    func isDone(fromInitiator: Bool) -> Bool { fromInitiator ? initiator.isDone : responder.isDone }

    // MARK: Streams

    /// - Parameter offset: how far the payload lies behind the stream's first byte.
    mutating func read(
        _ payload: Span<UInt8>, offset: UInt32, fromInitiator: Bool, port: UInt16, frame: Int, at: Instant
    ) {
        let read = fromInitiator ? initiator.count : responder.count
        // What was there before is read over; behind a gap nothing is known.
        let known = read &- offset
        guard known < UInt32(payload.count), known < 1 << 31 else { return }
        let fresh = payload.extracting(Int(known)...)
        if fromInitiator {
            initiator.count &+= UInt32(fresh.count)
        } else {
            responder.count &+= UInt32(fresh.count)
        }
        let isFirst = read == 0
        switch exchange {
        case .tls(var tls):
            exchange = nil
            readTLS(fresh, &tls, fromInitiator, frame, at)
            exchange = .tls(tls)
        case .http(var http):
            if fromInitiator {
                if isFirst, let line = HTTPRequestLine(decoding: fresh) {
                    http.request = Seen(value: line, frame: frame, at: at)
                }
                finish(true)
            } else if let line = HTTPStatusLine(decoding: fresh) {
                if !line.isInterim {
                    http.status = Seen(value: line, frame: frame, at: at)
                    http.answer = HTTPAnswerStart(fresh)
                    finish(false)
                }
            } else {
                finish(false)
            }
            exchange = .http(http)
        case .ssh(var ssh):
            ssh.read(fresh, fromInitiator: fromInitiator, frame: frame, at: at)
            if (fromInitiator ? ssh.client : ssh.server) != nil { finish(fromInitiator) }
            exchange = .ssh(ssh)
        case .dns(var dns):
            // RFC 1035 section 4.2.2: a length before each message. One that goes on in the next segment is left out.
            exchange = nil
            var place = 0
            while fresh.count - place >= 2 {
                let length = Int(fresh[place]) << 8 | Int(fresh[place + 1])
                let end = min(fresh.count, place + 2 + length)
                dns.read(
                    fresh.extracting(place + 2..<end), fromInitiator: fromInitiator, frame: frame, at: at)
                place = place + 2 + length
            }
            exchange = .dns(dns)
            finish(fromInitiator)
        case .quic, nil: finish(fromInitiator)
        }
    }

    private mutating func readTLS(
        _ bytes: Span<UInt8>, _ tls: inout TLSExchange, _ fromInitiator: Bool, _ frame: Int, _ at: Instant
    ) {
        let events = fromInitiator ? initiator.tls.read(bytes) : responder.tls.read(bytes)
        for event in events {
            switch event {
            case .hello(let hello):
                if fromInitiator {
                    tls.clientHello = Seen(value: hello, frame: frame, at: at)
                } else {
                    tls.serverHello = Seen(value: hello, frame: frame, at: at)
                }
            case .alert(let alert):
                // A warning that the other side will close is how connections end.
                guard alert.code != .closeNotify, tls.alert == nil else { break }
                tls.alert = Seen(
                    value: TLSExchange.Alert(alert: alert, byInitiator: fromInitiator), frame: frame, at: at)
            case .secured:
                if fromInitiator { tls.clientIsSecured = true } else { tls.serverIsSecured = true }
            case .foreign(let start):
                tls.foreign = Seen(
                    value: TLSExchange.Foreign(byInitiator: fromInitiator, start: start), frame: frame, at: at)
            }
        }
        if fromInitiator ? initiator.tls.isDone : responder.tls.isDone { finish(fromInitiator) }
    }

    // MARK: Datagrams

    mutating func read(datagram payload: Span<UInt8>, fromInitiator: Bool, port: UInt16, frame: Int, at: Instant) {
        switch exchange {
        case .dns(var dns):
            exchange = nil
            dns.read(payload, fromInitiator: fromInitiator, frame: frame, at: at)
            exchange = .dns(dns)
        case .quic(var quic):
            quic.read(payload, fromInitiator: fromInitiator, frame: frame, at: at)
            exchange = .quic(quic)
            finish(fromInitiator)
        default: break
        }
    }

    private mutating func finish(_ fromInitiator: Bool) {
        if fromInitiator { initiator.isDone = true } else { responder.isDone = true }
    }
}
