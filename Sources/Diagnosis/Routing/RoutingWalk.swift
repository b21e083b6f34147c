/// The walk through the rules of policy routing, held against what the kernel answered: net/core/fib_rules.c,
/// fib_rules_lookup. The kernel names the table of a route and never the rule, so the rule is the first one that can
/// have given that answer, and none where an earlier one might have.
public struct RoutingWalk {
    /// What the kernel answered to the lookup.
    public enum Answer: Sendable, Hashable {
        /// A route of that table, whose prefix is so long where that is known.
        case route(table: UInt32, prefixLength: UInt8?)
        /// The lookup ended with this error.
        case refused(SocketError)
    }

    private let rules: [RoutingRule]

    /// In the kernel's own order: rules of the same priority stay as they are.
    public init(_ rules: [RoutingRule]) {
        self.rules = rules.enumerated()
            .sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
    }

    private enum Step {
        case next
        case decided
        case unknown
        case jump(UInt32)
    }

    /// The rule that decided; nil where that is not known.
    ///
    /// - Parameter refuses: whether a table holds a route to this destination that answers with the error, asked of
    ///   tables that are met before the end of a refused lookup; nil where it is not known.
    public func decisive(
        for flow: RoutingFlow, _ answer: Answer, tableRefuses refuses: (UInt32) -> Bool?
    ) -> RoutingRule? {
        var index = 0
        while index < rules.count {
            let rule = rules[index]
            index += 1
            let match = rule.matches(flow)
            if match == false { continue }
            switch step(rule, isSure: match == true, answer, refuses) {
            case .next: continue
            case .decided: return match == true ? rule : nil
            case .unknown: return nil
            case .jump(let priority):
                // A target that is not there makes it a rule without effect; none leads back.
                index = rules[index...].firstIndex { $0.priority == priority } ?? index
            }
        }
        return nil
    }

    /// What a rule does with a packet that it is about, or may be about.
    private func step(_ rule: RoutingRule, isSure: Bool, _ answer: Answer, _ refuses: (UInt32) -> Bool?) -> Step {
        switch rule.action {
        case .nothing: .next
        case .jump(let priority): !isSure ? .unknown : priority.map(Step.jump) ?? .next
        // Which table that is does not stand in the rule.
        case .lookupVRF, .other: .unknown
        // fib4_rule_action, fib6_rule_action.
        case .blackhole: ending("EINVAL", isSure: isSure, answer)
        case .prohibit: ending("EACCES", isSure: isSure, answer)
        case .unreachable: ending("ENETUNREACH", isSure: isSure, answer)
        case .lookup(let table): lookup(table, rule, answer, refuses)
        }
    }

    /// A rule that ends the lookup: where the answer is another one, a rule that may have matched did not, and with
    /// one that must have something is not as it seems.
    private func ending(_ error: String, isSure: Bool, _ answer: Answer) -> Step {
        if case .refused(let told) = answer, told.isNamed(error) { return .decided }
        return isSure ? .unknown : .next
    }

    private func lookup(_ table: UInt32, _ rule: RoutingRule, _ answer: Answer, _ refuses: (UInt32) -> Bool?) -> Step {
        switch answer {
        case .route(table, let length):
            // fib4_rule_suppress: the route does not count, and the next rule is asked.
            guard let suppressed = rule.suppressedPrefixLength else { return .decided }
            guard let length else { return .unknown }
            return length <= suppressed ? .next : .decided
        // It gave none, so the lookup went on.
        case .route: return .next
        case .refused:
            guard let isEnd = refuses(table) else { return .unknown }
            return isEnd ? .decided : .next
        }
    }
}
