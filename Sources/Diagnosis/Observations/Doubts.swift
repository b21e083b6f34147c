import Conversations
import PacketWire

/// What is odd about a connection that was answered: reasons to look closer, and no verdict yet.
extension Facts {
    /// Worth a closer look: it took more than one packet, or the answer is odd.
    public var isDoubtful: Bool {
        guard let primary = attempts.first, case .reached = primary.answer else { return false }
        return primary.triesBeforeAnswer > 1 || primary.socket?.isEndAcknowledged == false || isAnswerOdd
    }

    /// A port that nobody uses was accepted.
    var takesAnyPort: Bool { attempts.contains(where: \.isAcceptedDecoy) }

    /// Something about the answer does not fit the host: who answers may not be the host.
    public var isAnswerOdd: Bool {
        guard let primary = attempts.first, case .tcp = primary.kind, route?.kind != .local else { return false }
        if takesAnyPort { return true }
        let handshake = primary.handshake
        guard let synAck = handshake.synAcks.first, let header = synAck.tcp else { return false }
        // A host that offers no window wants no data: SYN proxies ask for the handshake only (net/netfilter,
        // nf_synproxy_core.c), tar pits for nothing at all.
        if header.window == 0 { return true }
        if !handshake.strayAnswers.isEmpty || !handshake.challenges.isEmpty { return true }
        if handshake.synAcks.contains(where: { $0.tcp?.sequenceNumber != header.sequenceNumber }) { return true }
        // A kernel that offers ECN and gets no answer tries without: RFC 3168 section 6.1.1.1.
        if primary.hasECNFallback { return true }
        return attempts.contains { control in
            guard control.purpose == .control, control.kind == .echo else { return false }
            switch control.answer {
            case .reached(let reply):
                return reply.timeToLive.map(Observations.routersPassed)
                    != Observations.routersPassed(synAck.timeToLive)
            case .refused(let refusal): return refusal.sender != target.address
            case .silence, .reset, .timeExceeded, .localError: return false
            }
        }
    }
}

extension Attempt {
    fileprivate var isAcceptedDecoy: Bool {
        guard purpose == .experiment(.unusedPort), case .reached = answer else { return false }
        return true
    }
}
