import Conversations
import Diagnosis
import PacketWire

/// An open connection whose packets somebody began to turn back: ICMP errors quote what the initiator says behind the
/// handshake, and nothing of the responder came after them.
struct RejectedMidway {
    private let error: ICMPError
    private let sender: IPAddress
    private let frames: [Int]
    /// It was sent again, and the far end had time to answer that.
    private let isRepeated: Bool
    private let isOwn: Bool

    /// Nil where the connection went on, or was never open.
    init?(_ conversation: Conversation) {
        guard let analysis = conversation.analysis, !analysis.initiator.sentReset,
            // What is turned back behind its end, it needs no more.
            !analysis.responder.sentFIN, !analysis.responder.sentReset,
            analysis.initiator.nextSequenceNumber != analysis.responder.acknowledged
        else { return nil }
        let handshake = TCPHandshake(conversation.packets)
        guard handshake.isEstablished || handshake.earlierBack != nil else { return nil }
        let errors = handshake.icmpErrors.filter { packet in
            guard packet.at > analysis.responder.lastSeen, let error = packet.icmpError, error.isFatalToAttempt,
                let quote = packet.quote, quote.source != conversation.responder
            else { return false }
            // Not about the SYN: that may have been turned back, and another one not.
            if let flags = quote.flags { return flags.isDisjoint(with: [.syn, .rst]) }
            return !handshake.syns.contains { $0.tcp?.sequenceNumber == quote.sequenceNumber }
        }
        guard let first = errors.first, let error = first.icmpError else { return nil }
        self.error = error
        sender = first.source
        frames = errors.map(\.frame)
        isRepeated = errors.count > 1 || analysis.initiator.retransmissions > 1
        isOwn = first.source == conversation.initiator
    }

    private func problem(_ target: Target) -> ApplicationFinding.Problem {
        var problem = RequestStop.refused(error, by: sender, frame: frames.first ?? 0, isOwn: isOwn)
            .problem("what the client says on it", of: target, stage: .transfer)
        if error.isTimeExceeded {
            (problem.mechanism, problem.confidence) = (.routingLoop, .likely)
            problem.summary =
                "The connection was opened, and then what the client said on it ran out of hops at \(sender)"
                + " (frame \(frames.first ?? 0)): packets to \(target.place) went round in circles, or a much longer way."
            problem.advice = [
                "Trace the way to the host: does it lead in a circle? Ask whoever runs \(sender) what changed there."
            ]
        }
        // A router whose way to the host is gone, or whose neighbor the host was, says so too, and filters can be told to.
        if !isOwn, error.refusalMeaning == .noRoute || error.refusalMeaning == .hostUnreachable {
            problem.confidence = .likely
            if !problem.zones.contains(.destination) { problem.zones.append(.destination) }
            problem.summary =
                "The connection was opened, and then \(sender) turned back what the client said on it:"
                + " \(error.name) (frame \(frames.first ?? 0))."
            problem.advice = [
                "Is the host still there, and does \(sender) still have a way to it? If so, it has a rule that answers like that."
            ]
        }
        if !isRepeated { problem.confidence = min(problem.confidence, .likely) }
        return problem
    }

    private var evidence: Evidence {
        Evidence(
            .wire, "\(error.name) from \(sender) about what was said behind the handshake",
            detail: "and nothing of the host came after that", frames: frames)
    }

    func finding(_ target: Target) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.evidence = [evidence]
        finding.problem = problem(target)
        return finding
    }
}

extension TargetDiagnosis {
    /// Who turns packets back says more than that nothing came.
    func with(_ rejected: RejectedMidway?) -> TargetDiagnosis {
        guard let rejected, mechanism != .icmpReject, verdict == .open || verdict == .degraded || verdict == .interfered
        else { return self }
        var opening = self
        opening.verdict = .open
        opening.stage = nil
        opening.mechanism = nil
        return opening.withApplication(rejected.finding(target), stage: nil)
    }
}

extension ConversationTable {
    func rejectedMidway(at position: Int) -> RejectedMidway? {
        outline(at: position).isRefusedMidway ? RejectedMidway(conversation(at: position)) : nil
    }
}
