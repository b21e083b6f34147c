/// Walks a packet through the hooks of a ruleset, in the order in which the kernel calls them, and notes each rule
/// that stops it or may stop it: net/netfilter/core.c, nf_hook_slow; net/netfilter/nf_tables_core.c, nft_do_chain.
///
/// Accepting ends a base chain, not the hook: the next base chain still sees the packet. After a rule that cannot be
/// decided and would have let the packet pass, stopped it or led it elsewhere, nothing later is certain any more.
struct RuleWalk {
    /// A rule, or a chain's policy, at which the packet may end.
    struct Stop: Sendable, Hashable {
        var chain: Ruleset.ChainKey
        var hook: String
        /// Nil for the policy.
        var rule: Int?
        var verdict: RuleVerdict
        /// Nothing that could not be decided lies before it or in it.
        var isCertain: Bool
        /// Rules before it that cannot be decided and would have let the packet pass.
        var exceptions: [Exception] = []
    }

    struct Translation: Sendable, Hashable {
        var chain: Ruleset.ChainKey
        var hook: String
        var rule: Int
        var isCertain: Bool
    }

    struct Exception: Sendable, Hashable {
        var chain: Ruleset.ChainKey
        var rule: Int
    }

    private enum End { case passed, accepted, stopped }

    /// The kernel itself allows no deeper calls: NFT_JUMP_STACK_SIZE, include/net/netfilter/nf_tables.h.
    private static let deepest = 16
    /// Where rulesets jump without end, the walk stops here and is uncertain.
    private static let mostRules = 200_000
    /// Connection tracking looks at packets at this priority: NF_IP_PRI_CONNTRACK.
    private static let trackingPriority: Int64 = -200

    private let ruleset: Ruleset
    private var matcher: RuleMatcher
    private(set) var stops: [Stop] = []
    /// Rules that write over the packet's addresses or ports, or may.
    private(set) var translations: [Translation] = []
    /// The packet was exempted from connection tracking.
    private(set) var isUntracked = false
    private var isCertain = true
    private var isStopped = false
    private var exceptions: [Exception] = []
    /// Verdicts that were met, undecided ones included: whether a call had any effect.
    private var effects = 0
    private var visited = 0
    private var hook = ""

    init(_ ruleset: Ruleset, _ packet: RulePacket) {
        self.ruleset = ruleset
        matcher = RuleMatcher(packet: packet) { _ in nil }
    }

    /// Walks these hooks one after the other, until the packet is certainly stopped.
    ///
    /// - Parameter bridge: the packet meets the hooks of that bridge as one of its frames.
    mutating func walk(_ hooks: [String], onBridge bridge: String? = nil) {
        guard !isStopped else { return }
        matcher.packet.bridge = bridge
        defer { matcher.packet.bridge = nil }
        let isAnswer = matcher.packet.tracking == "established"
        let tracking = matcher.packet.tracking
        for hook in hooks {
            self.hook = hook
            let device = hook == "egress" ? matcher.packet.outputInterface : matcher.packet.inputInterface
            let chains = ruleset.baseChains(
                hook: hook, isIPv6: matcher.packet.isIPv6, device: device, isOnBridge: bridge != nil)
            for (chain, base) in chains {
                // Connection tracking translates the answers of a connection; its chains see the first packet only.
                if base.type == "nat", isAnswer { continue }
                let isBeforeTracking =
                    hook == "ingress"
                    || (hook != "input" && hook != "postrouting" && base.priority <= Self.trackingPriority)
                matcher.packet.tracking = isUntracked ? "untracked" : isBeforeTracking ? "invalid" : tracking
                let wasCertain = isCertain
                // A netdev chain whose devices nobody names may be another device's.
                if chain.key.family == "netdev", base.devices == nil { isCertain = false }
                let before = effects
                let end = enter(chain, depth: 0)
                if end == .passed, base.policyDrops {
                    stop(chain.key, rule: nil, .drop, isCertain: isCertain)
                    if isCertain { isStopped = true }
                } else if end == .stopped, isCertain {
                    isStopped = true
                }
                if isStopped { return }
                if effects == before { isCertain = wasCertain }
            }
        }
    }

