import Conversations
import PacketWire

/// In a file from the host's side: the client's reset says that it knows of no such connection, and a second later its SYN
/// comes again, with the same number: whoever asks is still waiting, and did not recognise the answer, or it was not he
/// who sent the reset. An address translation brings the question here and does not bring the answer back under the
/// address that was asked (hairpin NAT, direct server return); or a filter nearer to the client rejects the answer in the
/// client's name.
enum AnswerDisowned: Cause {
    static let supersedes: Set<CauseID> = ["Open", "HandshakeUnfinished", "DuplicateAddress", "RandomLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.facts.isOffline, observations.transport == .tcp,
            let primary = observations.primary, primary.socket == nil, !observations.facts.isSavedProbe,
            observations.handshake.isAnswerReset
        else { return nil }
        let times = primary.packets.asksAfterResets
        guard times > 0 else { return nil }
        return Finding(
            "the client disowns the answer and asks again", .blocked, stage: .handshake, mechanism: .tcpReset,
            zones: [.path, .returnPath, .localIngress], confidence: times > 1 ? .likely : .weak,
            summary:
                "The SYN-ACK of \(observations.name) is reset from the client's address, and the same SYN comes again"
                + " afterwards, \(times) time\(times == 1 ? "" : "s"): the client still waits for an answer and does not know"
                + " this one (somebody translates its question and not the answer: hairpin NAT, direct server return), or a"
                + " filter on its side rejects the answer in its name.",
            advice: [
                "Capture at the client: which address does it ask, and does a SYN-ACK from another one arrive?",
                "Ask whoever translates addresses whether the answers pass the same box on their way back; where nobody"
                    + " does, look at the client's own filter for a rule that rejects with a reset.",
            ])
    }
}

extension [SeenPacket] {
    /// How often the initiator's SYN came again when a SYN-ACK had been reset in its name for half a second: scanners that
    /// repeat their SYNs at once have another reason.
    fileprivate var asksAfterResets: Int {
        var times = 0
        var number: UInt32?
        var reset: Instant?
        for packet in self where packet.fromInitiator && !packet.isFromStranger {
            guard let header = packet.tcp else { continue }
            if header.flags.contains(.rst) {
                reset = packet.at
            } else if header.flags.intersection([.syn, .ack]) == .syn {
                if let at = reset, header.sequenceNumber == number, packet.at - at >= .milliseconds(500) { times += 1 }
                number = header.sequenceNumber
                reset = nil
            }
        }
        return times
    }
}
