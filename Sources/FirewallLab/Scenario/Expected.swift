/// What a field of the report must be: anything, or one of some values, null among them.
///
/// Most expectations are one value. Where the evidence honestly allows two readings, both are listed:
/// that is a statement about the world, not leniency towards the tool.
public enum Expected<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The scenario says nothing about this field.
    case unstated
    case oneOf([Value?])

    public var isStated: Bool { self != .unstated }

    public func overridden(by other: Expected) -> Expected {
        other.isStated ? other : self
    }

    /// Whether a value is accepted, under a notion of sameness: an address may be expected by a node's name.
    func accepts(where isSame: (Value?) -> Bool) -> Bool {
        switch self {
        case .unstated: true
        case .oneOf(let values): values.contains(where: isSame)
        }
    }
}

extension Expected where Value: CustomStringConvertible {
    /// `path`, `strong or likely`, `null`.
    var text: String {
        switch self {
        case .unstated: "anything"
        case .oneOf(let values): values.map { $0?.description ?? "null" }.joined(separator: " or ")
        }
    }
}

/// A hop that a report must name: its distance, and on request its address.
public struct ExpectedHop: Hashable, Sendable, CustomStringConvertible {
    public var ttl: Int
    /// An address, or a node's name; nil where only the distance matters.
    public var address: String?

    public init(ttl: Int, address: String? = nil) {
        self.ttl = ttl
        self.address = address
    }

    public var description: String { address.map { "\(ttl) (\($0))" } ?? "\(ttl)" }
}

/// A set of zones: the order is not compared.
public struct ExpectedZones: Hashable, Sendable, CustomStringConvertible {
    public var zones: Set<String>

    public init(_ zones: some Sequence<String>) {
        self.zones = Set(zones)
    }

    public var description: String { "{" + zones.sorted().joined(separator: ", ") + "}" }
}