    private mutating func stop(_ chain: Ruleset.ChainKey, rule: Int?, _ verdict: RuleVerdict, isCertain: Bool) {
        effects += 1
        guard stops.count < 64 else { return }
        stops.append(
            Stop(
                chain: chain, hook: hook, rule: rule, verdict: verdict, isCertain: isCertain,
                exceptions: exceptions.filter { $0.chain.table == chain.table }))
    }

    private mutating func enter(_ chain: Ruleset.Chain, depth: Int) -> End {
        let sets = ruleset.sets
        let key = chain.key
        matcher.set = { sets[.init(family: key.family, table: key.table, name: $0)] }
        for (index, rule) in chain.rules.enumerated() {
            visited += 1
            guard visited <= Self.mostRules else {
                isCertain = false
                effects += 1
                return .passed
            }
            if let end = follow(rule, index, key, depth: depth) { return end }
        }
        return .passed
    }

    /// Nil when the next rule is to be looked at.
    private mutating func follow(_ rule: Ruleset.Rule, _ index: Int, _ key: Ruleset.ChainKey, depth: Int) -> End? {
        var holds = Decision.yes
        for statement in rule.statements {
            switch statement {
            case .match(let comparison): holds = min(holds, matcher.decide(comparison))
            case .undecidable: holds = min(holds, .maybe)
            case .passive: break
            case .withoutTracking:
                if holds == .yes, isCertain { isUntracked = true } else { isCertain = false }
                effects += 1
            case .translation:
                effects += 1
                if translations.count < 16 {
                    translations.append(
                        Translation(chain: key, hook: hook, rule: index, isCertain: isCertain && holds == .yes))
                }
                // What comes after sees other addresses or ports.
                isCertain = false
                return holds == .yes ? .accepted : nil
            case .verdictMap(let map, let data):
                for (verdict, sureness) in matcher.verdicts(map, data) {
                    if let end = act(verdict, min(holds, sureness), index, key, depth: depth) { return end }
                }
            case .verdict(let verdict):
                return act(verdict, holds, index, key, depth: depth)
            }
            // `min` keeps an earlier "maybe", so only a plain "no" ends the rule here.
            if holds == .no { return nil }
        }
        return nil
    }

    private mutating func act(
        _ verdict: RuleVerdict, _ holds: Decision, _ index: Int, _ key: Ruleset.ChainKey, depth: Int
    ) -> End? {
        switch verdict {
        case .continues:
            return nil
        case .accept:
            effects += 1
            if holds == .yes { return .accepted }
            isCertain = false
            if exceptions.count < 16 { exceptions.append(Exception(chain: key, rule: index)) }
            return nil
        case .returns:
            if holds == .yes { return .passed }
            effects += 1
            isCertain = false
            return nil
        case .drop, .reject:
            stop(key, rule: index, verdict, isCertain: isCertain && holds == .yes)
            if holds == .yes { return .stopped }
            isCertain = false
            return nil
        case .queue:
            stop(key, rule: index, verdict, isCertain: false)
            isCertain = false
            return holds == .yes ? .accepted : nil
        case .jump(let name), .goto(let name):
            return call(name, holds, key, depth: depth, returnsHere: verdict == .jump(name))
        }
    }

    private mutating func call(
        _ name: String, _ holds: Decision, _ key: Ruleset.ChainKey, depth: Int, returnsHere: Bool
    ) -> End? {
        var target = key
        target.chain = name
        guard depth < Self.deepest, let chain = ruleset.chains[target] else {
            isCertain = false
            effects += 1
            return nil
        }
        let (before, wasCertain) = (effects, isCertain)
        if holds == .maybe { isCertain = false }
        let end = enter(chain, depth: depth + 1)
        if holds == .maybe {
            // Nothing there could have stopped, accepted or diverted it; a goto would still have left this chain.
            isCertain = effects == before && returnsHere && wasCertain
            if !returnsHere { effects += 1 }
            return nil
        }
        switch end {
        case .passed: return returnsHere ? nil : .passed
        case .accepted, .stopped: return end
        }
    }
}
