import Conversations
import Diagnosis
import PacketWire

/// What the client said after a pause met the end: the server, or a balancer before it, had closed the quiet connection, or did
/// so at that moment, and answers by a reset. Whoever keeps connections for later loses a request now and then by it.
struct UnmetWords {
    let bytes: UInt32
    /// How long the server had not said anything by then.
    let quiet: TimeSpan
    /// The end, what the client said, and the reset.
    let frames: [Int]

    /// Sooner, the client goes on with what it had begun, though the server has answered and wants no more of it.
    private static let shortest = TimeSpan.seconds(1)
    /// Some protocols say goodbye with less, to which nobody owes an answer.
    static let longestGoodbye = 64

    init?(_ table: ConversationTable, at position: Int, isWhole: Bool) {
        guard isWhole, let analysis = table.analysis(at: position), let met = analysis.bytesBehindEnd,
            let close = analysis.close, let reset = close.resetFrame
        else { return nil }
        let isRequest = if case .http? = table.application(at: position) { true } else { false }
        guard isRequest || met > Self.longestGoodbye else { return nil }
        let packets = table.conversation(at: position).packets
        let end = analysis.initiator.nextSequenceNumber
        guard
            let said = packets.first(where: { packet in
                guard packet.fromInitiator, packet.payloadLength > 0, let header = packet.tcp else { return false }
                return end &- header.sequenceNumber <= met
            }),
            let answer = packets.last(where: { !$0.fromInitiator && $0.payloadLength > 0 }),
            said.at - answer.at >= Self.shortest
        else { return nil }
        (bytes, quiet) = (met, said.at - answer.at)
        frames = [Int(close.frame), said.frame, Int(reset)].sorted()
    }
}

extension TargetDiagnosis {
    func with(_ unmet: UnmetWords?) -> TargetDiagnosis {
        guard let unmet, verdict == .open else { return self }
        var diagnosis = self
        diagnosis.evidence.append(
            Evidence(
                .wire, "\(unmet.bytes) bytes of the client's met the server's end", detail: "and a reset answers them",
                frames: unmet.frames))
        diagnosis.tell(
            ApplicationFinding.Problem(
                verdict: .interfered, stage: .idle, mechanism: .closedByPeer, zones: [.destination, .path],
                confidence: .likely,
                summary:
                    "The connection was opened and used, and what the client said after \(unmet.quiet.words) of silence"
                    + " (\(unmet.bytes) bytes) met its end: the server had closed it, or did so at that moment, and answers by a reset.",
                advice: [
                    "Let the client, or the proxy that keeps connections to this server, give up quiet ones sooner than the server does (its keep-alive timeout), and repeat what may be repeated."
                ],
                lookAlikes: [
                    LookAlike(
                        cause: "a box on the way ended it in the server's name",
                        whyNotExcluded: "a FIN says nothing of who sent it",
                        experiment: "capture on the server: did it send the FIN?",
                        isOnTheWay: true)
                ]))
        return diagnosis
    }
}
