/// An IEEE 802.1Q or 802.1ad tag: its own type, and 16 bits of control information.
@frozen
public struct VLANTag: Hashable, Sendable, CustomStringConvertible {
    /// Which kind of tag: 802.1Q, 802.1ad, or the older 0x9100.
    public var tagProtocol: EtherType
    /// Priority (3 bits), drop eligible (1 bit), VLAN (12 bits).
    public var control: UInt16

    @inlinable
    public init(_ identifier: UInt16, priority: UInt8 = 0, tagProtocol: EtherType = .vlan) {
        self.tagProtocol = tagProtocol
        control = UInt16(priority & 7) << 13 | identifier & 0xFFF
    }

    @inlinable
    init(tagProtocol: EtherType, control: UInt16) {
        self.tagProtocol = tagProtocol
        self.control = control
    }

    public var identifier: UInt16 { control & 0xFFF }
    public var priority: UInt8 { UInt8(truncatingIfNeeded: control >> 13) }
    public var isDropEligible: Bool { control & 0x1000 != 0 }

    public var description: String { "vlan \(identifier)" }
}

/// The tags of one frame, outermost first; four at most, which is two more than QinQ needs.
@frozen
public struct VLANTags: Hashable, Sendable {
    public static let capacity = 4

    private var length: UInt8 = 0
    private var first = VLANTag(0)
    private var second = VLANTag(0)
    private var third = VLANTag(0)
    private var fourth = VLANTag(0)

    public init() {}

    public var count: Int { Int(length) }

    /// False when there is no room left.
    @discardableResult
    public mutating func append(_ tag: VLANTag) -> Bool {
        switch length {
        case 0: first = tag
        case 1: second = tag
        case 2: third = tag
        case 3: fourth = tag
        default: return false
        }
        length &+= 1
        return true
    }

    /// Nil from `count` on.
    public subscript(index: Int) -> VLANTag? {
        guard index >= 0, index < count else { return nil }
        return switch index {
        case 0: first
        case 1: second
        case 2: third
        default: fourth
        }
    }

    public var isEmpty: Bool { length == 0 }
}
