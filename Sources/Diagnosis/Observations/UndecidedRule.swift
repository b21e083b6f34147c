import FilterRules
import PacketWire

/// What a rule hangs on that the packet's own fields do not tell, and how a person finds out. Rules are told as their tools
/// print them, and so these are words of nft(8) and iptables-extensions(8).
enum UndecidedMatter: CaseIterable, Hashable {
    case user
    case group
    case controlGroup
    case mark
    case rate
    case count
    case quota
    case chance
    case time

    private var words: Set<String> {
        switch self {
        case .user: ["skuid", "--uid-owner"]
        case .group: ["skgid", "--gid-owner"]
        case .controlGroup: ["cgroup", "cgroupv2", "--path", "--cgroup"]
        case .mark: ["mark", "--mark"]
        case .rate: ["limit", "--limit", "--hashlimit-above", "--hashlimit-upto", "meter"]
        case .count: ["count", "--connlimit-above", "--connlimit-upto"]
        case .quota: ["quota", "--quota"]
        case .chance: ["numgen", "random", "--probability", "jhash", "symhash"]
        case .time: ["hour", "day", "time", "--timestart", "--timestop", "--weekdays", "--datestart", "--datestop"]
        }
    }

    /// Behind `it hangs on`.
    var phrase: String {
        switch self {
        case .user: "which user asks (probe as the one whose connections fail: sudo -u NAME)"
        case .group: "which group the program that asks is in (probe as that: sudo -g NAME)"
        case .controlGroup:
            "which control group, as a rule which service, asks (compare cat /proc/PID/cgroup of its program with the rule; probe"
                + " from within it: systemd-run --slice=…)"
        case .mark: "a mark that another rule, a routing rule or the program itself sets (look for what sets it)"
        case .rate: "how many packets came before (probe again, more slowly)"
        case .count: "how many connections there are (conntrack -L, ss -tn)"
        case .quota: "how much has passed already (nft list ruleset shows what is used)"
        case .chance: "a share of packets, by chance or by a sum of their fields (probe again)"
        case .time: "the time of day (date, and the rule's own)"
        }
    }

    /// Of a rule's text, comments left out.
    static func all(in text: String) -> [UndecidedMatter] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        let plain = parts.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined(separator: " ")
        let words = Set(plain.split { " ,(){}".contains($0) }.map(String.init))
        return allCases.filter { !$0.words.isDisjoint(with: words) }
    }
}

extension LocalRule {
    /// ` It hangs on which user asks (…).`; empty where no rule's text tells what it hangs on.
    var undecidedSentence: String {
        guard ground == .possible else { return "" }
        let own = UndecidedMatter.all(in: text).map(\.phrase)
        if !own.isEmpty { return " It hangs on \(own.joined(separator: ", and on "))." }
        let passing = exceptions.filter { !UndecidedMatter.all(in: $0).isEmpty }
        guard let first = passing.first else { return "" }
        var matters: [String] = []
        for matter in passing.flatMap({ UndecidedMatter.all(in: $0) }) where !matters.contains(matter.phrase) {
            matters.append(matter.phrase)
        }
        return
            " What lets others pass before it (\(first.escapedForDisplay)) hangs on \(matters.joined(separator: ", and on "))."
    }
}
