/// An extension of a hello message: a number and bytes. RFC 8446 section 4.2.
public struct TLSExtension: Hashable, Sendable {
    /// IANA registry "TLS ExtensionType Values".
    @frozen
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        public static let serverName = Kind(rawValue: 0)
        public static let supportedGroups = Kind(rawValue: 10)
        public static let signatureAlgorithms = Kind(rawValue: 13)
        public static let applicationProtocols = Kind(rawValue: 16)
        public static let padding = Kind(rawValue: 21)
        /// RFC 5077.
        public static let sessionTicket = Kind(rawValue: 35)
        public static let supportedVersions = Kind(rawValue: 43)
        public static let pskKeyExchangeModes = Kind(rawValue: 45)
        public static let keyShare = Kind(rawValue: 51)
        public static let encryptedClientHello = Kind(rawValue: 0xFE0D)
    }

    public var kind: Kind
    public var data: [UInt8]

    public init(_ kind: Kind, _ data: [UInt8]) {
        self.kind = kind
        self.data = data
    }

    /// The list at the end of a hello. Old hellos have none at all, which is not an error.
    static func list(_ bytes: Span<UInt8>, _ cursor: inout ByteCursor) throws(DecodeError) -> [TLSExtension] {
        guard cursor.remaining > 0 else { return [] }
        var list = ByteCursor(try cursor.vector16(bytes), of: bytes, .tls)
        var extensions: [TLSExtension] = []
        while list.remaining > 0 {
            let kind = Kind(rawValue: try list.uint16(bytes))
            extensions.append(TLSExtension(kind, bytes.array(try list.vector16(bytes))))
        }
        return extensions
    }

    static func encode(_ extensions: [TLSExtension], into bytes: inout [UInt8]) {
        guard !extensions.isEmpty else { return }
        var list: [UInt8] = []
        for item in extensions {
            list.append(bigEndian: item.kind.rawValue)
            list.appendVector16(item.data)
        }
        bytes.appendVector16(list)
    }
}

extension [TLSExtension] {
    /// What `read` makes of the first extension of that kind; nil when there is none, or it is malformed.
    func read<Value>(
        _ kind: TLSExtension.Kind, _ read: (Span<UInt8>, inout ByteCursor) throws(DecodeError) -> Value
    ) -> Value? {
        guard let item = first(where: { $0.kind == kind }) else { return nil }
        let bytes = item.data.span
        var cursor = ByteCursor(0..<bytes.count, of: bytes, .tls)
        return try? read(bytes, &cursor)
    }
}
