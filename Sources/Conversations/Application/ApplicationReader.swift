import PacketWire

/// Reads the first bytes of both directions of a conversation, in order, until nothing more is to be learned.
struct ApplicationReader: Sendable, Hashable {
    /// What is read is HTTP, as most is: that is read where it stands, and moved nowhere.
    private var isHTTP = false
    private var http = HTTPExchange()
    /// What the bytes say that it began with, until they are read.
    private var opening: HTTPRequestLine?
    /// The same of DNS in datagrams.
    private var isDNS = false
    private var dns = DNSExchange()
    /// What is read of anything else; nil while it is read, so that it is not copied.
    private var other: ApplicationExchange?
    private var initiator = Direction()
    private var responder = Direction()
    /// Those of any other protocol may have read something.
    private var hasReadOther = false
    private var answer = HTTPAnswerReader()
    private var keys = SSHReader()

    private struct Direction: Sendable, Hashable {
        /// Bytes of the stream that were read.
        var count: UInt32 = 0
        var tls = TLSReader()
        var dns = DNSStream()
        var isDone = false
    }

    /// Nil where nothing was recognised.
    private(set) var exchange: ApplicationExchange? {
        get { isHTTP ? .http(http) : isDNS ? .dns(dns) : other }
        set {
            if case .http(let exchange)? = newValue {
                (isHTTP, http, other) = (true, exchange, nil)
            } else {
                (isHTTP, http, other) = (false, HTTPExchange(), newValue)
            }
        }
    }

    /// Begins with what the first payload begins, where it is something that is known; a reader has read nothing before.
    mutating func begin(
        _ bytes: Span<UInt8>, _ transport: Transport, fromInitiator: Bool, isFirstWord: Bool, port: UInt16, frame: Int,
        at: Instant
    ) -> Bool {
        // Nothing else that is known begins with a letter of a request.
        if fromInitiator, transport == .tcp, bytes.count >= 4, let line = HTTPRequestLine(decoding: bytes) {
            (isHTTP, opening) = (true, line)
            return true
        }
        if transport == .udp, ApplicationExchange.isDNS(datagram: bytes, fromInitiator: fromInitiator, port: port) {
            isDNS = true
            return true
        }
        exchange = ApplicationExchange(
            bytes, transport, fromInitiator: fromInitiator, isFirstWord: isFirstWord, port: port, frame: frame, at: at)
        if isHTTP { return true }
        if case nil = other { return false }
        return true
    }

    /// - Parameters:
    ///   - asked: so many bytes of the initiator's stream were something else.
    ///   - answered: the same of the responder's.
    mutating func skip(_ asked: UInt32, and answered: UInt32) {
        (initiator.count, responder.count) = (asked, answered)
    }

    func isDone(fromInitiator: Bool) -> Bool { fromInitiator ? initiator.isDone : responder.isDone }

    /// So much of a direction's stream was read.
    func count(fromInitiator: Bool) -> UInt32 { fromInitiator ? initiator.count : responder.count }

    /// How much of the responder's stream was read, where a page of it waits for more, and nothing else is waited for.
    var pageEnd: UInt32? { answer.holdsPage && initiator.isDone ? responder.count : nil }

    /// DNS in datagrams, of which nothing more is to be said.
    func isOrdinaryDNS(by end: Instant) -> Bool { isDNS && dns.isOrdinary(by: end) }

    /// Nothing more comes. How long the responder's stream is when it has said what it owes, 0 where that is not known; nil
    /// where it is no HTTP, or more is to be said of it.
    @discardableResult
    mutating func end() -> UInt32? {
        guard isHTTP else { return nil }
        if answer.holdsPage { answer.end(&http) }
        return http.isOrdinary ? http.wholeLength : nil
    }

    /// Puts what was read there, and has read nothing then; false where nothing was.
    mutating func conclude(into place: inout ApplicationExchange) -> Bool {
        end()
        if isHTTP {
            // Whatever changes places is not copied.
            var exchange = HTTPExchange()
            swap(&exchange, &http)
            place = .http(exchange)
            if hasReadOther { self = ApplicationReader() } else { forgetHTTP() }
            return true
        }
        defer { self = ApplicationReader() }
        if isDNS { other = .dns(dns) }
        if case nil = other { return false }
        swap(&other!, &place)
        return true
    }

