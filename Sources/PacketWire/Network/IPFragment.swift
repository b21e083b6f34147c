/// Where a fragment belongs. IPv4 says it in its header, IPv6 in an extension header; the idea is the same.
@frozen
public struct IPFragment: Hashable, Sendable {
    /// 16 bits in IPv4, 32 in IPv6.
    public var identification: UInt32
    /// In units of eight bytes.
    private var blocks: UInt16
    public var moreFragments: Bool

    /// `offset` in bytes; only whole blocks of eight, and at most 65,528.
    public init(identification: UInt32, offset: Int, moreFragments: Bool) {
        self.identification = identification
        blocks = UInt16(clamping: offset / 8) & 0x1FFF
        self.moreFragments = moreFragments
    }

    /// In bytes.
    public var offset: Int { Int(blocks) &* 8 }
    /// The only fragment that holds the transport header.
    public var isFirst: Bool { blocks == 0 }
    /// A whole packet in a fragment header: RFC 6946.
    public var isAtomic: Bool { blocks == 0 && !moreFragments }
}
