/// What a packet travelled in, outermost first: a fixed size without an allocation, because every packet has
/// one and nearly all are empty.
@frozen
public struct Encapsulations: Hashable, Sendable, RandomAccessCollection {
    /// Further ones are counted by `total` and not kept.
    public static let capacity = 8
    /// A longer chain is an attack on parsers: the decoder stops there.
    public static let limit = 16

    private var kinds: UInt64 = 0
    private var identifiers = (SIMD4<UInt32>(), SIMD4<UInt32>())
    private var offsets = SIMD8<UInt16>()
    @usableFromInline var length: UInt8 = 0

    @inlinable
    public init() {}

    /// All that were met.
    @inlinable
    public var total: Int { Int(length) }
    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { Swift.min(Int(length), Self.capacity) }

    public subscript(position: Int) -> Encapsulation {
        precondition(indices.contains(position), "no such encapsulation")
        let kind = UInt8(truncatingIfNeeded: kinds >> UInt64(position &* 8))
        var result = Encapsulation(
            Encapsulation.Kind(rawValue: kind) ?? .vlan,
            rawIdentifier: position < 4 ? identifiers.0[position] : identifiers.1[position &- 4])
        result.offsetField = offsets[position]
        return result
    }

    mutating func append(_ element: Encapsulation) {
        let position = Int(length)
        if length < .max { length &+= 1 }
        guard position < Self.capacity else { return }
        kinds |= UInt64(element.kind.rawValue) << UInt64(position &* 8)
        if position < 4 {
            identifiers.0[position] = element.rawIdentifier
        } else {
            identifiers.1[position &- 4] = element.rawIdentifier
        }
        offsets[position] = element.offsetField
    }

    public static func == (a: Encapsulations, b: Encapsulations) -> Bool {
        a.kinds == b.kinds && a.identifiers == b.identifiers && a.offsets == b.offsets && a.length == b.length
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kinds)
        hasher.combine(identifiers.0)
        hasher.combine(identifiers.1)
        hasher.combine(offsets)
        hasher.combine(length)
    }
}

extension Encapsulations: CustomStringConvertible {
    /// `vlan 20, VXLAN 77`; empty for a packet that travelled in nothing.
    public var description: String { map(\.description).joined(separator: ", ") }

    /// The same with the ends of the tunnels.
    public func description(in frame: Span<UInt8>) -> String {
        var parts: [String] = []
        for element in self { parts.append(element.description(in: frame)) }
        return parts.joined(separator: ", ")
    }
}

extension Packet {
    /// The tags of the frame, outermost first, as far as there is room for them.
    public var vlanTags: VLANTags {
        var tags = VLANTags()
        for element in encapsulations where element.kind == .vlan {
            tags.append(
                VLANTag(
                    tagProtocol: EtherType(rawValue: UInt16(truncatingIfNeeded: element.rawIdentifier >> 16)),
                    control: UInt16(truncatingIfNeeded: element.rawIdentifier)))
        }
        return tags
    }

    public var mplsLabelCount: Int { encapsulations.count { $0.kind == .mpls } }

    public var pppoeSession: UInt16? {
        encapsulations.first { $0.kind == .pppoe }.map { UInt16(truncatingIfNeeded: $0.rawIdentifier) }
    }
}
