/// What a server chose, RFC 8446 section 4.1.3: proof that the client's hello arrived and was liked.
public struct ServerHello: Hashable, Sendable {
    public var legacyVersion: TLSVersion
    /// 32 bytes.
    public var random: [UInt8]
    public var sessionID: [UInt8]
    public var cipherSuite: TLSCipherSuite
    public var compressionMethod: UInt8
    public var extensions: [TLSExtension]

    public init(
        legacyVersion: TLSVersion = .tls12, random: [UInt8], sessionID: [UInt8] = [], cipherSuite: TLSCipherSuite,
        compressionMethod: UInt8 = 0, extensions: [TLSExtension] = []
    ) {
        self.legacyVersion = legacyVersion
        self.random = random
        self.sessionID = sessionID
        self.cipherSuite = cipherSuite
        self.compressionMethod = compressionMethod
        self.extensions = extensions
    }

    /// SHA-256 of "HelloRetryRequest": in place of a random number it means "again, with another key share".
    static let helloRetryRandom: [UInt8] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ]

    /// The body of the message, behind type and length.
    init(body bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeError) {
        var cursor = ByteCursor(range, of: bytes, .tls)
        legacyVersion = TLSVersion(rawValue: try cursor.uint16(bytes))
        random = try cursor.array(bytes, 32)
        sessionID = bytes.array(try cursor.vector8(bytes))
        cipherSuite = TLSCipherSuite(rawValue: try cursor.uint16(bytes))
        compressionMethod = try cursor.uint8(bytes)
        extensions = try TLSExtension.list(bytes, &cursor)
    }

    public var isHelloRetryRequest: Bool { random == Self.helloRetryRandom }

    /// The version that will be spoken.
    public var version: TLSVersion {
        extensions.read(.supportedVersions) { bytes, cursor throws(DecodeError) in
            TLSVersion(rawValue: try cursor.uint16(bytes))
        } ?? legacyVersion
    }

    /// The key exchange, where it is chosen here: in TLS 1.3.
    public var selectedGroup: TLSNamedGroup? {
        extensions.read(.keyShare) { bytes, cursor throws(DecodeError) in
            TLSNamedGroup(rawValue: try cursor.uint16(bytes))
        }
    }

    /// ALPN; TLS 1.3 sends it encrypted, so that it is seen in older versions only.
    public var applicationProtocol: NetworkText? {
        extensions.read(.applicationProtocols, TLSFields.protocolNames)?.first
    }

    /// The handshake message with type and length, not yet in a record.
    public func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: legacyVersion.rawValue)
        body += (random + [UInt8](repeating: 0, count: 32)).prefix(32)
        body.appendVector8(sessionID)
        body.append(bigEndian: cipherSuite.rawValue)
        body.append(compressionMethod)
        TLSExtension.encode(extensions, into: &body)
        return TLSFields.handshake(.serverHello, body)
    }

    /// The message in records.
    public func encode(recordVersion: TLSVersion = .tls12, recordLimit: Int = 1 << 14, into bytes: inout [UInt8]) {
        TLSRecord.encode(.handshake, recordVersion, encoded(), limit: recordLimit, into: &bytes)
    }
}

/// Pieces that both hellos share.
enum TLSFields {
    static func numbers(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(DecodeError) -> [UInt16] {
        var cursor = ByteCursor(range, of: bytes, .tls)
        var numbers: [UInt16] = []
        while cursor.remaining > 0 { numbers.append(try cursor.uint16(bytes)) }
        return numbers
    }

    static func protocolNames(_ bytes: Span<UInt8>, _ cursor: inout ByteCursor) throws(DecodeError) -> [NetworkText] {
        var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
        var names: [NetworkText] = []
        while list.remaining > 0 { names.append(NetworkText(bytes: bytes.array(try list.vector8(bytes)))) }
        return names
    }

    static func handshake(_ type: TLSHandshakeType, _ body: [UInt8]) -> [UInt8] {
        var bytes = [type.rawValue, UInt8(truncatingIfNeeded: body.count >> 16)]
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: body.count))
        return bytes + body
    }
}
