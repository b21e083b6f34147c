import Conversations
import PacketWire

/// In a capture from the host's side: an ICMP error quotes what the host sent. Its answer was turned back, by a router or
/// filter on the way back, or by its own machine, which has no way to the client; the client hears nothing.
enum AnswerTurnedBack: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "LocalIngressDrop", "ReturnPathLoss", "PathDrop", "TreatedOtherwise", "HostDrop", "SilentAtHost",
        "SilentService",
        "HandshakeUnfinished", "HandshakeUnheard", "RandomLoss", "UnacceptableAnswer",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, let primary = observations.primary,
            let packet = primary.packets.first(where: { $0.isAboutAnswer && $0.icmpError?.isFatalToAttempt == true }),
            // The client itself wants no answer any more: it has gone on, or given up.
            let error = packet.icmpError, packet.source != primary.local?.address,
            !primary.isServed
        else { return nil }
        let client = primary.local?.address.description ?? "the client"
        let isOwn = packet.source == observations.target
        let isFiltered = error.refusalMeaning == .filter
        let what = observations.transport == .tcp ? "SYN-ACK" : "answer"
        return Finding(
            "the answer is turned back", isFiltered ? .blocked : .unreachable, stage: .handshake,
            mechanism: error.turnBack, zones: zones(isOwn: isOwn, isFiltered: isFiltered),
            confidence: isOwn ? .likely : .strong, actor: packet.source,
            summary: (isOwn
                ? "The host has the question and no way for its \(what): its own kernel says \(error.phrase) of what goes"
                    + " to \(client)."
                : "\(packet.source) turns the host's \(what) back with \(error.phrase): it never gets to \(client).")
                + (isFiltered
                    ? ""
                    : " The way back is missing, or the question bears an address that is not its sender's (address"
                        + " translation, a wrong source address)."),
            advice: [
                isOwn
                    ? "On the host: the route to \(client) (ip route get \(client)) and its next hop (ip neigh)."
                    : "Ask whoever runs \(packet.source) for the \(isFiltered ? "rule on" : "route for") packets from"
                        + " \(observations.target.map(\.description) ?? "the host") to \(client)."
            ] + (isFiltered ? [] : ["Is \(client) the client's own address, as it is known where the host is?"]))
    }

    /// Who has no route may be right: then somebody on the way there, or the client itself, wrote a source address to which
    /// there is none.
    private static func zones(isOwn: Bool, isFiltered: Bool) -> [Zone] {
        if isOwn { return [.destination, .returnPath] }
        return isFiltered ? [.returnPath] : [.returnPath, .path, .localEgress]
    }
}

extension ICMPError {
    fileprivate var turnBack: Mechanism {
        switch refusalMeaning {
        case .filter, .other: .icmpReject
        case .noRoute: .noRoute
        case .hostUnreachable: .noNeighbor
        }
    }
}

extension Attempt {
    /// The client got an answer all the same: it completes the handshake, or asks no more.
    fileprivate var isServed: Bool {
        guard case .tcp = kind else {
            // One that was not turned back.
            let answers = packets.filter(\.isAnswer)
            return answers.count > packets.filter(\.isAboutAnswer).count
        }
        return handshake.acknowledgement != nil || handshake.acknowledgementOfUnseen != nil
    }
}
