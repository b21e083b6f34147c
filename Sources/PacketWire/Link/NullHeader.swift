/// BSD loopback: four bytes with an address family, in the byte order of the host that captured
/// (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP).
@frozen
public struct NullHeader: Hashable, Sendable {
    public static let length = 4

    /// AF_INET is 2 everywhere; AF_INET6 is 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (Darwin) or 10 (Linux).
    public var addressFamily: UInt32
    public var isLittleEndian: Bool

    public init(_ family: IPFamily, isLittleEndian: Bool = true) {
        addressFamily = family == .v4 ? 2 : 30
        self.isLittleEndian = isLittleEndian
    }

    /// A family is a small number, so the half of the field that is zero tells the byte order.
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .null)
        let value = bytes.uint32(at: offset)
        isLittleEndian = value & 0xFFFF == 0 && value != 0
        addressFamily = isLittleEndian ? value.byteSwapped : value
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: isLittleEndian ? addressFamily.byteSwapped : addressFamily)
    }

    public var etherType: EtherType? {
        if let type = Self.etherType(addressFamily) { return type }
        let (upper, lower) = (addressFamily >> 16, addressFamily & 0xFFFF)
        // Families of 16 bits, with two bytes of padding on either side.
        if lower == 0 || upper == 0 {
            let family = UInt16(truncatingIfNeeded: lower | upper)
            return Self.etherType(UInt32(family)) ?? Self.etherType(UInt32(family.byteSwapped))
        }
        // A type where the family should be: some programs translate Ethernet headers like that.
        return !isLittleEndian && lower >= EtherType.smallest ? EtherType(rawValue: UInt16(lower)) : nil
    }

    private static func etherType(_ family: UInt32) -> EtherType? {
        switch family {
        case 2: .ipv4
        // Linux, Windows, BSD, Solaris, FreeBSD, Darwin.
        case 10, 23, 24, 26, 28, 30: .ipv6
        default: nil
        }
    }
}
