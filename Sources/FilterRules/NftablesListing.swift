/// What only the text of `nft -a list ruleset` has: each rule as a person would read it, comment included, and the
/// devices of netdev chains, which the JSON of nft 1.0 leaves out.
struct NftablesListing {
    struct RuleKey: Hashable {
        var chain: Ruleset.ChainKey
        var handle: UInt64
    }

    private(set) var rules: [RuleKey: String] = [:]
    private(set) var devices: [Ruleset.ChainKey: [String]] = [:]

    init(_ text: String) {
        var family = ""
        var table = ""
        var chain: String?
        for line in text.split(separator: "\n") {
            let line = line.drop { $0 == " " || $0 == "\t" }
            let words = line.split(separator: " ", maxSplits: 4)
            switch (words.first, words.count) {
            case ("table"?, 4...): (family, table, chain) = (String(words[1]), String(words[2]), nil)
            case ("chain"?, 3...): chain = String(words[1])
            case ("set"?, 3...), ("map"?, 3...), ("flowtable"?, 3...): chain = nil
            default: break
            }
            guard let chain else { continue }
            let key = Ruleset.ChainKey(family: family, table: table, chain: chain)
            if line.hasPrefix("type "), line.contains(" hook ") {
                devices[key] = Self.devices(in: line)
            } else if let (rule, handle) = Self.rule(line), words.first != "chain" {
                rules[RuleKey(chain: key, handle: handle)] = rule
            }
        }
    }

    /// `… drop # handle 12`: the last such mark, because a comment may hold one as well.
    private static func rule(_ line: Substring) -> (String, UInt64)? {
        let mark = " # handle "
        guard let handle = line.split(separator: " ").last.flatMap({ UInt64($0) }) else { return nil }
        let end = "\(mark)\(handle)"
        guard line.hasSuffix(end) else { return nil }
        return (String(line.dropLast(end.count)), handle)
    }

    /// `device "eth0"`, `devices = { eth0, eth1 }`, quoted or not.
    private static func devices(in line: Substring) -> [String]? {
        let words = line.split { " \",;{}=".contains($0) }
        guard let start = words.firstIndex(where: { $0 == "device" || $0 == "devices" }) else { return nil }
        return words[(start + 1)...].prefix { $0 != "priority" }.map(String.init)
    }
}

extension Ruleset {
    /// Gives the rules the text of the listing, and netdev chains their devices.
    mutating func adopt(_ listing: NftablesListing) {
        for key in chains.keys where !key.isLegacy {
            if let devices = listing.devices[key], chains[key]?.base?.devices == nil {
                chains[key]?.base?.devices = devices
            }
            for index in chains[key]?.rules.indices ?? 0..<0 {
                guard let handle = chains[key]?.rules[index].handle,
                    let text = listing.rules[.init(chain: key, handle: handle)]
                else { continue }
                chains[key]?.rules[index].text = text
            }
        }
    }
}
