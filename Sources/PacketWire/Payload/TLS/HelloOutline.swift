/// What a hello says that people ask for, read without decoding the rest of it: every connection has one, and few are
/// looked at.
@frozen
public struct HelloOutline: Hashable, Sendable {
    /// The highest version of a ClientHello, the chosen one of a ServerHello.
    public var version: TLSVersion
    /// SNI; nil where there is none, and in a ServerHello.
    public var serverName: NetworkText?
    /// The first of ALPN.
    public var applicationProtocol: NetworkText?
    /// The chosen one of a ServerHello.
    public var cipherSuite: TLSCipherSuite?
    /// The message's length, type and length included.
    public var length: Int
    /// Of a ClientHello, what tells one program's from another's: its ciphers and kinds of extensions, in any order. Left
    /// out is what one program has in some hellos and not in others: the name, ALPN, padding, tickets, and values that
    /// mean nothing (RFC 8701).
    public private(set) var program: UInt64 = 0
    /// No ServerHello yet: it asks for another ClientHello (RFC 8446 section 4.1.4).
    public private(set) var isRetryRequest = false

    /// - Parameter message: the whole handshake message, from its type on.
    /// - Throws: where it is shorter than it says, or no hello.
    public init(decoding message: Span<UInt8>) throws(DecodeError) {
        var cursor = ByteCursor(0..<message.count, of: message, .tls)
        let type = TLSHandshakeType(rawValue: try cursor.uint8(message))
        guard type == .clientHello || type == .serverHello else {
            throw DecodeError(.tls, at: 0, .unknownProtocol(UInt32(type.rawValue)))
        }
        let isClient = type == .clientHello
        let bodyLength = try cursor.uint24(message)
        length = 4 &+ bodyLength
        var body = ByteCursor(try cursor.take(bodyLength), of: message, .tls)
        version = TLSVersion(rawValue: try body.uint16(message))
        let random = try body.take(32)
        _ = try body.vector8(message)
        if isClient {
            let ciphers = try body.vector16(message)
            for place in stride(from: ciphers.lowerBound, to: ciphers.upperBound &- 1, by: 2) {
                note(UInt16(message[place]) << 8 | UInt16(message[place &+ 1]), salt: 1)
            }
            _ = try body.vector8(message)
        } else {
            isRetryRequest = random.indices.allSatisfy {
                message[$0] == ServerHello.helloRetryRandom[$0 &- random.lowerBound]
            }
            cipherSuite = TLSCipherSuite(rawValue: try body.uint16(message))
            _ = try body.take(1)
        }
        guard body.remaining > 0 else { return }
        var list = ByteCursor(try body.vector16(message), of: message, .tls)
        while list.remaining > 0 {
            let kind = TLSExtension.Kind(rawValue: try list.uint16(message))
            let data = try list.vector16(message)
            if isClient, !Self.comesAndGoes.contains(kind.rawValue) { note(kind.rawValue, salt: 2) }
            switch kind {
            case .serverName where isClient: serverName = try? Self.serverName(message, data)
            case .applicationProtocols: applicationProtocol = try? Self.firstProtocol(message, data)
            case .supportedVersions: version = (try? Self.version(message, data, isClient)) ?? version
            default: break
            }
        }
    }

    /// server_name, ALPN, padding (RFC 7685), session_ticket, pre_shared_key, early_data.
    private static let comesAndGoes: Set<UInt16> = [0, 16, 21, 35, 41, 42]

    /// A sum: programs shuffle their extensions.
    private mutating func note(_ value: UInt16, salt: UInt64) {
        // RFC 8701: 0x0A0A, 0x1A1A, …
        guard value & 0x0F0F != 0x0A0A || value >> 8 != value & 0xFF else { return }
        var hash = FNV1a()
        hash.add(UInt64(value) << 8 | salt)
        // Sums of what is only multiplied are equal too often.
        hash.add(hash.value >> 29)
        program &+= hash.value
    }

    private static func serverName(_ bytes: Span<UInt8>, _ data: Range<Int>) throws(DecodeError) -> NetworkText? {
        var cursor = ByteCursor(data, of: bytes, .tls)
        var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
        guard try list.uint8(bytes) == 0 else { return nil }
        return NetworkText(bytes: bytes.array(try list.vector16(bytes)))
    }

    private static func firstProtocol(_ bytes: Span<UInt8>, _ data: Range<Int>) throws(DecodeError) -> NetworkText? {
        var cursor = ByteCursor(data, of: bytes, .tls)
        var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
        return NetworkText(bytes: bytes.array(try list.vector8(bytes)))
    }

    /// RFC 8701: values of a certain form are there to be ignored.
    private static func version(
        _ bytes: Span<UInt8>, _ data: Range<Int>, _ isClient: Bool
    ) throws(DecodeError) -> TLSVersion? {
        var cursor = ByteCursor(data, of: bytes, .tls)
        guard isClient else { return TLSVersion(rawValue: try cursor.uint16(bytes)) }
        var list = ByteCursor(try cursor.vector8(bytes), of: bytes, .tls)
        var best: UInt16?
        while list.remaining >= 2 {
            let value = try list.uint16(bytes)
            if value & 0x0F0F != 0x0A0A { best = Swift.max(best ?? 0, value) }
        }
        return best.map(TLSVersion.init(rawValue:))
    }
}
