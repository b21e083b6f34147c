import Conversations
import Diagnosis
import PacketWire

/// What a saved probe said behind the handshake and nobody knows the meaning of: `--payload`.
struct CapturedWords {
    let finding: ApplicationFinding

    /// The kernel's own patience with words that no TCP takes is longer; a probe's is not.
    private static let patience = TimeSpan.seconds(5)

    /// Nil where nothing was said.
    init?(_ conversation: Conversation, _ facts: Facts) {
        guard facts.isSavedProbe, let analysis = conversation.analysis,
            let count = analysis.streamLength(fromInitiator: true),
            let said = conversation.packets.first(where: { $0.fromInitiator && $0.payloadLength > 0 })
        else { return nil }
        var words = WordsFact(count: Int(count), sentAt: said.at)
        let answer = conversation.packets.first { !$0.fromInitiator && $0.at >= said.at && $0.payloadLength > 0 }
        words.answeredAt = answer?.at
        words.received = answer?.payloadLength ?? 0
        let end =
            answer == nil ? Aftermath(conversation, facts).end(after: said.at, patience: Self.patience) : nil
        finding = words.finding(end, .wire, facts)
    }
}
