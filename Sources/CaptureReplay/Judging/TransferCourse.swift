import Conversations
import Diagnosis
import PacketWire

extension TargetDiagnosis {
    /// What the course of an established connection adds to a verdict that rests on its opening: an open connection
    /// that loses much, or dies, does not simply work.
    ///
    /// - Parameters:
    ///   - isToldTooBig: a router's report that the initiator's packets are too big passed the tap.
    ///   - isResetNearer: the responder's reset comes from nearer than its other packets.
    func withCourse(
        of analysis: TCPAnalysis?, isToldTooBig: Bool = false, isResetNearer: @autoclosure () -> Bool = false
    ) -> TargetDiagnosis {
        guard verdict == .open, let analysis else { return self }
        let undelivered = UndeliveredWords(analysis)
        guard let stall = analysis.stalls.worst else { return undelivered.map(with) ?? self }
        if let forgotten = ForgottenConnection(analysis) {
            return with(forgotten, isResetNearer: forgotten.resetFrame != nil && isResetNearer())
        }
        var diagnosis = self
        let who = stall.initiatorWaited ? "the client" : "the server"
        let seconds = stall.length.seconds
        let time = seconds >= 10 ? "\(Int(seconds)) s" : "\(Int(seconds * 1_000)) ms"
        let frames = [Int(stall.lastFrameBefore), Int(stall.firstFrameAfter)].filter { $0 > 0 }
        diagnosis.evidence.append(
            Evidence(
                .wire, "\(who) waited \(time): \(stall.cause.phrase)",
                detail: stall.neverResumed ? "and the connection never went on" : "", frames: frames))
        guard let (_, zones, advice) = stall.judgement, let judgement = CourseJudgement(analysis),
            judgement.isOfStall
        else {
            return undelivered.map(diagnosis.with) ?? diagnosis
        }
        diagnosis.verdict = judgement.verdict
        diagnosis.stage = .transfer
        diagnosis.mechanism = judgement.mechanism
        diagnosis.zones = zones
        let isMissed = analysis.mayBeMissedBehindTap || isToldTooBig && analysis.initiator.retransmissions > 0
        if isMissed, !zones.contains(.localIngress) { diagnosis.zones.append(.localIngress) }
        diagnosis.confidence = .likely
        diagnosis.summary =
            "The connection was opened, and then \(who) waited \(time): \(stall.cause.phrase)"
            + (stall.neverResumed ? ", and it never went on." : ".")
        diagnosis.advice = [advice]
        return diagnosis
    }
}

/// How the course of a connection changes the verdict on its opening.
struct CourseJudgement {
    var verdict: Verdict
    var mechanism: Mechanism
    var stage = Stage.transfer
    /// Else it is what never came.
    var isOfStall = true

    /// Nil where it changes nothing.
    init?(_ analysis: TCPAnalysis) {
        guard ForgottenConnection(analysis) == nil else {
            (verdict, mechanism, stage) = (.interfered, .idleTimeout, .idle)
            return
        }
        guard let stall = analysis.stalls.worst, let (mechanism, _, _) = stall.judgement,
            stall.neverResumed || analysis.isHeldUp(by: stall)
        else {
            guard UndeliveredWords(analysis) != nil else { return nil }
            (verdict, mechanism, isOfStall) = (.interfered, .loss, false)
            return
        }
        verdict = stall.neverResumed ? .interfered : .degraded
        self.mechanism = mechanism
    }
}

extension ConversationTable {
    func courseJudgement(at position: Int) -> CourseJudgement? {
        guard mayBeHeldUp(at: position), let analysis = analysis(at: position) else { return nil }
        return CourseJudgement(analysis)
    }
}

extension TCPAnalysis {
    /// What came for the initiator passed the tap, and it went on as if it had not: words that it never took, and
    /// acknowledgements. The tap may stand at the initiator's own machine.
    fileprivate var mayBeMissedBehindTap: Bool {
        hasUnheardBytes && responder.retransmissions > 0 || marks.contains(.spuriousRetransmission) || repeatsTakenEnd
    }

    /// One repetition in a long life is what TCP is made for; a second, or a good part of the time, is felt.
    fileprivate func isHeldUp(by stall: Stall) -> Bool {
        if stall.length >= .seconds(1) { return true }
        let last = stalls.longest.map { $0.begin + $0.length }.max() ?? firstSeen
        return stalls.total(stall.cause).count >= 3 && stalls.share(stall.cause, of: last - firstSeen) >= 0.2
    }
}

extension StallLog {
    /// The longest of those that a network is to blame for, else the longest.
    fileprivate var worst: Stall? { longest.first { $0.judgement != nil } ?? longest.first }
}

extension Stall.Cause {
    fileprivate var phrase: String {
        switch self {
        case .receiverWindow: "the other end's window was closed, its application does not read"
        case .senderIdle: "the other end's application had nothing to send"
        case .loss: "segments were lost, and a timer had to run out"
        case .pathMTU: "large segments were lost where small ones passed"
        case .peerGone: "nothing came from the other end any more, however often it was asked"
        case .lateAcknowledgement: "data lay unacknowledged"
        case .outOfWindow: "the other end did not take its segments, whose numbers lie outside of its window"
        }
    }
}

extension Stall {
    /// A server that reads no more for so long has given up; a client may have paused.
    private static let patienceWithReader = TimeSpan.seconds(5)

    /// What the other end or the network has to do with it; nil where it is the applications' affair.
    fileprivate var judgement: (Mechanism, [Zone], String)? {
        switch cause {
        case .receiverWindow where initiatorWaited && neverResumed && length >= Self.patienceWithReader:
            (
                .noReply, [.destination],
                "On the server: what does the process do that owns the connection (ss -tnp shows its Recv-Q)? It does not read."
            )
        case .receiverWindow, .senderIdle, .lateAcknowledgement: nil
        case .loss:
            (
                .loss, [.path, .returnPath, .destination],
                "Look for errors and drops on the links of the path, and for a queue that is full."
            )
        case .pathMTU:
            (
                .mtuBlackHole, initiatorWaited ? [.path, .returnPath] : [.returnPath, .path, .destination],
                "Look for a link with a smaller MTU, and for a filter that stops ICMP packet-too-big; a smaller MSS heals it."
            )
        case .peerGone:
            (
                .noReply,
                // Nothing came from the client, and what the server said again was seen.
                initiatorWaited
                    ? [.path, .returnPath, .destination] : [.returnPath, .path, .localIngress, .localEgress],
                "Ask whether the other host went away, or a firewall on the way forgot the connection."
            )
        case .outOfWindow:
            (
                .alteredInTransit, [.returnPath, .path, .destination],
                "Ask whoever runs firewalls, SYN proxies and balancers on the way which of them changes sequence numbers, and whether it sees both directions: one that knows a half of the connection, or has forgotten it, passes the other end's own numbers on."
            )
        }
    }
}