    /// Has read nothing then, where it was HTTP from the beginning.
    private mutating func forgetHTTP() {
        (isHTTP, opening) = (false, nil)
        answer = HTTPAnswerReader()
        (initiator.count, initiator.isDone) = (0, false)
        (responder.count, responder.isDone) = (0, false)
    }

    /// What was read, as if nothing more came.
    var told: ApplicationExchange? {
        guard answer.holdsPage else { return exchange }
        var reader = self
        reader.end()
        return reader.exchange
    }

    // MARK: Streams

    /// - Parameters:
    ///   - offset: how far the payload lies behind the stream's first byte.
    ///   - isCut: the capture has not the whole of the segment.
    mutating func read(
        _ payload: Span<UInt8>, offset: UInt32, isCut: Bool, fromInitiator: Bool, frame: Int, at: Instant
    ) {
        let read = fromInitiator ? initiator.count : responder.count
        // What was there before is read over; behind a gap nothing is known.
        let known = read &- offset
        if known != 0 { opening = nil }
        guard known < UInt32(payload.count), known < 1 << 31 else { return }
        let fresh = payload.extracting(Int(known)...)
        if fromInitiator {
            initiator.count &+= UInt32(fresh.count)
        } else {
            responder.count &+= UInt32(fresh.count)
        }
        // Most of what servers send is more of a page, of which nothing is told before it has all come.
        if !fromInitiator, !isCut, answer.takes(more: fresh) { return }
        if isHTTP { return readHTTP(fresh, isFirst: read == 0, isCut: isCut, fromInitiator, frame, at) }
        hasReadOther = true
        // Taken out while it is changed, so that nothing of it is copied.
        var held: ApplicationExchange?
        swap(&held, &other)
        switch consume held {
        case .tls(var tls):
            readTLS(fresh, &tls, fromInitiator, frame, at)
            other = .tls(tls)
        case .http(let kept): exchange = .http(kept)
        case .ssh(var ssh):
            if fromInitiator, read == 0, beginOther(fresh, instead: ssh.server, frame, at) { return }
            readSSH(fresh, &ssh, fromInitiator, frame, at)
            exchange = .ssh(ssh)
        case .greeting(let greeting): readGreeting(fresh, greeting, isFirst: read == 0, fromInitiator, frame, at)
        case .dns(var dns):
            let tell = { (message: Span<UInt8>, isCut: Bool) in
                dns.read(message, isCut: isCut, fromInitiator: fromInitiator, frame: frame, at: at)
            }
            if fromInitiator {
                initiator.dns.read(fresh, isCut: isCut, tell)
            } else {
                responder.dns.read(fresh, isCut: isCut, tell)
            }
            exchange = .dns(dns)
            if fromInitiator ? initiator.dns.isDone : responder.dns.isDone { finish(fromInitiator) }
        case .socks(let socks): readSOCKS(fresh, socks, isFirst: read == 0, fromInitiator, frame, at)
        case .quic(let quic):
            exchange = .quic(quic)
            finish(fromInitiator)
        case .service(let service):
            exchange = .service(service)
            finish(fromInitiator)
        case nil: finish(fromInitiator)
        }
    }

