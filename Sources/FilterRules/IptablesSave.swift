/// Reads what `iptables-save -c` prints: iptables-save(8), and the option names of iptables-extensions(8).
///
/// It serves twice: for tables of iptables-legacy, which nft does not see, and for the parts of iptables-nft rules
/// that nft lists only by name (`xt match "multiport"`).
struct IptablesSave {
    struct Chain {
        var policyDrops: Bool?
        var policyPackets: UInt64?
        var rules: [Ruleset.Rule] = []
    }

    /// By table and chain.
    private(set) var tables: [String: [String: Chain]] = [:]

    init(_ text: String) {
        var table: String?
        for line in text.split(separator: "\n") {
            switch line.first {
            case "*": table = String(line.dropFirst())
            case ":":
                let words = line.dropFirst().split(separator: " ")
                guard let table, words.count >= 2 else { continue }
                let packets = words.count > 2 ? Self.packets(words[2]) : nil
                tables[table, default: [:]][String(words[0])] = Chain(
                    policyDrops: words[1] == "-" ? nil : words[1] == "DROP", policyPackets: packets)
            case "[", "-":
                guard let table else { continue }
                add(line, to: table)
            default:
                if line == "COMMIT" { table = nil }
            }
        }
    }

    /// `[12:720]`
    private static func packets(_ text: Substring) -> UInt64? {
        guard text.hasPrefix("["), let end = text.firstIndex(of: ":") else { return nil }
        return UInt64(text[text.index(after: text.startIndex)..<end])
    }

    private mutating func add(_ line: Substring, to table: String) {
        var line = line
        var packets: UInt64?
        if line.hasPrefix("["), let end = line.firstIndex(of: " ") {
            packets = Self.packets(line[..<end])
            line = line[line.index(after: end)...]
        }
        let words = Self.words(line)
        guard words.count >= 2, words[0] == "-A", tables[table]?[words[1]] != nil else { return }
        let chains = tables[table].map { Set($0.keys) } ?? []
        let statements = IptablesRule(Array(words.dropFirst(2)), chains: chains).statements
        tables[table]?[words[1]]?.rules.append(
            Ruleset.Rule(handle: nil, statements: statements, text: String(line), packets: packets))
    }

    /// Words as a shell would see them: quotes and backslashes as iptables-save writes them.
    static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        var isEscaped = false
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if character == " ", !isQuoted {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }

    // MARK: Into a ruleset

    /// Where the built-in chains stand: include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities.
    private static func base(_ table: String, _ chain: String) -> (hook: String, priority: Int64)? {
        let hooks = [
            "PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output",
            "POSTROUTING": "postrouting",
        ]
        guard let hook = hooks[chain] else { return nil }
        switch table {
        case "raw": return (hook, -300)
        case "mangle": return (hook, -150)
        case "nat": return (hook, hook == "input" || hook == "postrouting" ? 100 : -100)
        case "filter": return (hook, 0)
        case "security": return (hook, 50)
        default: return nil
        }
    }

    /// Adds the tables of iptables-legacy.
    func add(to ruleset: inout Ruleset, family: String) {
        for (table, chains) in tables {
            for (name, chain) in chains {
                let key = Ruleset.ChainKey(family: family, table: table, chain: name, isLegacy: true)
                var base: Ruleset.Base?
                if let drops = chain.policyDrops, let place = Self.base(table, name) {
                    base = Ruleset.Base(
                        hook: place.hook, priority: place.priority, type: table == "nat" ? "nat" : "filter",
                        policyDrops: drops, policyPackets: chain.policyPackets)
                }
                ruleset.chains[key] = Ruleset.Chain(key: key, base: base, rules: chain.rules)
            }
        }
    }

    /// Says in full what nft could only name: the same rules stand in both lists, in the same order.
    func complete(_ ruleset: inout Ruleset, family: String) {
        for (table, chains) in tables {
            for (name, chain) in chains {
                let key = Ruleset.ChainKey(family: family, table: table, chain: name)
                guard let listed = ruleset.chains[key], listed.rules.count == chain.rules.count else { continue }
                for (index, rule) in chain.rules.enumerated() {
                    ruleset.chains[key]?.rules[index].statements = rule.statements
                    ruleset.chains[key]?.rules[index].text = rule.text
                }
            }
        }
    }
}
