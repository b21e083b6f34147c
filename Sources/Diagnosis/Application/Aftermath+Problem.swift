import Conversations
import PacketWire

extension Aftermath.End {
    /// What it means that an answer to this broke off after so many bytes.
    ///
    /// - Parameter part: `its head`, of which it is in the middle.
    func problem(
        _ what: String, received: Int, in part: String, of target: Target, stage: Stage, advice: [String]
    ) -> ApplicationFinding.Problem? {
        if case .silence(let span, _) = self {
            return .unfinished(what, received: received, of: part, after: span, stage: stage, advice)
        }
        guard var problem = problem(what, of: target, stage: stage, advice: advice) else { return nil }
        switch self {
        case .stopped, .torso: return problem
        default: break
        }
        let isReset = if case .reset = self { true } else { false }
        problem.summary =
            "The answer to \(what) breaks off: the connection is \(isReset ? "reset" : "closed") after "
            + "\(received) bytes, in the middle of \(part)."
        // Who closes in the middle of a word need not be who spoke.
        if !isReset, problem.mechanism == .closedByPeer {
            (problem.zones, problem.actor) = ([.destination, .path], nil)
        }
        return problem
    }

    /// Nil where it is not over.
    ///
    /// - Parameter hadWords: the server had spoken before.
    package func problem(
        _ what: String, hadWords: Bool = false, of target: Target, stage: Stage, advice: [String]
    ) -> ApplicationFinding.Problem? {
        if case .closed(_, _, let origin) = self, let forged = origin.problem(what, stage: stage, advice: advice) {
            return forged
        }
        switch self {
        case .open: return nil
        case .stopped(let stop): return stop.problem(what, of: target, stage: stage)
        case .reset(let origin): return origin.problem(what, of: target, stage: stage, advice: advice)
        case .closed(let frame, hadRequest: false, _):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .closedByPeer, zones: [.destination, .path],
                confidence: .likely,
                summary:
                    "The connection was opened, and the far end closed it\(Self.phrase(frame)) before its TCP had taken \(what): it was not closed for what was said.",
                advice: [
                    "On the server: its access list for this address, its limits, and its log; a proxy in front may have no backend."
                ])
        case .closed(let frame, _, let origin):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .closedByPeer,
                zones: origin.mayBeForged ? [.destination, .path] : [.destination],
                confidence: .likely, actor: target.address,
                summary:
                    "The connection was opened, and the server closed it upon \(what)\(Self.phrase(frame))\(hadWords ? "" : ", without a word").",
                advice: advice,
                lookAlikes: origin.mayBeForged
                    ? [
                        LookAlike(
                            cause: "a box on the way that reads \(what) closes the connection in the server's name",
                            whyNotExcluded: "a FIN says nothing of who sent it, and such boxes copy the distance",
                            experiment: "capture on the server: did it send the FIN?", isOnTheWay: true)
                    ] : [])
        case .torso(let span, let missing, let longest, let heard):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .mtuBlackHole, zones: [.returnPath, .destination],
                confidence: .likely,
                summary:
                    "The connection was opened, \(what) was taken, and of the answer only pieces of up to \(longest) bytes came:"
                    + " \(missing) bytes \(heard > 0 ? "between" : "before") them, full packets as it seems, had not come after \(span.words).",
                advice: [
                    "Let ICMP \"fragmentation needed\" and \"packet too big\" through to the server, or clamp the MSS on the way.",
                    "stallpoint probe finds the size from which on packets vanish.",
                ],
                lookAlikes: [
                    LookAlike(
                        cause: "the same packets are lost by chance, again and again",
                        whyNotExcluded: "one connection alone does not tell their size from their place",
                        experiment: "do others stall at the same place? Does a smaller MSS heal it?")
                ])
        case .silence(let span, false):
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .silentDrop, zones: [.path, .destination, .returnPath],
                confidence: .likely,
                summary:
                    "The connection was opened, and \(what) vanished: the far end's TCP had not acknowledged it after \(span.words).",
                advice: [
                    "At the far end: does tcpdump see \(what) arrive? If not, ask whoever runs the filters on the way for a rule that"
                        + " reads what is said; if it does, look at its own rules, and at the way back."
                ],
                lookAlikes: [
                    LookAlike(
                        cause: "packets of this size are lost, whatever is in them",
                        whyNotExcluded: "the handshake's own packets are small",
                        experiment: "try a smaller request, or a smaller MSS")
                ])
        case .silence(let span, let isAcknowledged):
            let taken = isAcknowledged == true ? ", though its TCP took it" : ""
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: stage, mechanism: .noReply, zones: [.destination, .path, .returnPath],
                confidence: .likely,
                summary: "The connection was opened, and \(what) was not answered for \(span.words)\(taken).",
                advice: advice,
                lookAlikes: [
                    LookAlike(
                        cause: "a box on the way that reads \(what) swallows it, or the answer",
                        whyNotExcluded: "whether the server saw it is not known from here",
                        experiment: "capture on the server", isOnTheWay: true)
                ])
        }
    }

    private static func phrase(_ frame: Int) -> String { frame > 0 ? " (frame \(frame))" : "" }
}
