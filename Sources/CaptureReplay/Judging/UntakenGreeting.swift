import Conversations
import Diagnosis
import PacketWire

/// What a server said unasked to a saved probe: it passed the tap again and again, and the probe's machine never
/// acknowledged it.
struct UntakenGreeting {
    private let repeats: Int

    /// Nil where the probe spoke first, or what was said was taken.
    init?(_ analysis: TCPAnalysis?, _ facts: Facts) {
        guard facts.isSavedProbe, let analysis, analysis.initiator.payloadBytes == 0, analysis.hasUnheardBytes,
            analysis.responder.retransmissions > 1
        else { return nil }
        repeats = Int(analysis.responder.retransmissions)
    }

    var finding: ApplicationFinding {
        var finding = ApplicationFinding()
        finding.problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .silentDrop, zones: [.localIngress],
            confidence: .strong,
            summary:
                "The connection was opened, and what the server says first arrives here, is sent again \(repeats) times,"
                + " and this machine never acknowledges it: something here drops it on the way in.",
            advice: ["Look at the INPUT and PREROUTING rules of this machine that read payload, or its length."])
        return finding
    }
}
