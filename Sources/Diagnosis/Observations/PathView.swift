import Conversations
public import PacketWire

/// The two ladders of one target, joined hop by hop.
///
/// Every position is judged by what answered (ICMP type, SYN-ACK, reset), never by address alone.
public struct PathView: Sendable, Hashable {
    /// One position per TTL that was asked, nearest first.
    public var hops: [PathHop] = []
    /// How many packets of the target's kind went out with each TTL and stayed without any answer.
    public var unansweredTries: [Int: Int] = [:]

    /// TTLs at which a router still answered the control when it had just kept silent to the target's packet.
    /// Routers answer only a few packets a second: a silence counts only where the control, asked after it, got
    /// an answer.
    private var outlasted: Set<Int> = []

    public init(attempts: [Attempt]) {
        var lastAsked: [Int: Instant] = [:]
        for attempt in attempts where !attempt.purpose.isControl {
            guard let timeToLive = attempt.purpose.timeToLive else { continue }
            lastAsked[timeToLive] = max(lastAsked[timeToLive] ?? attempt.startedAt, attempt.startedAt)
        }
        for attempt in attempts where attempt.purpose.isControl {
            guard let timeToLive = attempt.purpose.timeToLive, let asked = lastAsked[timeToLive],
                attempt.startedAt >= asked, case .timeExceeded = attempt.answer
            else { continue }
            outlasted.insert(timeToLive)
        }
        var target: [Int: PathHop.Answer] = [:]
        var control: [Int: PathHop.Answer] = [:]
        var roundTrips: [Int: TimeSpan] = [:]
        for attempt in attempts {
            guard let timeToLive = attempt.purpose.timeToLive else { continue }
            let (answer, at) = Self.position(attempt)
            if attempt.purpose.isControl {
                control[timeToLive] = Self.better(control[timeToLive], answer)
            } else {
                target[timeToLive] = Self.better(target[timeToLive], answer)
                if answer == .silence { unansweredTries[timeToLive, default: 0] += attempt.tries }
            }
            if let at, roundTrips[timeToLive] == nil { roundTrips[timeToLive] = at - attempt.startedAt }
        }
        hops = Set(target.keys).union(control.keys).sorted().map { timeToLive in
            PathHop(
                ttl: timeToLive, target: target[timeToLive] ?? .notAsked, control: control[timeToLive] ?? .notAsked,
                roundTrip: roundTrips[timeToLive])
        }
    }

    private static func better(_ a: PathHop.Answer?, _ b: PathHop.Answer) -> PathHop.Answer {
        a == nil || a == .silence || a == .notAsked ? b : a!
    }

    private static func position(_ attempt: Attempt) -> (PathHop.Answer, Instant?) {
        switch attempt.answer {
        case .silence, .localError:
            return (.silence, nil)
        case .timeExceeded(let refusal):
            return (.timeExceeded(refusal.sender), refusal.at)
        case .refused(let refusal):
            return (.refused(refusal.sender, refusal.error.name), refusal.at)
        case .reset(let reply):
            return (attempt.remote.map { .reached($0, "reset") } ?? .silence, reply.at)
        case .reached(let reply):
            let name =
                switch attempt.kind {
                case .tcp: "SYN-ACK"
                case .udp: "datagram"
                case .echo: "echo reply"
                }
            return (attempt.remote.map { .reached($0, name) } ?? .silence, reply.at)
        }
    }

    /// The farthest hop that the target's own packets are known to have reached.
    public var lastAnswering: Hop? {
        hops.last { if case .timeExceeded = $0.target { true } else { false } }
            .map { Hop(ttl: $0.ttl, address: $0.target.address) }
    }

    /// The nearest TTL at which the target's own packets got something else than time exceeded.
    public var targetEnd: PathHop? {
        hops.first { hop in
            switch hop.target {
            case .reached, .refused: true
            case .notAsked, .silence, .timeExceeded: false
            }
        }
    }

    /// The nearest position after the last answering hop from which the control got an answer while the
    /// target's packets, asked there too, got none.
    public var differential: PathHop? {
        let after = lastAnswering?.ttl ?? 0
        return hops.first { hop in
            guard hop.ttl > after, hop.target == .silence else { return false }
            switch hop.control {
            case .timeExceeded: return outlasted.contains(hop.ttl)
            case .reached: return true
            case .notAsked, .silence, .refused: return false
            }
        }
    }

    /// The control's packets with this TTL, or a larger one, still ran out of it on the way: the host is farther.
    public func controlPasses(_ timeToLive: Int) -> Bool {
        hops.contains { hop in
            guard hop.ttl >= timeToLive, case .timeExceeded = hop.control else { return false }
            return true
        }
    }

    /// A hop position: who answers there, whichever ladder asked.
    public func hop(at timeToLive: Int) -> Hop? {
        hops.first { $0.ttl == timeToLive }.flatMap { hop in
            (hop.target.address ?? hop.control.address).map { Hop(ttl: timeToLive, address: $0) }
        }
    }

    /// How many hops away the far end is, by the control's or the target's own answer.
    public var distance: Int? {
        hops.first { hop in
            for answer in [hop.target, hop.control] { if case .reached = answer { return true } }
            return false
        }?.ttl
    }

    /// Some router stands twice on the path, at positions that are not neighbours by retransmission:
    /// the packets run in a circle.
    public var loopingAddresses: [IPAddress] {
        var seen: [IPAddress: Int] = [:]
        for hop in hops {
            if case .timeExceeded(let address) = hop.target { seen[address, default: 0] += 1 }
        }
        return seen.filter { $0.value >= 2 }.keys.sorted()
    }

    /// Neither ladder was walked.
    public var isEmpty: Bool { hops.isEmpty }
    /// A control was walked and something answered it.
    public var hasControl: Bool {
        hops.contains { $0.control.address != nil }
    }
}

extension PathHop.Answer {
    /// Who answered from there.
    public var address: IPAddress? {
        switch self {
        case .notAsked, .silence: nil
        case .timeExceeded(let address), .reached(let address, _), .refused(let address, _): address
        }
    }
}

extension Attempt {
    /// How often its packet was sent: what the wire counted, else what the kernel said, else once.
    public var tries: Int {
        let onWire = packets.filter { $0.fromInitiator && ($0.tcp?.flags.contains(.syn) ?? true) }.count
        return max(onWire, 1 + (socket?.retransmissions ?? 0))
    }

}
