/// What one side of a connection sent, as far as it can be read without keys.
///
/// Decoded from the bytes in order, from the first one after the TCP handshake; the caller puts segments
/// together. Messages may be spread over records, and records over segments: what is not whole yet is said
/// to be incomplete, never guessed.
public struct TLSStream: Hashable, Sendable {
    public enum Message: Hashable, Sendable {
        case clientHello(ClientHello)
        case serverHello(ServerHello)
        /// Another message in the clear, with the length of its body.
        case handshake(TLSHandshakeType, length: Int)
        case alert(TLSAlert)
        case changeCipherSpec
        case applicationData(length: Int)
        /// Encrypted, after `changeCipherSpec` in versions up to 1.2: only type and length of the record are
        /// known.
        case encrypted(TLSContentType, length: Int)
    }

    public enum End: Hashable, Sendable {
        /// The last byte ended a record, and the last record a message.
        case complete
        /// At least that many more bytes are needed to read on.
        case incomplete(missing: Int)
        /// Not TLS, or no longer: a plaintext answer, a damaged length.
        case failed(DecodeError)
    }

    public private(set) var messages: [Message] = []
    public private(set) var end: End = .complete
    /// Bytes from the start that were whole records.
    public private(set) var consumed = 0

    /// More than any handshake has; what follows is application data, of which none is interesting here.
    static let messageLimit = 64
    /// A longer hello is refused by every server; certificates can be longer, and are not kept.
    static let longestHello = 1 << 17

    private var handshake: [UInt8] = []
    private var isEncrypted = false

    public init(decoding bytes: Span<UInt8>, in range: Range<Int>? = nil) {
        let range = range ?? 0..<bytes.count
        let stop = Swift.min(range.upperBound, bytes.count)
        var offset = Swift.max(0, Swift.min(range.lowerBound, stop))
        let start = offset
        do throws(DecodeError) {
            while offset < stop, messages.count < Self.messageLimit {
                let record = try TLSRecord(decoding: bytes, in: offset..<stop)
                try accept(record, bytes)
                offset = record.fragment.upperBound
                consumed = offset &- start
            }
            if let missing = missingOfHandshake { end = .incomplete(missing: missing) }
        } catch {
            if case .truncated(let needed, let available) = error.problem, error.offset == offset {
                end = .incomplete(missing: needed - available)
            } else {
                end = .failed(error)
            }
        }
    }

    private mutating func accept(_ record: TLSRecord, _ bytes: Span<UInt8>) throws(DecodeError) {
        let length = record.fragment.count
        switch record.contentType {
        case .applicationData: messages.append(.applicationData(length: length))
        case .changeCipherSpec:
            messages.append(.changeCipherSpec)
            isEncrypted = true
        // Enciphered, an alert is longer than its two bytes: what keeps it whole comes with it.
        case .alert where !isEncrypted || length == 2:
            if let alert = TLSAlert(decoding: bytes, record.fragment) {
                messages.append(.alert(alert))
            } else {
                messages.append(.encrypted(.alert, length: length))
            }
        case .handshake where !isEncrypted || isHelloInTheClear(bytes, record.fragment):
            handshake += bytes.array(record.fragment)
            try takeMessages(at: record.fragment.lowerBound)
        default: messages.append(.encrypted(record.contentType, length: length))
        }
    }

    /// RFC 8446 appendix D.4: in version 1.3 a "change cipher spec" changes nothing, and the hello that a server
    /// asked for once more follows it in the clear. An encrypted record does not begin with its own length.
    private func isHelloInTheClear(_ bytes: Span<UInt8>, _ fragment: Range<Int>) -> Bool {
        let start = fragment.lowerBound
        // Type, length, version, random: as much as every hello has.
        guard fragment.count >= 38 else { return false }
        return (1...2).contains(bytes[start]) && bytes[start + 4] == 3
            && Self.bodyLength(bytes, at: start) == fragment.count - 4
    }

    /// Takes whole messages off the front of what was collected.
    ///
    /// - Parameter place: For errors: where the record's content begins.
    private mutating func takeMessages(at place: Int) throws(DecodeError) {
        guard let length = Self.bodyLength(handshake.span, at: 0) else { return }
        guard length <= Self.longestHello || handshake[0] != TLSHandshakeType.clientHello.rawValue else {
            throw DecodeError(.tls, at: place, .tooLong(found: length, limit: Self.longestHello))
        }
        // Nothing is copied before a message is whole: many tiny records would cost the square of their number.
        guard handshake.count - 4 >= length else { return }
        let collected = handshake
        let bytes = collected.span
        var offset = 0
        while let length = Self.bodyLength(bytes, at: offset), bytes.count - offset - 4 >= length,
            messages.count < Self.messageLimit
        {
            let body = offset + 4..<offset + 4 + length
            do throws(DecodeError) {
                messages.append(try Self.message(TLSHandshakeType(rawValue: bytes[offset]), bytes, body))
            } catch {
                // A message that is shorter inside than its own length says is malformed, not cut.
                throw DecodeError(.tls, at: place, .badLength(found: length, minimum: error.offset - body.lowerBound))
            }
            offset = body.upperBound
        }
        handshake = Array(collected.dropFirst(offset))
    }

    private static func message(
        _ type: TLSHandshakeType, _ bytes: Span<UInt8>, _ body: Range<Int>
    ) throws(DecodeError) -> Message {
        switch type {
        case .clientHello: .clientHello(try ClientHello(body: bytes, body))
        case .serverHello: .serverHello(try ServerHello(body: bytes, body))
        default: .handshake(type, length: body.count)
        }
    }

    /// What a message that was begun still lacks; nil when none was.
    private var missingOfHandshake: Int? {
        guard !handshake.isEmpty, messages.count < Self.messageLimit else { return nil }
        let length = Self.bodyLength(handshake.span, at: 0) ?? 0
        return Swift.max(1, 4 + length - handshake.count)
    }

    private static func bodyLength(_ bytes: Span<UInt8>, at offset: Int) -> Int? {
        guard bytes.count - offset >= 4 else { return nil }
        return Int(bytes[offset + 1]) << 16 | Int(bytes.uint16(at: offset + 2))
    }

    public var clientHello: ClientHello? {
        messages.lazy.compactMap { if case .clientHello(let hello) = $0 { hello } else { nil } }.first
    }

    public var serverHello: ServerHello? {
        messages.lazy.compactMap { if case .serverHello(let hello) = $0 { hello } else { nil } }.first
    }

    /// The alerts that could be read, in order.
    public var alerts: [TLSAlert] {
        messages.compactMap { if case .alert(let alert) = $0 { alert } else { nil } }
    }
}
