/// Where a fragment belongs. IPv4 says it in its header, IPv6 in an extension header; the idea is the same.
@frozen
public struct IPFragment: Hashable, Sendable {
    /// 16 bits in IPv4, 32 in IPv6.
    public var identification: UInt32
    /// In bytes.
    public var offset: Int
    public var moreFragments: Bool

    @inlinable
    public init(identification: UInt32, offset: Int, moreFragments: Bool) {
        self.identification = identification
        self.offset = offset
        self.moreFragments = moreFragments
    }

    /// The only fragment that holds the transport header.
    public var isFirst: Bool { offset == 0 }
    /// A whole packet in a fragment header: RFC 6946.
    public var isAtomic: Bool { offset == 0 && !moreFragments }
}
