/// The envelope of everything that TLS sends: type, version, length. RFC 8446 section 5.1.
@frozen
public struct TLSRecord: Hashable, Sendable {
    public var contentType: TLSContentType
    /// A compatibility value: records of TLS 1.3 say 1.2, and a first ClientHello says 1.0.
    public var version: TLSVersion
    /// The content, as a range of the bytes that were decoded.
    public var fragment: Range<Int>

    public static let headerLength = 5
    /// 2^14 bytes and what encryption may add: RFC 5246 section 6.2.3.
    public static let longestFragment = (1 << 14) + 2048
    static let longestPlaintext = 1 << 14

    /// Reads one record.
    ///
    /// - Throws: `.truncated` when the record goes on behind `range`: more segments are needed, and the error
    ///   says how many bytes. `.unknownProtocol` or `.badVersion` when this is not TLS.
    public init(decoding bytes: Span<UInt8>, in range: Range<Int>) throws(DecodeError) {
        var cursor = ByteCursor(range, of: bytes, .tls)
        let start = cursor.offset
        let available = cursor.remaining
        contentType = TLSContentType(rawValue: try cursor.uint8(bytes))
        guard (20...24).contains(contentType.rawValue) else {
            throw DecodeError(.tls, at: start, .unknownProtocol(UInt32(contentType.rawValue)))
        }
        // A first wrong byte is known before the rest has come.
        if available >= 2, bytes[start &+ 1] != 3 {
            throw DecodeError(.tls, at: start &+ 1, .badVersion(bytes[start &+ 1]))
        }
        guard available >= Self.headerLength else {
            throw DecodeError(.tls, at: start, .truncated(needed: Self.headerLength, available: available))
        }
        version = TLSVersion(rawValue: try cursor.uint16(bytes))
        let length = Int(try cursor.uint16(bytes))
        guard length <= Self.longestFragment else {
            throw DecodeError(.tls, at: start &+ 3, .tooLong(found: length, limit: Self.longestFragment))
        }
        guard length <= cursor.remaining else {
            throw DecodeError(.tls, at: start, .truncated(needed: Self.headerLength &+ length, available: available))
        }
        fragment = try cursor.take(length)
    }

    /// Whether a stream that begins like this can be TLS: a content type, and a version that begins with 3. True also
    /// when nothing has come yet.
    public static func canBegin(with bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        return (20...24).contains(first) && (bytes.count < 2 || bytes[1] == 3)
    }

    /// Writes content as records of at most `limit` bytes each: small ones show who cannot put them together.
    static func encode(
        _ type: TLSContentType, _ version: TLSVersion, _ content: [UInt8], limit: Int = longestPlaintext,
        into bytes: inout [UInt8]
    ) {
        let size = Swift.max(1, Swift.min(limit, longestPlaintext))
        for start in stride(from: 0, to: Swift.max(content.count, 1), by: size) {
            bytes.append(type.rawValue)
            bytes.append(bigEndian: version.rawValue)
            bytes.appendVector16(Array(content.dropFirst(start).prefix(size)))
        }
    }
}