    /// Reads on where HTTP was begun.
    private mutating func readHTTP(
        _ bytes: Span<UInt8>, isFirst: Bool, isCut: Bool, _ fromInitiator: Bool, _ frame: Int, _ at: Instant
    ) {
        let hasTunnel = answer.isDone && http.hasTunnel
        if fromInitiator {
            if isFirst, let line = opening.take() ?? HTTPRequestLine(decoding: bytes) {
                http.request = Seen(value: line, frame: frame, at: at)
                if !isCut { noteContent(of: bytes) }
                // What answers that is frames.
                if line.isHTTP2 { finish(false) }
            }
            if hasTunnel, http.answer == nil, bytes.beginsTLS {
                hasReadOther = true
                var tls = TLSExchange()
                tls.carriedTo = http.request.map { Seen(value: $0.value.target, frame: $0.frame, at: $0.at) }
                readTLS(bytes, &tls, true, frame, at)
                exchange = .tls(tls)
            } else if hasTunnel || http.request?.value.isConnect != true {
                finish(true)
            }
        } else if hasTunnel {
            // Whoever speaks first in a tunnel speaks no TLS.
            finish(true)
            finish(false)
        } else {
            answer.read(bytes, isCut: isCut, frame: frame, at: at, into: &http)
            if let remaining = answer.remaining, http.wholeLength == 0 {
                http.wholeLength = UInt32(clamping: UInt64(responder.count) + UInt64(remaining))
            }
            if answer.isDone, !http.hasTunnel {
                finish(true)
                finish(false)
            }
        }
    }

    /// How long the request is, where it brings something: of POST, PUT and PATCH only.
    private mutating func noteContent(of request: Span<UInt8>) {
        guard request[0] == UInt8(ascii: "P") else { return }
        let head = HTTPHeadOutline(decoding: request)
        guard let end = head.end, let length = head.contentLength, (1..<1 << 30).contains(length) else { return }
        http.requestLength = UInt32(end + length)
    }

    private mutating func readSOCKS(
        _ bytes: Span<UInt8>, _ known: SOCKSExchange, isFirst: Bool, _ fromInitiator: Bool, _ frame: Int, _ at: Instant
    ) {
        var socks = known
        guard socks.hasTunnel else {
            if fromInitiator {
                socks.readClient(bytes, isFirst: isFirst, frame: frame, at: at)
            } else {
                socks.readProxy(bytes, frame: frame, at: at)
            }
            exchange = socks.isAnothers ? nil : .socks(socks)
            if socks.isRefused {
                finish(true)
                finish(false)
            }
            return
        }
        exchange = .socks(socks)
        // Whoever speaks first in a tunnel speaks no TLS.
        if fromInitiator, bytes.beginsTLS {
            var tls = TLSExchange()
            tls.carriedTo = socks.place
            readTLS(bytes, &tls, true, frame, at)
            exchange = .tls(tls)
        } else {
            finish(true)
            finish(false)
        }
    }

    private mutating func readGreeting(
        _ bytes: Span<UInt8>, _ known: GreetingExchange, isFirst: Bool, _ fromInitiator: Bool, _ frame: Int,
        _ at: Instant
    ) {
        let said = known.greeting
        let text = Seen(value: said.value.text, frame: said.frame, at: said.at)
        if fromInitiator, isFirst, beginOther(bytes, instead: text, frame, at) { return }
        // The greeting itself was read when it was recognised.
        var greeting = known
        greeting.read(bytes, fromInitiator: fromInitiator, frame: frame)
        if greeting.isReadyForTLS {
            var tls = TLSExchange()
            tls.upgradedFrom = greeting.greeting
            exchange = .tls(tls)
            return
        }
        exchange = .greeting(greeting)
        guard greeting.isTold else { return }
        finish(false)
        // Who has nothing to ask for may still speak another language.
        if fromInitiator || greeting.upgrade != nil { finish(true) }
    }

    /// The client speaks TLS, or HTTP, to a server that had something else to say first; false where it does not.
    private mutating func beginOther(
        _ bytes: Span<UInt8>, instead text: Seen<NetworkText>?, _ frame: Int, _ at: Instant
    ) -> Bool {
        if bytes.beginsTLS {
            var tls = TLSExchange()
            if let text {
                let foreign = TLSExchange.Foreign(byInitiator: false, start: text.value)
                tls.foreign = Seen(value: foreign, frame: text.frame, at: text.at)
            }
            readTLS(bytes, &tls, true, frame, at)
            exchange = .tls(tls)
        } else if let request = HTTPRequestLine(decoding: bytes) {
            var http = HTTPExchange()
            http.request = Seen(value: request, frame: frame, at: at)
            http.foreign = text
            exchange = .http(http)
            finish(true)
        } else {
            return false
        }
        finish(false)
        return true
    }

