import PacketWire

extension Attempt {
    /// It was answered by whoever listens there.
    public var isAccepted: Bool { if case .reached = answer { true } else { false } }

    /// It was refused, by a reset or an ICMP error that ends it.
    public var isRefused: Bool {
        switch answer {
        case .reset, .refused: true
        case .silence, .reached, .timeExceeded, .localError: false
        }
    }
}

/// The refused attempt beside its repetitions: what was refused and what got through, and from which source ports. What
/// got no answer says nothing of its port: a router that rejects has only a few ICMP errors a second to spend.
public struct RefusalTries {
    /// Repetitions, and how many of them got through.
    public private(set) var repeated = 0
    public private(set) var passed = 0
    /// Source ports of all tries that were answered alike each time, and whether some port did both.
    private var refusing: [UInt16: Int] = [:]
    private var accepting: [UInt16: Int] = [:]

    public init(_ attempts: [Attempt]) {
        for attempt in attempts {
            let isAgain = attempt.purpose == .experiment(.rerun)
            if isAgain { repeated += 1 }
            guard isAgain || attempt.purpose == .primary, attempt.isAccepted || attempt.isRefused else { continue }
            if isAgain, attempt.isAccepted { passed += 1 }
            guard let port = attempt.local?.port else { continue }
            if attempt.isAccepted { accepting[port, default: 0] += 1 } else { refusing[port, default: 0] += 1 }
        }
    }

    public var refusedPorts: [UInt16] { refusing.keys.sorted() }
    public var acceptedPorts: [UInt16] { accepting.keys.sorted() }

    /// Ports that were refused each time and ports that got through each time, where so many were tried more than once that
    /// chance is no explanation; nil where any port did both.
    var decidedByPort: (refused: [UInt16], accepted: [UInt16])? {
        guard Set(refusing.keys).isDisjoint(with: accepting.keys) else { return nil }
        let outcomes = PortOutcomes(
            failing: refusing.filter { $0.value > 1 }, passing: accepting.filter { $0.value > 1 })
        guard outcomes.isDecisive else { return nil }
        return (refusedPorts, acceptedPorts)
    }
}
