public import PacketWire

/// A TLS handshake as far as it is in the clear.
public struct TLSExchange: Sendable, Hashable {
    public struct Alert: Sendable, Hashable {
        public var alert: TLSAlert
        public var byInitiator: Bool
    }

    public internal(set) var clientHello: Seen<HelloOutline>?
    public internal(set) var serverHello: Seen<HelloOutline>?
    /// The server's first answer, where it asked for another hello.
    public internal(set) var retryRequest: Seen<HelloOutline>?
    /// How the client's hello came, piece by piece.
    public internal(set) var pieces = HelloPieces()
    /// What the server said before both agreed on TLS; nil where TLS came first.
    public internal(set) var upgradedFrom: Seen<ServerGreeting>?
    /// Where a proxy carries it: to what place, as the client had asked for it.
    public internal(set) var carriedTo: Seen<NetworkText>?
    /// How much both ends had said before the hello began.
    public internal(set) var before = StreamPlaces()
    /// How much of what the server said was read, from its first byte.
    public internal(set) var serverBytes: UInt32 = 0
    /// Where the records end that the server has begun, as far as they were read; and whether one of them goes on behind its
    /// hello.
    public internal(set) var serverRecordsEnd: UInt32 = 0
    public internal(set) var serverGoesOn = false
    /// The client says more than its first hello.
    public internal(set) var clientGoesOn = false
    /// The server's, its own first, where they travel in the clear: up to TLS 1.2.
    public internal(set) var certificates: Seen<[CertificateOutline]>?
    /// The frame in which the server asked for a certificate of the client, in the clear: up to TLS 1.2. 0 for none.
    public internal(set) var certificateRequest: UInt32 = 0
    /// Whether the client showed one then; nil where that was not seen.
    public internal(set) var clientShowsCertificate: Bool?
    /// The first that ends the handshake.
    public internal(set) var alert: Seen<Alert>?
    /// One side sent what is no TLS: its first bytes.
    public internal(set) var foreign: Seen<Foreign>?
    /// Who went on to what is encrypted.
    public internal(set) var clientIsSecured = false
    public internal(set) var serverIsSecured = false

    public struct Foreign: Sendable, Hashable {
        public var byInitiator: Bool
        public var start: NetworkText
    }

    /// Nothing is wrong with it.
    public var isPlain: Bool { serverHello != nil && isSecured && alert == nil && foreign == nil }
    /// Both sides did.
    public var isSecured: Bool { clientIsSecured && serverIsSecured }
}

/// How far two ends had got with what they say.
public struct StreamPlaces: Sendable, Hashable {
    /// Bytes of the initiator's stream.
    public var initiator: UInt32
    /// Bytes of the responder's stream.
    public var responder: UInt32

    public init(initiator: UInt32 = 0, responder: UInt32 = 0) {
        (self.initiator, self.responder) = (initiator, responder)
    }
}

/// In which segments a hello left its client.
public struct HelloPieces: Sendable, Hashable {
    public private(set) var count: UInt16 = 0
    /// Payload of the longest; segmentation offload may have put several into one.
    public private(set) var longest: UInt16 = 0
    private var first = Instant.zero
    private var last = Instant.zero

    /// From the first piece to the last.
    public var span: TimeSpan { last - first }

    mutating func add(_ length: Int, at: Instant) {
        if count == 0 { first = at }
        last = at
        count = min(count, .max - 1) + 1
        longest = max(longest, UInt16(clamping: length))
    }
}

/// One side of a TLS connection, record by record: nothing is kept but a hello that is not whole yet.
struct TLSReader: Sendable, Hashable {
    enum Event {
        case hello(HelloOutline)
        case alert(TLSAlert)
        case secured
        case foreign(NetworkText)
        case certificates([CertificateOutline])
        case certificateRequest
        /// The client's first message behind its hello is a certificate, or says that it has none.
        case ownCertificate(isThere: Bool)
    }

    /// Beginnings of a hello that is spread over segments.
    private var pending: [UInt8] = []
    /// Bytes of a record that is read over.
    private var skipped = 0
    private var hasHello = false
    /// The server's messages up to its certificates, which may span records; nil where none are waited for.
    private var flight: [UInt8]?
    /// What the server says behind its certificates; nil where that is not looked at.
    private var walker: HandshakeWalker?
    /// A client's, whose next message may be its certificate.
    private var isBehindClientHello = false
    /// The other hello comes behind this one: what announces encryption means nothing yet (RFC 8446 appendix D.4).
    private var isBehindRetry = false
    private(set) var isDone = false
    /// Bytes of the stream that came before those at hand.
    private var passed: UInt32 = 0
    /// Where the latest record ends whose head was read.
    private(set) var recordsEnd: UInt32 = 0
    /// There is a record behind the hello, other than the one that announces encryption.
    private(set) var goesOn = false

    /// A hello with every key share that is in use takes less than two thousand.
    static let longestHello = 8_192
    /// Chains are of some thousand bytes.
    private static let longestFlight = 32_768

    /// Takes the next bytes of the stream.
    mutating func read(_ bytes: Span<UInt8>) -> [Event] {
        var events: [Event] = []
        if pending.isEmpty {
            let consumed = read(bytes, &events)
            passed &+= UInt32(consumed)
            if !isDone { pending = keep(bytes, from: consumed) }
        } else {
            pending.reserveCapacity(pending.count + bytes.count)
            for place in 0..<bytes.count { pending.append(bytes[place]) }
            let collected = pending
            let consumed = read(collected.span, &events)
            passed &+= UInt32(consumed)
            pending = isDone ? [] : keep(collected.span, from: consumed)
        }
        return events
    }

