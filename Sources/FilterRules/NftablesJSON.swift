/// Reads what `nft -j list ruleset` prints: libnftables-json(5), schema version 1.
///
/// A statement or expression that is not known here stays in the rule as one that cannot be decided, so that a rule
/// is never thought to match because half of it was not understood.
enum NftablesJSON {
    /// A rule with more parts than this is not read.
    static let mostStatements = 256

    /// Nil where it is no ruleset.
    static func ruleset(_ text: [UInt8]) -> Ruleset? {
        guard let entries = JSONNode(text: text)?["nftables"]?.array else { return nil }
        var ruleset = Ruleset()
        var counters: [Ruleset.SetKey: UInt64] = [:]
        for entry in entries {
            guard let (kind, value) = entry.only, let family = value["family"]?.string else { continue }
            let table = value["table"]?.string ?? ""
            let name = value["name"]?.string ?? ""
            switch kind {
            case "chain":
                let key = Ruleset.ChainKey(family: family, table: table, chain: name)
                ruleset.chains[key] = Ruleset.Chain(key: key, base: base(value))
            case "set", "map":
                let elements = value["elem"]?.array ?? []
                ruleset.sets[.init(family: family, table: table, name: name)] = elements.map(element)
            case "counter":
                counters[.init(family: family, table: table, name: name)] = count(value["packets"])
            case "rule":
                let key = Ruleset.ChainKey(family: family, table: table, chain: value["chain"]?.string ?? "")
                guard let rule = rule(value, family, table, counters) else { continue }
                // Chains come before their rules; one that did not is no base chain that we know of.
                ruleset.chains[key, default: Ruleset.Chain(key: key)].rules.append(rule)
            default:
                break
            }
        }
        return ruleset
    }

    private static func base(_ chain: JSONNode) -> Ruleset.Base? {
        guard let hook = chain["hook"]?.string else { return nil }
        let devices: [String]? =
            switch chain["dev"] {
            case .string(let name)?: [name]
            case .array(let names)?: names.compactMap(\.string)
            default: nil
            }
        return Ruleset.Base(
            hook: hook, priority: chain["prio"]?.integer ?? 0, type: chain["type"]?.string ?? "filter",
            policyDrops: chain["policy"]?.string == "drop", devices: devices)
    }

    private static func rule(
        _ rule: JSONNode, _ family: String, _ table: String, _ counters: [Ruleset.SetKey: UInt64]
    ) -> Ruleset.Rule? {
        guard let parts = rule["expr"]?.array else { return nil }
        var packets: UInt64?
        var statements: [Statement] = []
        for part in parts.prefix(mostStatements) {
            if let (kind, value) = part.only, kind == "counter" {
                packets =
                    value.string.map { counters[.init(family: family, table: table, name: $0)] }
                    ?? count(value["packets"])
            }
            statements.append(statement(part))
        }
        if parts.count > mostStatements { statements.append(.undecidable("a very long rule")) }
        return Ruleset.Rule(
            handle: rule["handle"]?.integer.flatMap { UInt64(exactly: $0) }, statements: statements,
            text: rule["comment"]?.string.map { "comment \"\($0)\"" } ?? "", packets: packets)
    }

    private static func count(_ node: JSONNode?) -> UInt64? { node?.integer.flatMap { UInt64(exactly: $0) } }

    // MARK: Statements

    static func statement(_ node: JSONNode) -> Statement {
        if let verdict = verdict(node) { return .verdict(verdict) }
        guard let (kind, value) = node.only else { return .undecidable("an unknown part") }
        switch kind {
        case "match":
            guard let comparison = comparison(value) else { return .undecidable("an unknown comparison") }
            return .match(comparison)
        case "vmap":
            guard let key = value["key"], let data = value["data"] else { return .undecidable("vmap") }
            if let name = data.string {
                return .verdictMap(key: selector(key), .reference(String(name.drop { $0 == "@" })))
            }
            return .verdictMap(key: selector(key), .elements((data["set"]?.array ?? []).map(element)))
        case "notrack": return .withoutTracking
        case "dnat", "snat", "redirect", "masquerade", "tproxy": return .translation
        case "counter", "log", "mangle", "ct helper", "ct timeout", "ct expectation", "flow", "dup", "secmark",
            "synproxy", "meta":
            return .passive
        case "set", "map":
            // The statement of an element may end the rule: a meter whose rate is not reached.
            return value["stmt"] == nil ? .passive : .undecidable("meter")
        case "xt": return xt(value)
        default: return .undecidable(kind)
        }
    }

