import Conversations
import PacketWire

/// The answer bears another address or port than was asked: an address translation that works one way only (hairpin
/// NAT, direct server return), or a host with several addresses whose service listens on all of them and does not look
/// which one was asked. The socket takes it for a stranger's; a SYN-ACK is reset, as RFC 9293 section 3.10.7.1 has it.
enum AnswerFromElsewhere: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "UnacceptableAnswer", "SilentService",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom else { return nil }
        let strangers = observations.handshake.strangers
        guard let answer = strangers.first(where: { !$0.fromInitiator }), let header = answer.tcp else {
            return datagram(observations)
        }
        // Elsewhere than at the client, somebody behind the tap may give the answer the address that was asked.
        let isHere = observations.primary?.socket != nil || observations.facts.isSavedProbe
        let isReset = isHere || strangers.contains(where: \.fromInitiator)
        return finding(
            observations, from: answer.source, isReset ? .strong : .likely,
            "\(Endpoint(answer.source, header.sourcePort)) answers the SYN for \(observations.name): its SYN-ACK"
                + " acknowledges exactly this SYN and bears another \(answer.source == observations.target ? "port" : "address"),"
                + " so \(observations.clientPhrase) takes it for a"
                + " stranger's" + (isReset ? " and resets it." : "."))
    }

    /// A second socket on the question's port has heard it, which knows what it says; or only the wire witness has.
    private static func datagram(_ observations: Observations) -> Finding? {
        guard observations.transport == .udp, let primary = observations.primary else { return nil }
        let heard = primary.socket?.answerFromElsewhere
        let seen = primary.packets.first { $0.isFromStranger && !$0.fromInitiator && !$0.isDamaged }
        guard let sender = heard?.sender ?? seen?.source else { return nil }
        let isCertain = heard?.isCertain ?? false
        let what = observations.facts.service.map { "\($0.title) answer" } ?? "datagram"
        return finding(
            observations, from: sender, isCertain ? .strong : .likely,
            (sender == observations.target ? "Another port of \(sender)" : "\(sender)")
                + " answers what \(observations.name) was asked"
                + (isCertain ? ": its \(what) brings back the number of the question." : ".")
                + " A program that asked \(observations.name) does not take that for an answer.")
    }

    /// Hosts do it more often than what stands before them; a handshake is mostly translated.
    private static func zones(_ observations: Observations) -> [Zone] {
        if observations.facts.isCapturedAtTarget { return [.destination] }
        return observations.transport == .udp
            ? [.destination, .path, .returnPath] : [.path, .returnPath, .destination]
    }

    private static func finding(
        _ observations: Observations, from sender: IPAddress, _ confidence: Confidence, _ summary: String
    ) -> Finding {
        Finding(
            "the answer bears another address", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: zones(observations),
            confidence: confidence, actor: sender, summary: summary,
            advice: [
                "Ask whoever translates addresses before \(observations.target.map(\.description) ?? "the host") whether the"
                    + " answers pass the same box on their way back (hairpin NAT, direct server return).",
                sender == observations.target
                    ? "On the host: does the service answer from the port that it was asked on?"
                    : "On the host: from which address does the service answer, and is it bound to the one that is asked?",
            ])
    }
}
