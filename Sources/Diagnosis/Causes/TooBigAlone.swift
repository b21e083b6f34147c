import Conversations
import PacketWire

/// In a file: a router says that a packet is too big for its next link (RFC 1191, RFC 8201), and neither that packet nor what
/// its sender did next is there. The sender may well have sent smaller ones.
enum TooBigAlone: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, let packets = observations.primary?.packets, let first = packets.first,
            case .icmpError(let error, let mtu, _) = first.kind,
            packets.allSatisfy({ $0.icmpError?.meaning == .packetTooBig })
        else { return nil }
        let limit = mtu.map { " (\($0) bytes)" } ?? ""
        return Finding(
            "a packet was too big, and its sender is not heard", .undetermined, stage: .transfer, zones: [.path],
            confidence: .weak, actor: first.source,
            summary: "\(first.source) says that a packet to \(observations.name) is too big for its next link\(limit):"
                + " \(error.phrase). The packet itself is not in the capture, nor is what its sender did next.",
            advice: [
                "Capture at the sender: does it send smaller packets then? Where this error does not reach it, large ones vanish"
                    + " without a word (RFC 2923 section 2.1)."
            ])
    }
}
