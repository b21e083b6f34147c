import PacketWire

/// The rule of policy routing that decided the route of this flow, where it is not one that every machine has.
extension Observations {
    var routingRule: RoutingRule? {
        guard let rule = facts.route?.rule, !rule.isDefault else { return nil }
        return rule
    }

    var routingRuleEvidence: [Evidence] {
        guard let rule = routingRule else { return [] }
        let what =
            rule.isRefusal
            ? "refuses this flow before any route is looked for"
            : rule.tableName.map { "chose table \($0) for this flow" } ?? "chose the route of this flow"
        return [Evidence(.kernel, "rule \(rule.priority): \(rule)", detail: what)]
    }

    /// `ip -4 rule`, as a person would type it.
    var ruleCommand: String { "ip \(target?.family == .v6 ? "-6" : "-4") rule" }

    /// Where a route that does not work comes from a table of a rule's choice: what to look at.
    var routingRuleAdvice: [String] {
        guard let rule = routingRule, let table = rule.tableName else { return [] }
        let family = target?.family == .v6 ? "-6" : "-4"
        return [
            "Rule \(rule.priority) (\(rule)) chose the route: check that it is meant for this target (\(ruleCommand);"
                + " ip \(family) route show table \(table))."
        ]
    }
}
