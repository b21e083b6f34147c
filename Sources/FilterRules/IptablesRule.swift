/// One rule of iptables as statements. What is not known here makes the rule undecidable, never a match.
struct IptablesRule {
    private(set) var statements: [Statement] = []
    private var words: ArraySlice<String>
    private var isNegated = false
    private let chains: Set<String>

    /// Modules whose options are read below, or that only give a name to what is read anyway.
    private static let knownModules: Set<String> = [
        "tcp", "udp", "comment", "conntrack", "state", "multiport", "iprange", "addrtype",
    ]

    private static let passiveTargets: Set<String> = [
        "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CONNSECMARK", "SECMARK", "SET", "TCPMSS", "CLASSIFY", "DSCP",
        "TOS", "TTL", "HL", "TRACE", "AUDIT", "CHECKSUM", "TCPOPTSTRIP", "ECN", "RATEEST", "TEE",
    ]

    init(_ words: [String], chains: Set<String>) {
        self.words = words[...]
        self.chains = chains
        while let word = self.words.popFirst() { read(word) }
    }

    private mutating func read(_ word: String) {
        switch word {
        case "!":
            isNegated = true
            return
        case "-m":
            let module = next()
            if !Self.knownModules.contains(module) { statements.append(.undecidable(module)) }
        case "-p": protocolMatch(next())
        case "-s": add(.address("saddr"), next().addressOperand)
        case "-d": add(.address("daddr"), next().addressOperand)
        case "-i": add(.meta("iifname"), .text(next().wildcard))
        case "-o": add(.meta("oifname"), .text(next().wildcard))
        // No packet of ours is a later fragment.
        case "-f": if !isNegated { add(.fragmentHeader, .bool(true)) }
        case "--sport": add(.payload(protocol: "th", field: "sport"), next().portOperand)
        case "--dport": add(.payload(protocol: "th", field: "dport"), next().portOperand)
        case "--sports": add(.payload(protocol: "th", field: "sport"), next().portList)
        case "--dports": add(.payload(protocol: "th", field: "dport"), next().portList)
        case "--syn": flags("FIN,SYN,RST,ACK", "SYN")
        case "--tcp-flags":
            let mask = next()
            flags(mask, next())
        case "--ctstate", "--state": add(.tracking("state"), next().lowercased().list(Operand.text))
        case "--src-range": add(.address("saddr"), next().addressRange)
        case "--dst-range": add(.address("daddr"), next().addressRange)
        case "--src-type": add(.routeType(ofSource: true), next().lowercased().list(Operand.text))
        case "--dst-type": add(.routeType(ofSource: false), next().lowercased().list(Operand.text))
        case "--comment": _ = next()
        case "-j": target(next())
        case "-g": statements.append(.verdict(.goto(next())))
        default:
            statements.append(.undecidable(word))
            // Its values, up to the next option.
            while let value = words.first, !value.hasPrefix("-"), value != "!" { words = words.dropFirst() }
        }
        isNegated = false
    }

    private mutating func next() -> String { words.popFirst() ?? "" }

    private mutating func add(_ selector: Selector, _ operand: Operand) {
        statements.append(
            .match(Comparison(left: selector, comparison: isNegated ? .notEqual : .equal, right: operand)))
    }

    private mutating func protocolMatch(_ name: String) {
        guard name != "all" else { return }
        add(.meta("l4proto"), UInt64(name).map(Operand.number) ?? .text(name))
    }

    private mutating func flags(_ mask: String, _ set: String) {
        func bits(_ text: String) -> Operand {
            text == "NONE" ? .number(0) : .bits(text.lowercased().split(separator: ",").map { .text(String($0)) })
        }
        add(.masked(.payload(protocol: "tcp", field: "flags"), bits(mask)), bits(set))
    }

    private mutating func target(_ name: String) {
        switch name {
        case "ACCEPT": statements.append(.verdict(.accept))
        case "DROP": statements.append(.verdict(.drop))
        case "RETURN": statements.append(.verdict(.returns))
        case "REJECT":
            let with = words.firstIndex(of: "--reject-with").flatMap { index in
                words.dropFirst(index - words.startIndex + 1).first
            }
            statements.append(.verdict(.reject(with ?? "")))
        case "QUEUE", "NFQUEUE": statements.append(.verdict(.queue))
        case "NOTRACK": statements.append(.withoutTracking)
        case "CT": statements.append(words.contains("--notrack") ? .withoutTracking : .passive)
        case "DNAT", "SNAT", "REDIRECT", "MASQUERADE", "NETMAP", "TPROXY": statements.append(.translation)
        case _ where chains.contains(name): statements.append(.verdict(.jump(name)))
        case _ where Self.passiveTargets.contains(name): statements.append(.passive)
        default:
            // It may do anything, dropping included.
            statements += [.undecidable(name), .verdict(.queue)]
        }
        // What follows belongs to the target.
        words = []
    }
}

extension Selector {
    /// The address field of whichever family the packet has.
    fileprivate static func address(_ field: String) -> Selector { .payload(protocol: "any", field: field) }
}

extension String {
    /// `eth+` is `eth*` in nftables' words.
    fileprivate var wildcard: String { hasSuffix("+") ? dropLast() + "*" : self }

    /// `203.0.113.0/24`, `203.0.113.0/255.255.255.0`, or an address.
    fileprivate var addressOperand: Operand {
        guard let slash = firstIndex(of: "/") else { return .text(self) }
        let address = String(self[..<slash])
        let mask = String(self[index(after: slash)...])
        if let length = Int(mask), 0...128 ~= length { return .prefix(address, length) }
        return .unknown
    }

    /// `443`, `1000:2000`, `:1023`.
    fileprivate var portOperand: Operand {
        let ends = split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if ends.count == 1 { return UInt64(self).map(Operand.number) ?? .unknown }
        guard let low = ends[0].isEmpty ? 0 : UInt64(ends[0]), let high = ends[1].isEmpty ? 65_535 : UInt64(ends[1])
        else { return .unknown }
        return .range(.number(low), .number(high))
    }

    fileprivate var portList: Operand { list(\.portOperand) }

    /// `10.0.0.1-10.0.0.9`
    fileprivate var addressRange: Operand {
        let ends = split(separator: "-")
        return ends.count == 2 ? .range(.text(String(ends[0])), .text(String(ends[1]))) : .unknown
    }

    /// Any of the parts between commas.
    fileprivate func list(_ operand: (String) -> Operand) -> Operand {
        .set(split(separator: ",").map { SetElement(value: operand(String($0)), verdict: nil) })
    }
}
