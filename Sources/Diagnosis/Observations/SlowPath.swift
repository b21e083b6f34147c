import Conversations
import PacketWire

/// Paths on which an answer takes a second and more: the SYN is repeated before the first can be answered, and the answer
/// to it then comes within a moment of a repeated one, as if that were what it answers.
extension Attempt {
    /// A shorter path answers repeated packets as fast as others, give or take what machines need now and then.
    private static let shortestSlowPath = TimeSpan.milliseconds(100)

    /// It was answered sooner after a repeated packet than the path takes there and back, so it is an earlier one that was
    /// answered; the first, where there was no other, where the answer names it (RFC 7323 section 3), or where a next hop
    /// had to be found besides.
    ///
    /// - Parameter roundTrip: how long the path takes at the least; zero where nobody knows.
    func answersEarlierPacket(roundTrip: TimeSpan) -> Bool {
        guard roundTrip >= Self.shortestSlowPath, case .reached(let reply) = answer, let at = reply.at, tries > 1 else {
            return false
        }
        let waited = at - leftAt
        guard let sent = latestSending(by: at), at - sent + TimeSpan(nanoseconds: roundTrip.nanoseconds / 8) < roundTrip
        else { return false }
        if tries == 2 || waited <= roundTrip + roundTrip + .milliseconds(100) { return true }
        let handshake = self.handshake
        guard let first = handshake.syns.first?.tcp?.options.timestamps?.value else { return false }
        return handshake.synAcks.first?.tcp?.options.timestamps?.echoReply == first
    }

    /// When the last packet left before the answer: as the tap saw it, else as kernels repeat.
    private func latestSending(by answer: Instant) -> Instant? {
        let seen = packets.filter { $0.fromInitiator && ($0.tcp?.flags.contains(.syn) ?? true) }.map(\.at)
        if !seen.isEmpty { return seen.last { $0 <= answer } }
        guard kind.transport == .tcp, let socket else { return nil }
        return Self.secondsOfRepetition(socket.retransmissions).map(repeatedAt).last { $0 <= answer }
    }

    /// When a packet of that second leaves at the earliest. Kernels count their ticks from the one that has begun: a second is
    /// up to one of them shorter, a hundredth at the most (Linux: HZ).
    func repeatedAt(second: Int64) -> Instant { startedAt + .milliseconds(1_000 * second - 10) }

    /// After how many seconds an answer may be one to a repeated SYN, in order: ours, one a second or twice as late each
    /// time (net/ipv4/tcp_timer.c, tcp_syn_linear_timeouts; RFC 6298 section 5.5), and the far end's own repetitions of
    /// its SYN-ACK, which double.
    static func secondsOfRepetition(_ count: Int) -> [Int64] {
        let count = min(max(count, 0), 6)
        guard count > 0 else { return [] }
        return Set((1...count).map(Int64.init) + (1...count + 1).map { 1 << $0 - 1 }).sorted()
    }
}

extension Trials {
    /// How long the path takes at the least: by what was sent once and answered, which nothing can be mistaken for; where
    /// the host answered no such thing, by the furthest router's answers.
    static func shortestRoundTrip(_ attempts: [Attempt]) -> TimeSpan {
        let ofHost = attempts.compactMap { attempt -> TimeSpan? in
            guard attempt.tries == 1 else { return nil }
            switch attempt.answer {
            case .reached(let reply), .reset(let reply): return reply.at.map { attempt.roundTrip(to: $0) }
            case .silence, .refused, .timeExceeded, .localError: return nil
            }
        }
        if let shortest = ofHost.min() { return shortest }
        let ofRouters = attempts.compactMap { attempt -> (timeToLive: Int, span: TimeSpan)? in
            // What was sent again may have got there the second time.
            guard let timeToLive = attempt.purpose.timeToLive, case .timeExceeded(let error) = attempt.answer,
                let at = error.at, attempt.tries == 1
            else { return nil }
            return (timeToLive, attempt.roundTrip(to: at))
        }
        let furthest = ofRouters.map(\.timeToLive).max()
        return ofRouters.filter { $0.timeToLive == furthest }.map(\.span).min() ?? .zero
    }

    /// How long connections to this port take, where all that repeated a SYN took as long, several of them, and none took
    /// less: what is lost by chance, or for being the first, is answered as soon after a repeated SYN as others are at
    /// once. Only where no capture tells; nil where they differ, or follow so closely.
    static func steadyWait(_ attempts: [Attempt]) -> TimeSpan? {
        guard let primary = attempts.first(where: { $0.purpose == .primary }), primary.kind.transport == .tcp else {
            return nil
        }
        let tries = attempts.filter { attempt in
            guard attempt.kind == primary.kind, attempt.isPassing else { return false }
            if case .experiment(let experiment) = attempt.purpose { return experiment.repeatsPrimary }
            return attempt.purpose == .primary
        }
        let waits = tries.compactMap { attempt -> TimeSpan? in
            guard attempt.packets.isEmpty, let socket = attempt.socket, socket.retransmissions > 0, let at = socket.at
            else { return nil }
            return at - attempt.startedAt
        }
        guard waits.count >= 3, waits.count == tries.count, let shortest = waits.min(), let longest = waits.max(),
            longest <= shortest + .tolerance(of: shortest),
            let repeated = Attempt.secondsOfRepetition(6).last(where: { .seconds($0) <= shortest }),
            shortest > .seconds(repeated) + shortestRoundTrip(attempts) + .milliseconds(100)
        else { return nil }
        return shortest
    }

    /// The host still held the connection of another packet from the same port: it may answer for that one, or say nothing,
    /// and no packet is lost. On a slow path all those of a ladder that get through are so. What was sent right behind this
    /// one may have come before it: on a way of uneven delay packets overtake each other.
    static func meetsHalfOpen(_ attempt: Attempt, among attempts: [Attempt]) -> Bool {
        guard attempt.purpose.timeToLive != nil, let port = attempt.local?.port else { return false }
        return attempts.contains { other in
            guard other.purpose.timeToLive != nil, other.local?.port == port, case .reached(let reply) = other.answer,
                let at = reply.at, at > attempt.startedAt
            else { return false }
            // Datagrams are answered each by itself.
            guard attempt.kind.transport == .tcp else { return other.startedAt < attempt.startedAt }
            let unevenness = TimeSpan(nanoseconds: (at - other.startedAt).nanoseconds / 8)
            return other.startedAt - attempt.startedAt < unevenness
        }
    }
}

extension TimeSpan {
    /// How much as long a wait may differ from another of the same path: an eighth, and a tenth of a second at the least,
    /// which machines need now and then.
    static func tolerance(of span: TimeSpan) -> TimeSpan {
        max(.milliseconds(100), TimeSpan(nanoseconds: span.nanoseconds / 8))
    }
}
