import Conversations
import Diagnosis
import PacketWire

/// What a client says on a connection that was there before the capture, and that the far end knows nothing of: it answers by a
/// reset, as a host does that was started anew, and one to which a translator or balancer leads what belongs to another.
struct UnknownWords {
    let bytes: UInt32
    let frames: [Int]

    init?(_ table: ConversationTable, at position: Int, isWhole: Bool) {
        guard isWhole, let analysis = table.analysis(at: position), let bytes = analysis.unknownBytes,
            bytes > UnmetWords.longestGoodbye, let reset = analysis.close?.resetFrame
        else { return nil }
        self.bytes = bytes
        let said = table.conversation(at: position).packets.first { $0.fromInitiator && $0.payloadLength > 0 }
        frames = [said?.frame ?? 0, Int(reset)].filter { $0 > 0 }
    }
}

extension TargetDiagnosis {
    func with(_ unknown: UnknownWords?) -> TargetDiagnosis {
        guard let unknown, verdict == .open else { return self }
        var diagnosis = self
        diagnosis.evidence.append(
            Evidence(
                .wire, "\(unknown.bytes) bytes of the client's are answered by a reset, and nothing else comes back",
                detail: "its opening was before the capture", frames: unknown.frames))
        diagnosis.tell(
            ApplicationFinding.Problem(
                verdict: .interfered, stage: .transfer, mechanism: .tcpReset, zones: [.destination, .path],
                confidence: .likely,
                summary:
                    "The connection was there before the capture, and what the client says on it (\(unknown.bytes) bytes) is"
                    + " answered by a reset: whoever answers does not know it, or not any more.",
                advice: [
                    "Was the server, or its process, started anew, or did a standby take over? Does a translator or balancer on the"
                        + " way forget quiet connections, and lead them elsewhere? Let the client say something more often"
                        + " (TCP_KEEPIDLE)."
                ],
                lookAlikes: [
                    LookAlike(
                        cause: "the server had closed it before the capture",
                        whyNotExcluded: "an end that was before the capture is not in it",
                        experiment: "capture from the connection's opening on")
                ]))
        return diagnosis
    }
}
