/// This machine's packet filter as its own tools list it: base chains in the kernel's hooks, and the chains that
/// they call. Read only; what a tool does not say is not guessed.
public struct Ruleset: Sendable, Hashable {
    /// Where a chain stands.
    struct ChainKey: Sendable, Hashable {
        var family: String
        var table: String
        var chain: String
        /// Tables of iptables-legacy live beside those of nftables and may have the same names.
        var isLegacy = false
    }

    struct SetKey: Sendable, Hashable {
        var family: String
        var table: String
        var name: String
    }

    /// What makes a chain one that packets enter by themselves.
    struct Base: Sendable, Hashable {
        /// `output`, `input`, `ingress`, …
        var hook: String
        /// Lower ones come first.
        var priority: Int64
        /// `filter`, `nat` or `route`.
        var type: String
        var policyDrops: Bool
        /// How many packets met the policy, where the tool counts them.
        var policyPackets: UInt64?
        /// Of netdev chains; nil where the tool does not say.
        var devices: [String]?
    }

    struct Chain: Sendable, Hashable {
        var key: ChainKey
        var base: Base?
        var rules: [Rule] = []
    }

    struct Rule: Sendable, Hashable {
        /// Nil for iptables-legacy, which counts lines.
        var handle: UInt64?
        var statements: [Statement]
        /// As its own tool prints it, comment included.
        var text: String
        /// Packets that its counter has seen.
        var packets: UInt64?
    }

    var chains: [ChainKey: Chain] = [:]
    var sets: [SetKey: [SetElement]] = [:]

    /// The base chains of a hook that a packet of this family meets, in the kernel's order.
    ///
    /// - Parameter isOnBridge: it meets them as a frame of a bridge, and those of bridges alone.
    func baseChains(
        hook: String, isIPv6: Bool, device: String?, isOnBridge: Bool = false
    ) -> [(chain: Chain, base: Base)] {
        chains.values.compactMap { chain -> (chain: Chain, base: Base)? in
            guard let base = chain.base, base.hook == hook, isOnBridge == (chain.key.family == "bridge") else {
                return nil
            }
            switch chain.key.family {
            case "bridge": return (chain, base)
            case "inet": return (chain, base)
            case "ip": return isIPv6 ? nil : (chain, base)
            case "ip6": return isIPv6 ? (chain, base) : nil
            case "netdev":
                guard let device, base.devices.map({ $0.contains(device) }) ?? true else { return nil }
                return (chain, base)
            default: return nil
            }
        }.sorted { left, right in
            (left.base.priority, left.chain.key.table, left.chain.key.chain)
                < (right.base.priority, right.chain.key.table, right.chain.key.chain)
        }
    }
}

/// One part of a rule: a rule acts when everything before its verdict holds.
enum Statement: Sendable, Hashable {
    case match(Comparison)
    /// `tcp dport vmap { 22 : accept, 25 : drop }`
    case verdictMap(key: Selector, VerdictMap)
    case verdict(RuleVerdict)
    /// Holds or not by something that the packet's own fields do not tell: a rate, a quota, a mark, an owner.
    case undecidable(String)
    /// The packet is not tracked by conntrack from here on.
    case withoutTracking
    /// Rewrites an address or port, and accepts.
    case translation
    /// Counts, logs, sets a mark: the packet goes on.
    case passive
}

enum RuleVerdict: Sendable, Hashable {
    case accept
    case drop
    /// With what: `tcp reset`, `icmp port-unreachable`; empty where the tool does not say.
    case reject(String)
    /// A program decides.
    case queue
    case jump(String)
    case goto(String)
    case returns
    case continues
}

struct Comparison: Sendable, Hashable {
    enum Operator: Sendable, Hashable {
        case equal, notEqual
        /// `in`: at least one of the bits.
        case overlaps
        case less, lessOrEqual, greater, greaterOrEqual
    }

    var left: Selector
    var comparison: Operator
    var right: Operand
}

/// What a rule looks at.
indirect enum Selector: Sendable, Hashable {
    case payload(protocol: String, field: String)
    case meta(String)
    /// A key of connection tracking; those with a direction are not decided.
    case tracking(String)
    /// The routing table's opinion: `fib daddr type`.
    case routeType(ofSource: Bool)
    case concatenation([Selector])
    case masked(Selector, Operand)
    /// Whether a fragment header is there.
    case fragmentHeader
    case unknown(String)
}

/// What it is compared with.
indirect enum Operand: Sendable, Hashable {
    case number(UInt64)
    case text(String)
    case bool(Bool)
    /// Bits that belong together: `syn | ack`.
    case bits([Operand])
    case range(Operand, Operand)
    case prefix(String, Int)
    case concatenation([Operand])
    case set([SetElement])
    case reference(String)
    case unknown
}

/// An element of a set, with the verdict that a map gives it.
struct SetElement: Sendable, Hashable {
    var value: Operand
    var verdict: RuleVerdict?
}

enum VerdictMap: Sendable, Hashable {
    case elements([SetElement])
    case reference(String)
}
