#if os(macOS)
    public import PacketWire

    /// Darwin's packet filter (pf) is not read: there is no reader, and no rule is named.
    public final class RulesetReader {
        public struct Listings: Sendable, Hashable {
            public var nftablesJSON: [UInt8] = []
            public var nftables: [UInt8] = []
            public var iptables: [UInt8] = []
            public var ip6tables: [UInt8] = []
            public var legacyIptables: [UInt8] = []
            public var legacyIp6tables: [UInt8] = []
        }

        public var descriptor: Int32 { -1 }
        public var isAsked: Bool { false }

        public init?() { return nil }

        public func ask() {}
        public func read() -> Listings? { nil }
        public func wait(milliseconds: Int32) -> Listings? { nil }
        public func close() {}
    }

    /// Darwin has no rules that choose between routing tables.
    extension PolicyRule {
        public static func all(_ family: IPFamily) throws(SystemCallError) -> [PolicyRule] { [] }
    }

    /// Darwin's counters are not read.
    public struct CounterSnapshot: Sendable {
        public init() {}
        public func rises(since earlier: CounterSnapshot) -> [String: UInt64] { [:] }
    }

    /// Darwin has none of these, or does not tell.
    public enum KernelLimits {
        public static func trackedConnections() -> (count: UInt64, most: UInt64)? { nil }
        public static func asksForECN() -> Bool { false }
        public static func localPorts() -> ClosedRange<UInt16>? { nil }
        public static func sockets(
            to remote: Endpoint, _ transport: Transport, within ports: ClosedRange<UInt16>
        ) -> (all: Int, toDestination: Int) { (0, 0) }
        public static func controlGroup() -> String? { nil }
        public static func networkNamespace() -> (name: String, isFirst: Bool?)? { nil }
    }
#endif
