/// One rule of policy routing: whom it is about, and where it sends them. ip-rule(8), net/core/fib_rules.c.
public struct RoutingRule: Sendable, Hashable {
    public enum Action: Sendable, Hashable {
        case lookup(table: UInt32)
        /// The table of the VRF that the packet belongs to.
        case lookupVRF
        /// Nil where the target is not told.
        case jump(to: UInt32?)
        case nothing
        case blackhole
        case unreachable
        case prohibit
        /// FR_ACT_* of a newer kernel.
        case other(UInt8)
    }

    public var priority: UInt32
    /// All must match, in the order in which `ip rule` prints them.
    public var selectors: [Selector]
    /// The rule is about everybody whom the selectors do not name.
    public var isInverted: Bool
    public var action: Action
    /// Routes with a prefix of this length or a shorter one do not count.
    public var suppressedPrefixLength: UInt32?

    public init(
        priority: UInt32, _ selectors: [Selector] = [], isInverted: Bool = false, action: Action,
        suppressedPrefixLength: UInt32? = nil
    ) {
        self.priority = priority
        self.selectors = selectors
        self.isInverted = isInverted
        self.action = action
        self.suppressedPrefixLength = suppressedPrefixLength
    }

    /// One of the three that every machine has: 0 local, 32766 main, 32767 default.
    public var isDefault: Bool {
        guard selectors.isEmpty, !isInverted, suppressedPrefixLength == nil else { return false }
        switch (priority, action) {
        case (0, .lookup(table: 255)), (32_766, .lookup(table: 254)), (32_767, .lookup(table: 253)): return true
        default: return false
        }
    }

    /// It ends the lookup itself, without any route.
    public var isRefusal: Bool {
        switch action {
        case .blackhole, .unreachable, .prohibit: true
        case .lookup, .lookupVRF, .jump, .nothing, .other: false
        }
    }

    /// The table that it leads to, by its name or number.
    var tableName: String? {
        if case .lookup(let table) = action { Self.name(of: table) } else { nil }
    }
}

extension RoutingRule: CustomStringConvertible {
    /// As `ip rule` prints it, without the priority: `from 10.1.0.0/16 ipproto tcp dport 5432 lookup 100`. Names of
    /// interfaces are escaped.
    public var description: String {
        var words: [String] = isInverted ? ["not"] : []
        if !selectors.contains(where: \.isSource) { words.append("from all") }
        // That of a VRF shows in the action.
        words += selectors.filter { $0 != .vrf }.map(\.description)
        switch action {
        case .lookup(let table): words.append("lookup \(Self.name(of: table))")
        case .lookupVRF: words.append("lookup [l3mdev-table]")
        case .jump(let priority): words.append("goto \(priority.map(String.init) ?? "none")")
        case .nothing: words.append("nop")
        case .blackhole: words.append("blackhole")
        case .unreachable: words.append("unreachable")
        case .prohibit: words.append("prohibit")
        case .other(let number): words.append("action \(number)")
        }
        if let length = suppressedPrefixLength { words.append("suppress_prefixlength \(length)") }
        return words.joined(separator: " ")
    }

    /// /etc/iproute2/rt_tables names others; these three are the kernel's own.
    private static func name(of table: UInt32) -> String {
        switch table {
        case 253: "default"
        case 254: "main"
        case 255: "local"
        default: String(table)
        }
    }
}
