import Conversations

/// Of an answer that was too long for one packet the first fragment came, and not all others: nobody is given anything of
/// it (RFC 791 section 3.2, RFC 8200 section 4.5). Filters that look at ports drop all but the first.
enum AnswerInPieces: Cause {
    /// The question arrived, and was answered.
    static let supersedes: Set<CauseID> = [
        PathDrop.id, TreatedOtherwise.id, HostDrop.id, SilentAtHost.id, SilentService.id, ReturnPathLoss.id,
        LocalEgressDrop.id,
        UnreportedNextHop.id, RandomLoss.id,
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let pieces = observations.primary?.piecesOfAnswers, !pieces.isEmpty
        else { return nil }
        let facts = observations.facts
        // Whoever asks again has not got it. Of one question nobody knows what the capture lacks.
        let isMissed = !facts.isOffline || observations.sentOnWire > 1 && !facts.capturedWithLoss
        let frames = pieces.count == 1 ? "frame \(pieces[0].frame)" : "first in frame \(pieces[0].frame)"
        return Finding(
            "later fragments of the answer get lost", isMissed ? .blocked : .undetermined, stage: .handshake,
            mechanism: .silentDrop,
            zones: [.returnPath, .localIngress],
            confidence: isMissed ? .likely : .weak,
            summary: "The answer is longer than one packet, and of its fragments not all came: the beginning did"
                + " (\(frames)\(pieces.count > 1 ? ", \(pieces.count) times" : "")), and without the others nobody gets it.",
            advice: [
                "Let fragments pass on the way back: a filter that looks at ports lets the first one pass and drops the others.",
                "Ask for less, or over TCP: what fits one packet needs no fragments (DNS: an EDNS size of 1,232 bytes).",
            ],
            whyNotExcluded: "the beginning of an answer came", experiment: "ask for something short")
    }
}

/// Only in a file.
enum CaptureLacksFragments: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, case .silence = observations.symptom,
            observations.primary?.piecesOfAnswers.isEmpty == false
        else { return nil }
        return Finding(
            "the capture lacks fragments that came", .undetermined, confidence: .weak, summary: "",
            whyNotExcluded: observations.sentOnWire > 1
                ? "whoever asks again may do so for another reason"
                : "a capture filter that names a port leaves out all fragments but the first",
            experiment: "capture once more, with a filter on hosts alone", isOnlyLookAlike: true)
    }
}

extension Attempt {
    /// First fragments of answers of which not all fragments were seen together.
    fileprivate var piecesOfAnswers: [SeenPacket] {
        packets.filter { $0.isPartial && !$0.fromInitiator && $0.icmpError == nil }
    }
}