    private mutating func keep(_ bytes: Span<UInt8>, from start: Int) -> [UInt8] {
        let count = bytes.count - start
        guard count > 0 else { return [] }
        guard count <= Self.longestHello else {
            isDone = true
            return []
        }
        return (start..<bytes.count).map { bytes[$0] }
    }

    /// Returns how many bytes are no longer needed.
    private mutating func read(_ bytes: Span<UInt8>, _ events: inout [Event]) -> Int {
        var place = 0
        while place < bytes.count, !isDone {
            if skipped > 0 {
                let count = min(skipped, bytes.count - place)
                if flight != nil {
                    gather(bytes.extracting(place..<place + count), &events)
                } else if walker != nil {
                    walk(bytes.extracting(place..<place + count), &events)
                }
                skipped -= count
                place += count
                continue
            }
            let type = TLSContentType(rawValue: bytes[place])
            guard (20...24).contains(type.rawValue), bytes.count - place < 2 || bytes[place + 1] == 3 else {
                if !hasHello {
                    let start = (place..<min(bytes.count, place + 24)).map { bytes[$0] }
                    events.append(.foreign(NetworkText(bytes: start)))
                }
                isDone = true
                break
            }
            guard bytes.count - place >= TLSRecord.headerLength else { break }
            let length = Int(bytes[place + 3]) << 8 | Int(bytes[place + 4])
            let content = place + TLSRecord.headerLength
            note(type, end: content + length)
            switch type {
            case .changeCipherSpec where isBehindRetry: break
            case .handshake where !hasHello:
                guard bytes.count - content >= length else { return place }
                // A hello may be longer than its record; then its name is not looked for.
                if let hello = try? HelloOutline(decoding: bytes.extracting(content..<content + length)) {
                    events.append(.hello(hello))
                    isBehindRetry = hello.isRetryRequest
                    guard !isBehindRetry else { break }
                    if hello.cipherSuite != nil, hello.version.rawValue <= TLSVersion.tls12.rawValue { flight = [] }
                    isBehindClientHello = hello.cipherSuite == nil
                }
                hasHello = true
            case .handshake where isBehindClientHello:
                // RFC 5246 section 7.4.6: type and length, and the length of the list.
                guard bytes.count - content >= min(length, 7) else { return place }
                isBehindClientHello = false
                if length >= 7, bytes[content] == TLSHandshakeType.certificate.rawValue {
                    let isThere = bytes[content + 4] | bytes[content + 5] | bytes[content + 6] != 0
                    events.append(.ownCertificate(isThere: isThere))
                }
            case .alert:
                guard bytes.count - content >= min(length, 2) else { return place }
                isDone = true
                if length == 2 {
                    events.append(
                        .alert(
                            TLSAlert(
                                TLSAlert.Level(rawValue: bytes[content]), TLSAlert.Code(rawValue: bytes[content + 1]))))
                } else {
                    events.append(.secured)
                }
            case .changeCipherSpec, .applicationData:
                isDone = true
                events.append(.secured)
                measure(bytes, from: content + length)
            default: break
            }
            place = content
            skipped = length
        }
        return place
    }

    private mutating func note(_ type: TLSContentType, end: Int) {
        recordsEnd = passed &+ UInt32(end)
        if hasHello, type != .changeCipherSpec { goesOn = true }
    }

    /// What is encrypted is not read; where its records end is told as far as their heads are at hand.
    private mutating func measure(_ bytes: Span<UInt8>, from start: Int) {
        var place = start
        while bytes.count - place >= TLSRecord.headerLength, (20...24).contains(bytes[place]), bytes[place + 1] == 3 {
            let type = TLSContentType(rawValue: bytes[place])
            let length = Int(bytes[place + 3]) << 8 | Int(bytes[place + 4])
            place += TLSRecord.headerLength + length
            note(type, end: place)
        }
        // A head of which there is a piece only.
        if place < bytes.count, bytes.count - place < TLSRecord.headerLength {
            note(.applicationData, end: bytes.count + 1)
        }
    }

    /// The server asked for another hello: this client's.
    mutating func beginAgain() { isBehindRetry = !isDone }

    private mutating func walk(_ bytes: Span<UInt8>, _ events: inout [Event]) {
        if walker?.findsRequest(in: bytes) ?? false { events.append(.certificateRequest) }
        if walker?.isDone ?? true { walker = nil }
    }

    /// More of the server's flight: its hello, then its certificates (RFC 5246 section 7.4).
    private mutating func gather(_ bytes: Span<UInt8>, _ events: inout [Event]) {
        guard var known = flight.take() else { return }
        known += bytes.array(0..<min(bytes.count, Self.longestFlight - known.count))
        let span = known.span
        guard span.count >= 4 else {
            flight = known
            return
        }
        let helloEnd = 4 + (Int(span[1]) << 16 | Int(span[2]) << 8 | Int(span[3]))
        if span.count > helloEnd, span[helloEnd] != TLSHandshakeType.certificate.rawValue { return }
        if helloEnd < span.count, let chain = CertificateOutline.chain(in: span.extracting(helloEnd...)) {
            events.append(.certificates(chain))
            let length = Int(span[helloEnd + 1]) << 16 | Int(span[helloEnd + 2]) << 8 | Int(span[helloEnd + 3])
            walker = HandshakeWalker()
            walk(span.extracting((helloEnd + 4 + length)...), &events)
        } else if span.count < Self.longestFlight {
            flight = known
        }
    }
}
