import PacketWire

/// Whether a statement holds for a packet.
enum Decision: Int, Sendable, Comparable {
    case no
    /// It depends on something that is not known here.
    case maybe
    case yes

    static func < (a: Decision, b: Decision) -> Bool { a.rawValue < b.rawValue }
    var inverse: Decision { self == .yes ? .no : self == .no ? .yes : .maybe }
}

/// Compares a packet's fields with what rules ask for.
struct RuleMatcher {
    var packet: RulePacket
    /// The named sets of the rule's own table.
    var set: (String) -> [SetElement]?

    /// Elements of a set beyond this many are not looked at, and the set is undecided if none before matched.
    static let mostElements = 200_000

    func decide(_ comparison: Comparison) -> Decision {
        var selector = comparison.left
        var mask: UInt64?
        if case .masked(let inner, let operand) = selector {
            guard let bits = number(operand) else { return .maybe }
            (selector, mask) = (inner, bits)
        }
        var field = packet.field(selector)
        switch field {
        case .unknown: return .maybe
        case .absent:
            // Without a device the kernels differ: some compare with an empty name, some end the rule.
            if case .meta = selector, comparison.comparison == .notEqual { return .maybe }
            return .no
        default: break
        }
        if let mask {
            switch field {
            case .flags(let bits): field = .flags(bits & mask)
            case .number(let number): field = .number(number & mask)
            default: return .maybe
            }
        }
        switch comparison.comparison {
        case .equal: return holds(field, comparison.right)
        case .notEqual: return holds(field, comparison.right).inverse
        case .overlaps:
            guard case .flags(let bits) = field else { return holds(field, anyOf(comparison.right)) }
            return number(comparison.right).map { bits & $0 != 0 ? .yes : .no } ?? .maybe
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let left = ordinal(field), let right = ordinal(comparison.right) else { return .maybe }
            let isTrue: Bool =
                switch comparison.comparison {
                case .less: left < right
                case .lessOrEqual: left <= right
                case .greater: left > right
                default: left >= right
                }
            return isTrue ? .yes : .no
        }
    }

    /// The verdicts that a map may give, with how sure each is.
    func verdicts(_ key: Selector, _ map: VerdictMap) -> [(RuleVerdict, Decision)] {
        let elements: [SetElement]?
        switch map {
        case .elements(let list): elements = list
        case .reference(let name): elements = set(name)
        }
        guard let elements else { return [] }
        let field = packet.field(key)
        if field == .absent { return [] }
        var fallback: RuleVerdict?
        var found: [(RuleVerdict, Decision)] = []
        for element in elements.prefix(Self.mostElements) {
            guard let verdict = element.verdict else { continue }
            if element.value == .text("*") {
                fallback = verdict
                continue
            }
            switch holds(field, element.value) {
            case .yes: return [(verdict, .yes)]
            case .maybe: found.append((verdict, .maybe))
            case .no: break
            }
        }
        if let fallback { found.append((fallback, found.isEmpty ? .yes : .maybe)) }
        return found
    }

    // MARK: One field, one operand

    /// A list of state names means any of them.
    private func anyOf(_ operand: Operand) -> Operand {
        if case .bits(let parts) = operand { return .set(parts.map { SetElement(value: $0, verdict: nil) }) }
        return operand
    }

    private func holds(_ field: RulePacket.Field, _ operand: Operand) -> Decision {
        switch operand {
        case .unknown: return .maybe
        case .set(let elements): return isMember(field, elements)
        case .reference(let name): return set(name).map { isMember(field, $0) } ?? .maybe
        default: break
        }
        switch field {
        case .absent: return .no
        case .unknown: return .maybe
        case .concatenation(let parts):
            guard case .concatenation(let wanted) = operand, wanted.count == parts.count else { return .maybe }
            return zip(parts, wanted).map { holds($0, $1) }.min() ?? .maybe
        case .name(let name):
            return matches(name, operand)
        case .address, .number, .flags:
            return matches(field, operand)
        }
    }

    private func isMember(_ field: RulePacket.Field, _ elements: [SetElement]) -> Decision {
        var best: Decision = elements.count > Self.mostElements ? .maybe : .no
        for element in elements.prefix(Self.mostElements) {
            best = max(best, holds(field, element.value))
            if best == .yes { break }
        }
        return best
    }

    private func matches(_ name: String, _ operand: Operand) -> Decision {
        switch operand {
        case .text(let wanted):
            if wanted.hasSuffix("*") { return name.hasPrefix(wanted.dropLast()) ? .yes : .no }
            return name == wanted ? .yes : .no
        case .bits: return holds(.name(name), anyOf(operand))
        default: return .maybe
        }
    }

    private func matches(_ field: RulePacket.Field, _ operand: Operand) -> Decision {
        switch operand {
        case .range(let low, let high):
            guard let value = ordinal(field), let low = ordinal(low), let high = ordinal(high) else { return .maybe }
            return low <= value && value <= high ? .yes : .no
        case .prefix(let text, let length):
            guard let network = IPAddress(text), case .address(let address) = field else { return .maybe }
            guard network.family == address.family else { return .no }
            let width = address.family == .v4 ? 32 : 128
            guard length <= width else { return .maybe }
            let shift = UInt128(width - length)
            return address.number >> shift == network.number >> shift ? .yes : .no
        default:
            if case .address(let address) = field, case .text(let text) = operand, let wanted = IPAddress(text) {
                return address == wanted ? .yes : .no
            }
            guard let value = ordinal(field), let wanted = ordinal(operand) else { return .maybe }
            return value == wanted ? .yes : .no
        }
    }

    /// The value that orders it; addresses as numbers.
    private func ordinal(_ field: RulePacket.Field) -> UInt128? {
        switch field {
        case .address(let address): address.number
        case .number(let number), .flags(let number): UInt128(number)
        case .name, .concatenation, .absent, .unknown: nil
        }
    }

    private func ordinal(_ operand: Operand) -> UInt128? {
        if case .text(let text) = operand, let address = IPAddress(text) {
            return address.family == packet.destination.family ? address.number : nil
        }
        return number(operand).map { UInt128($0) }
    }

    /// Names of protocols and of TCP flags as numbers.
    private func number(_ operand: Operand) -> UInt64? {
        switch operand {
        case .number(let number): return number
        case .bool(let value): return value ? 1 : 0
        case .text(let name): return Self.numbers[name]
        case .bits(let parts):
            var sum: UInt64 = 0
            for part in parts {
                guard let bits = number(part) else { return nil }
                sum |= bits
            }
            return sum
        default: return nil
        }
    }

    private static let numbers: [String: UInt64] = [
        "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58,
        "ipv6-icmp": 58, "ospf": 89, "comp": 108, "ipcomp": 108, "vrrp": 112, "sctp": 132, "udplite": 136,
        "fin": 0x01, "syn": 0x02, "rst": 0x04, "psh": 0x08, "ack": 0x10, "urg": 0x20, "ecn": 0x40, "ece": 0x40,
        "cwr": 0x80,
    ]
}

extension IPAddress {
    fileprivate var number: UInt128 {
        switch self {
        case .v4(let address): UInt128(address.rawValue)
        case .v6(let address): address.rawValue
        }
    }
}