    private mutating func readSSH(
        _ bytes: Span<UInt8>, _ ssh: inout SSHExchange, _ fromInitiator: Bool, _ frame: Int, _ at: Instant
    ) {
        if !fromInitiator { ssh.serverBytes = responder.count }
        var rest = bytes
        if (fromInitiator ? ssh.client : ssh.server) == nil {
            ssh.read(bytes, fromInitiator: fromInitiator, frame: frame, at: at)
            if !fromInitiator, ssh.server?.frame == frame, bytes.isOneLine { ssh.helloLength = responder.count }
            guard (fromInitiator ? ssh.client : ssh.server) != nil,
                let end = SSHIdentification.among(linesOf: bytes)?.end, end < bytes.count
            else { return }
            rest = bytes.extracting(end...)
        }
        keys.read(rest, into: &ssh, fromInitiator: fromInitiator, frame: frame, at: at)
        if keys.isDone(fromInitiator: fromInitiator) { finish(fromInitiator) }
    }

    private mutating func readTLS(
        _ bytes: Span<UInt8>, _ tls: inout TLSExchange, _ fromInitiator: Bool, _ frame: Int, _ at: Instant
    ) {
        if fromInitiator, tls.clientHello == nil {
            if tls.pieces.count == 0 {
                let begun = initiator.count &- UInt32(truncatingIfNeeded: bytes.count)
                tls.before = StreamPlaces(initiator: begun, responder: responder.count)
            }
            tls.pieces.add(bytes.count, at: at)
        }
        let events = fromInitiator ? initiator.tls.read(bytes) : responder.tls.read(bytes)
        if fromInitiator {
            tls.clientGoesOn = initiator.tls.goesOn
        } else {
            tls.serverBytes = responder.count
            tls.serverRecordsEnd = tls.before.responder &+ responder.tls.recordsEnd
            tls.serverGoesOn = responder.tls.goesOn
        }
        for event in events {
            switch event {
            case .hello(let hello):
                if fromInitiator {
                    tls.clientHello = Seen(value: hello, frame: frame, at: at)
                } else if hello.isRetryRequest {
                    tls.retryRequest = Seen(value: hello, frame: frame, at: at)
                    initiator.tls.beginAgain()
                } else {
                    tls.serverHello = Seen(value: hello, frame: frame, at: at)
                }
            case .certificates(let chain):
                if !chain.isEmpty { tls.certificates = Seen(value: chain, frame: frame, at: at) }
            case .certificateRequest: tls.certificateRequest = UInt32(clamping: frame)
            case .ownCertificate(let isThere): if fromInitiator { tls.clientShowsCertificate = isThere }
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

    /// - Parameter isCut: the capture has not the whole of it.
    mutating func read(datagram payload: Span<UInt8>, isCut: Bool, fromInitiator: Bool, frame: Int, at: Instant) {
        if isDNS { return dns.read(payload, isCut: isCut, fromInitiator: fromInitiator, frame: frame, at: at) }
        var held: ApplicationExchange?
        swap(&held, &other)
        switch consume held {
        case .quic(var quic):
            quic.read(payload, fromInitiator: fromInitiator, frame: frame, at: at)
            other = .quic(quic)
            finish(fromInitiator)
        case .service(var service):
            if !fromInitiator { service.read(reply: payload, isCut: isCut, frame: frame, at: at) }
            other = .service(service)
            finish(fromInitiator)
        case let kept: other = kept
        }
    }

    private mutating func finish(_ fromInitiator: Bool) {
        if fromInitiator { initiator.isDone = true } else { responder.isDone = true }
    }
}

extension Span where Element == UInt8 {
    /// An identification of SSH, and no packet behind it.
    fileprivate var isOneLine: Bool { count <= 255 && count > 0 && self[count - 1] == 0x0A }

    /// A record of a handshake: RFC 8446 section 5.1.
    fileprivate var beginsTLS: Bool { count >= 3 && self[0] == 22 && self[1] == 3 }
}
