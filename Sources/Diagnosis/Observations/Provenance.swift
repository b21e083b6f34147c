import Conversations
import PacketWire

/// Where an answer came from, as far as its TTL tells.
public enum Provenance: Sendable, Hashable {
    /// As many routers away as the host's other answers.
    case sameAsHost
    /// From another distance: `hop` is the position on the path that fits, if routes are symmetric.
    case nearer(hop: Int)
    /// Farther away than the host's other answers: another route back, or a rewritten TTL.
    case farther
    /// There is nothing to compare it with.
    case unknown
}

extension Answer {
    /// As how many hops away the host's reply shows it, on a symmetric path; nil where no reply's TTL is known.
    public var hostDistance: Int? {
        switch self {
        case .reached(let reply), .reset(let reply): reply.timeToLive.map { Observations.routersPassed($0) + 1 }
        case .silence, .refused, .timeExceeded, .localError: nil
        }
    }
}

extension Attempt {
    /// A packet of a ladder whose socket was given up as it left: only the wire tells what came of it.
    public var isWatchedOnly: Bool { socket == nil && purpose.isRung }
}

extension Observations {
    /// How many routers a packet has passed.
    static func routersPassed(_ timeToLive: UInt8) -> Int { timeToLive.routersPassed }

    /// TTLs of answers that are the host's own beyond reasonable doubt: open ports and echo replies first;
    /// resets of other ports only where nothing better came, because one filter may send all of them.
    var hostTimesToLive: [UInt8] {
        // An echo reply first: what redirects connections, port by port or all of them, leaves those alone.
        let echoes = controls.compactMap { control -> UInt8? in
            guard control.kind == .echo, case .reached(let reply) = control.answer else { return nil }
            return reply.timeToLive
        }
        if !echoes.isEmpty { return echoes }
        var genuine: [UInt8] = []
        var resets: [UInt8] = []
        for control in controls {
            switch control.answer {
            case .reached(let reply): genuine += [reply.timeToLive].compactMap(\.self)
            case .reset(let reply): resets += [reply.timeToLive].compactMap(\.self)
            case .silence, .refused, .timeExceeded, .localError: break
            }
        }
        return genuine.isEmpty ? resets : genuine
    }

    /// Whether the host's own distance is known from more than resets.
    var knowsHostDistance: Bool {
        controls.contains { if case .reached(let reply) = $0.answer { reply.timeToLive != nil } else { false } }
    }

    /// Compares an answer's TTL with the host's other answers; with the length of the path where there are none.
    func provenance(of timeToLive: UInt8?) -> Provenance {
        if isLocalTarget { return .sameAsHost }
        // The ladders first: an answer to a packet that dies before the control's reaches the host is not the host's.
        if let end = path.targetEnd?.ttl, path.endsShort { return .nearer(hop: end - 1) }
        guard let timeToLive else { return .unknown }
        let passed = Self.routersPassed(timeToLive)
        let known = hostTimesToLive.map(Self.routersPassed)
        if !known.isEmpty, knowsHostDistance || !known.contains(passed) {
            if known.contains(passed) { return .sameAsHost }
            // An echo that lives no longer than the target's packet reaches the host: only their ways back differ. What forwards
            // the echo may stand before the end, though, and refuse what it would not forward.
            if facts.isEchoAlone, let end = path.targetEnd?.ttl, facts.echoEnd == end {
                if case .reset = symptom, passed == end - 2 { return .unknown }
                return .sameAsHost
            }
            // What answered the control may be a host behind the one that has the address.
            if let place = path.forwardingTarget, passed + 1 >= place { return .unknown }
            return passed < known.min()! ? .nearer(hop: passed + 1) : .farther
        }
        // No answer of the host to compare with: a packet that lives `distance` hops is the first one answered,
        // so an answer from the host itself passes `distance - 1` routers on a symmetric path.
        if let end = path.targetEnd?.ttl, path.lastAnswering?.ttl == end - 1 {
            if passed < end - 1 { return .nearer(hop: passed + 1) }
            return passed == end - 1 ? .sameAsHost : .farther
        }
        return .unknown
    }
}
