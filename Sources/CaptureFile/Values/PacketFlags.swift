/// The link-layer flags of a packet, `epb_flags` of pcapng.
@frozen
public struct PacketFlags: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    @inlinable
    public init(direction: Direction) {
        self.init(rawValue: direction == .inbound ? 1 : 2)
    }

    /// Which way a packet passed the interface, as the capturing system saw it.
    @frozen
    public enum Direction: String, Hashable, Sendable {
        case inbound
        case outbound
    }

    /// Nil when the file does not say.
    @inlinable
    public var direction: Direction? {
        switch rawValue & 0b11 {
        case 1: .inbound
        case 2: .outbound
        default: nil
        }
    }

    /// Bytes of frame check sequence at the end of this frame; nil when not given.
    public var frameCheckSequenceLength: Int? {
        let length = Int(rawValue >> 5 & 0xF)
        return length == 0 ? nil : length
    }

    /// The error bits of the link layer: bad checksum, too long, wrong gap, ….
    public var hasLinkLayerErrors: Bool { rawValue >> 16 != 0 }
}

/// What a file says about one packet besides its bytes.
public struct PacketOptions: Hashable, Sendable {
    public var comments: [String]
    public var flags: PacketFlags?
    /// Packets lost by the interface and the operating system between the packet before and this one.
    public var dropCount: UInt64?

    public init(comments: [String] = [], flags: PacketFlags? = nil, dropCount: UInt64? = nil) {
        self.comments = comments
        self.flags = flags
        self.dropCount = dropCount
    }

    public static let none = PacketOptions()
}
