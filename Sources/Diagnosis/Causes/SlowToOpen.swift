import Conversations
import PacketWire

/// In a file: new connections are answered late, again and again, and what is said on them at once. The way is as fast as
/// what is said shows; whoever opens connections is not.
enum SlowToOpen: Cause {
    static let supersedes: Set<CauseID> = ["Open", "RandomLoss", "FirstOfFlow", "RateLimit", "BrokenMember"]

    /// One that waits once has lost a packet, or met a machine that was busy.
    private static let fewest = 3

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, !observations.facts.isSavedProbe, observations.transport == .tcp,
            observations.isAnswered, let primary = observations.primary, let own = primary.lateOpening
        else { return nil }
        let opened = observations.facts.attempts.filter { attempt in
            guard attempt.kind == primary.kind, case .reached = attempt.answer else { return false }
            switch attempt.purpose {
            case .primary, .experiment(.rerun): return true
            default: return false
            }
        }
        let late = opened.compactMap(\.lateOpening).filter { $0.isHeldByOlder == own.isHeldByOlder }
        guard late.count >= Self.fewest, late.count * 4 >= opened.count * 3 else { return nil }
        let waits = late.map(\.wait)
        let shortest = (waits.min() ?? own.wait).words
        let longest = (waits.max() ?? own.wait).words
        let how = shortest == longest ? shortest : "\(shortest) to \(longest)"
        let share = "\(late.count) of \(opened.count) connections of this client to this port"
        if own.isHeldByOlder {
            return Finding(
                "older connections with the same ports hold new ones up", .degraded, stage: .handshake,
                mechanism: .noReply, zones: [.destination, .path], confidence: .likely,
                summary:
                    "\(share) are opened only after \(how): the first SYN is answered for an older connection with the"
                    + " same ports, which the host, or a box with a state table, still remembers (TIME-WAIT), and the one"
                    + " after the client's reset is taken.",
                advice: [
                    "Let the client choose other source ports (no fixed one, a wider range, more addresses), or keep"
                        + " connections open, or let the server's side close last."
                ],
                whyNotExcluded: "the first answers name another connection",
                experiment: "connect from another source port")
        }
        let round = late.compactMap(\.roundTrip).max().map(\.words) ?? ""
        return Finding(
            "whoever opens connections there is slow", .degraded, stage: .handshake, mechanism: .noReply,
            zones: [.destination, .path, .returnPath], confidence: .likely,
            summary:
                "\(share) are opened only after \(how), and what is said on them is acknowledged within \(round): the way"
                + " is fast, and whoever opens connections there is not, or holds them up on purpose.",
            advice: [
                "On the host: is it busy, or its queue of new connections full (ss -ltn: Recv-Q; nstat TcpExtListenDrops,"
                    + " TcpExtTCPReqQFullDoCookies)? When does tcpdump there see the SYN, and when does it answer? If at once,"
                    + " something on the way holds first packets up."
            ],
            whyNotExcluded: "answers to SYNs take much longer than others",
            experiment: "capture on the host: how long after the SYN does it answer?")
    }
}

extension Attempt {
    struct LateOpening {
        /// From the first SYN to the SYN-ACK.
        var wait: TimeSpan
        /// How soon what the client said was acknowledged, at best.
        var roundTrip: TimeSpan?
        /// A SYN was answered for another connection.
        var isHeldByOlder: Bool
    }

    private static let shortestWait = TimeSpan.milliseconds(500)
    /// From the latest SYN: a repeated one that is answered at once has only lost its first.
    private static let shortestDelay = TimeSpan.milliseconds(300)

    /// The SYN-ACK came so late that neither the way nor a lost SYN explains it; nil where one does, or nobody knows.
    var lateOpening: LateOpening? {
        let handshake = self.handshake
        guard let first = handshake.syns.first, let answer = handshake.synAcks.first,
            answer.at - first.at >= Self.shortestWait
        else { return nil }
        if !handshake.challenges.isEmpty {
            return LateOpening(wait: answer.at - first.at, roundTrip: nil, isHeldByOlder: true)
        }
        guard let latest = handshake.syns.last(where: { $0.at <= answer.at }),
            answer.at - latest.at >= Self.shortestDelay,
            let roundTrip = acknowledgedWithin(behind: answer),
            (answer.at - latest.at).nanoseconds / 5 >= roundTrip.nanoseconds
        else { return nil }
        return LateOpening(wait: answer.at - first.at, roundTrip: roundTrip, isHeldByOlder: false)
    }

    /// The shortest time from the client's words to their acknowledgement.
    private func acknowledgedWithin(behind opening: SeenPacket) -> TimeSpan? {
        var shortest: TimeSpan?
        for said in packets where said.fromInitiator && said.payloadLength > 0 && said.at >= opening.at {
            guard let header = said.tcp else { continue }
            let end = header.sequenceNumber &+ UInt32(clamping: said.payloadLength)
            let answer = packets.first { packet in
                guard !packet.fromInitiator, packet.at >= said.at, let header = packet.tcp, header.flags.contains(.ack)
                else { return false }
                return header.acknowledgementNumber &- end < 1 << 31
            }
            guard let answer else { continue }
            shortest = min(shortest ?? (answer.at - said.at), answer.at - said.at)
        }
        return shortest
    }
}
