public import Conversations
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
    /// What became of repetitions that came by themselves, when nothing had been sent to the port for a while, and of all other
    /// tries: a limit that refuses lets the former through.
    private(set) var late = (refused: 0, accepted: 0)
    private(set) var soon = (refused: 0, accepted: 0)
    /// Source ports of all tries that were answered alike each time, and whether some port did both.
    private var refusing: [UInt16: Int] = [:]
    private var accepting: [UInt16: Int] = [:]

    public init(_ attempts: [Attempt]) {
        var last: Instant?
        for attempt in attempts.sorted(by: { $0.leftAt < $1.leftAt }) where attempt.kind == attempts.first?.kind {
            let isAgain = attempt.purpose == .experiment(.rerun)
            let isLate = isAgain && last.map { attempt.leftAt - $0 + .milliseconds(200) >= Self.pause } ?? false
            last = attempt.leftAt
            if isAgain { repeated += 1 }
            if attempt.isAcceptedAgain(attempt.handshake) {
                repeated += 1
                passed += 1
            }
            guard isAgain || attempt.purpose == .primary, attempt.isAccepted || attempt.isRefused else { continue }
            if isAgain, attempt.isAccepted { passed += 1 }
            if isLate {
                if attempt.isAccepted { late.accepted += 1 } else { late.refused += 1 }
            } else if attempt.isAccepted {
                soon.accepted += 1
            } else {
                soon.refused += 1
            }
            guard let port = attempt.local?.port else { continue }
            if attempt.isAccepted { accepting[port, default: 0] += 1 } else { refusing[port, default: 0] += 1 }
        }
    }

    /// Nothing is sent to the port for so long before a try counts as a late one: what lets one through in two seconds does.
    public static let pause = TimeSpan.milliseconds(2_100)

    /// Tries that are refused like the first one, before it is taken for what always happens: of two paths one refuses
    /// them all once in 256 runs.
    public static let enough = 8

    /// One came late, whatever became of it.
    public var isTriedLater: Bool { late.refused + late.accepted > 0 }

    /// It was refused as long as tries came soon, and passed when it came late, so far once: a limit may refuse.
    public var mayBeLimited: Bool { late.accepted > 0 && late.refused == 0 && soon.accepted == 0 }

    /// The same so often that chance does not sort them so: of nine tries and more, the three late ones are the three that
    /// pass once in eighty-four times.
    var isLimited: Bool { mayBeLimited && late.accepted >= 3 && soon.refused >= 6 }

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
