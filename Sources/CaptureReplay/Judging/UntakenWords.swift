import Conversations
import Diagnosis
import PacketWire

/// What one end of an open connection says comes by with a wrong checksum, again and again, and the other never takes it: a
/// capture only shows wrongly what is acknowledged all the same.
struct UntakenWords {
    let byInitiator: Bool
    let words: DamagedWords.Side

    private static let fewest = 2

    init?(_ table: ConversationTable, at position: Int) {
        guard let damaged = table.damagedWords(at: position), let analysis = table.analysis(at: position) else {
            return nil
        }
        for byInitiator in [false, true] {
            let words = byInitiator ? damaged.ofInitiator : damaged.ofResponder
            guard words.count >= Self.fewest, let number = words.sequenceNumber else { continue }
            let taker = analysis[fromInitiator: !byInitiator]
            let taken = taker.acknowledged &- number
            guard taker.acknowledged != 0, taken == 0 || taken > 1 << 31 else { continue }
            (self.byInitiator, self.words) = (byInitiator, words)
            return
        }
        return nil
    }
}

extension TargetDiagnosis {
    func with(_ untaken: UntakenWords?) -> TargetDiagnosis {
        guard let untaken, verdict == .open || verdict == .degraded || stage == .transfer || stage == .application
        else { return self }
        var diagnosis = self
        let (words, speaker) = (untaken.words, untaken.byInitiator ? "client" : "server")
        diagnosis.evidence.append(
            Evidence(
                .wire, "what the \(speaker) says comes by \(words.count) times with a wrong checksum",
                detail: "and the other end never acknowledges it", frames: words.frames))
        let at: Stage = stage == .application ? .application : stage == .tls ? .tls : .transfer
        diagnosis.tell(
            ApplicationFinding.Problem(
                verdict: .interfered, stage: at, mechanism: .alteredInTransit,
                // Whoever made it wrong stands between its sender and the tap, or is the sender's own network card.
                zones: untaken.byInitiator ? [.path, .localEgress] : [.returnPath, .path, .destination],
                confidence: .likely,
                summary:
                    "The connection was opened, and what the \(speaker) said next came by \(words.count) times with a wrong"
                    + " checksum: the other end is right not to take it.",
                advice: [
                    "Compare with a capture at the \(untaken.byInitiator ? "client" : "host"): what leaves it whole is damaged on the way (tunnels, offloading, a box that rewrites)."
                ]))
        return diagnosis
    }
}