    /// Parts of iptables-nft that nft does not translate. What they say stands in iptables-save.
    private static func xt(_ value: JSONNode) -> Statement {
        switch (value["type"]?.string, value["name"]?.string) {
        case ("match", "comment"): .passive
        case ("target", "REJECT"): .verdict(.reject(""))
        case ("target", "REDIRECT"), ("target", "DNAT"), ("target", "SNAT"), ("target", "MASQUERADE"): .translation
        case ("target", "LOG"), ("target", "NFLOG"), ("target", "MARK"), ("target", "CONNMARK"), ("target", "TCPMSS"):
            .passive
        case (_, let name): .undecidable(name ?? "xt")
        }
    }

    private static func verdict(_ node: JSONNode) -> RuleVerdict? {
        if let word = node.string {
            return ["accept": .accept, "drop": .drop, "return": .returns, "continue": .continues][word]
        }
        guard let (kind, value) = node.only else { return nil }
        switch kind {
        case "accept": return .accept
        case "drop": return .drop
        case "continue": return .continues
        case "return": return .returns
        case "queue": return .queue
        case "jump": return value["target"]?.string.map(RuleVerdict.jump)
        case "goto": return value["target"]?.string.map(RuleVerdict.goto)
        case "reject":
            let type = value["type"]?.string ?? ""
            return .reject(value["expr"]?.string.map { "\(type) \($0)" } ?? type)
        default: return nil
        }
    }

    private static func comparison(_ value: JSONNode) -> Comparison? {
        guard let left = value["left"], let right = value["right"] else { return nil }
        let comparison: Comparison.Operator
        switch value["op"]?.string ?? "==" {
        case "==": comparison = .equal
        case "!=": comparison = .notEqual
        case "in": comparison = .overlaps
        case "<": comparison = .less
        case "<=": comparison = .lessOrEqual
        case ">": comparison = .greater
        case ">=": comparison = .greaterOrEqual
        default: return nil
        }
        return Comparison(left: selector(left), comparison: comparison, right: operand(right))
    }

    // MARK: Expressions

    static func selector(_ node: JSONNode) -> Selector {
        guard let (kind, value) = node.only else { return .unknown("expression") }
        switch kind {
        case "payload":
            guard let name = value["protocol"]?.string, let field = value["field"]?.string else {
                return .unknown("raw payload")
            }
            return .payload(protocol: name, field: field)
        case "meta": return value["key"]?.string.map(Selector.meta) ?? .unknown(kind)
        case "ct":
            guard value["dir"] == nil, let key = value["key"]?.string else { return .unknown("ct of one direction") }
            return .tracking(key)
        case "fib":
            let flags = value["flags"]?.array?.compactMap(\.string) ?? []
            guard value["result"]?.string == "type", flags == ["daddr"] || flags == ["saddr"] else {
                return .unknown(kind)
            }
            return .routeType(ofSource: flags == ["saddr"])
        case "concat": return .concatenation((value.array ?? []).map(selector))
        case "&":
            guard let parts = value.array, parts.count == 2 else { return .unknown(kind) }
            return .masked(selector(parts[0]), operand(parts[1]))
        case "exthdr":
            return value["name"]?.string == "frag" && value["field"] == nil ? .fragmentHeader : .unknown(kind)
        default: return .unknown(kind)
        }
    }

    static func operand(_ node: JSONNode) -> Operand {
        switch node {
        case .integer(let number): return UInt64(exactly: number).map(Operand.number) ?? .unknown
        case .string(let text): return text.hasPrefix("@") ? .reference(String(text.dropFirst())) : .text(text)
        case .bool(let value): return .bool(value)
        case .array(let parts): return .bits(parts.map(operand))
        case .null, .otherNumber: return .unknown
        case .object: break
        }
        guard let (kind, value) = node.only else { return .unknown }
        switch kind {
        case "set": return .set((value.array ?? [value]).map(element))
        case "|": return .bits((value.array ?? []).map(operand))
        case "concat": return .concatenation((value.array ?? []).map(operand))
        case "elem": return value["val"].map(operand) ?? .unknown
        case "range":
            guard let ends = value.array, ends.count == 2 else { return .unknown }
            return .range(operand(ends[0]), operand(ends[1]))
        case "prefix":
            guard let address = value["addr"]?.string, let length = value["len"]?.integer, 0...128 ~= length else {
                return .unknown
            }
            return .prefix(address, Int(length))
        default: return .unknown
        }
    }

    /// An element of a set; of a map it is a pair, whose second part may be a verdict.
    private static func element(_ node: JSONNode) -> SetElement {
        guard let pair = node.array, pair.count == 2 else { return SetElement(value: operand(node), verdict: nil) }
        return SetElement(value: operand(pair[0]), verdict: verdict(pair[1]))
    }
}
