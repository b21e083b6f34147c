/// The extensions that an experiment varies, as a client would write them.
extension TLSExtension {
    public static func serverName(_ name: NetworkText) -> TLSExtension {
        var entry: [UInt8] = [0]
        entry.appendVector16(name.bytes)
        var data: [UInt8] = []
        data.appendVector16(entry)
        return TLSExtension(.serverName, data)
    }

    public static func applicationProtocols(_ names: [NetworkText]) -> TLSExtension {
        var list: [UInt8] = []
        for name in names { list.appendVector8(name.bytes) }
        var data: [UInt8] = []
        data.appendVector16(list)
        return TLSExtension(.applicationProtocols, data)
    }

    public static func supportedVersions(_ versions: [TLSVersion]) -> TLSExtension {
        var list: [UInt8] = []
        for version in versions { list.append(bigEndian: version.rawValue) }
        var data: [UInt8] = []
        data.appendVector8(list)
        return TLSExtension(.supportedVersions, data)
    }

    public static func supportedGroups(_ groups: [TLSNamedGroup]) -> TLSExtension {
        var list: [UInt8] = []
        for group in groups { list.append(bigEndian: group.rawValue) }
        var data: [UInt8] = []
        data.appendVector16(list)
        return TLSExtension(.supportedGroups, data)
    }

    /// The usual signature schemes: a server that has to choose one insists on the extension.
    public static let signatureAlgorithms: TLSExtension = {
        var list: [UInt8] = []
        for scheme in [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601] as [UInt16] {
            list.append(bigEndian: scheme)
        }
        var data: [UInt8] = []
        data.appendVector16(list)
        return TLSExtension(.signatureAlgorithms, data)
    }()

    public static func keyShares(_ shares: [TLSKeyShare]) -> TLSExtension {
        var list: [UInt8] = []
        for share in shares {
            list.append(bigEndian: share.group.rawValue)
            list.appendVector16(share.key)
        }
        var data: [UInt8] = []
        data.appendVector16(list)
        return TLSExtension(.keyShare, data)
    }

    /// Zeros that make a hello longer than one packet, or longer than a fragile box expects: RFC 7685.
    public static func padding(_ count: Int) -> TLSExtension {
        TLSExtension(.padding, [UInt8](repeating: 0, count: Swift.max(0, Swift.min(count, 0xFFFF))))
    }
}
