import PacketWire

/// Answers come, and their frames are for another link address than this machine's: whoever sends them here has a wrong
/// or an old entry for this machine's address, or another machine has told it that the address is its own.
enum MisaddressedOnLink: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "SilentService",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let primary = observations.primary,
            let first = primary.misaddressed.first, !primary.isAnswerIgnored(observations.handshake)
        else { return nil }
        let count = primary.misaddressed.count
        // Its entry in this machine's own table says who sends to the wrong place.
        let sender = observations.facts.neighbor.flatMap { $0.linkAddress == first.linkSource ? $0.address : nil }
        let own = primary.local?.address.description ?? "this machine"
        // Whose link address it is not, a stranger's capture shows by the frames of the SYNs alone.
        let isOurs = !observations.facts.isOffline || observations.facts.isSavedProbe
        let whose = isOurs ? "this machine's link address" : "the link address that \(own) sends from"
        return Finding(
            "the answer comes for another link address", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.returnPath], confidence: count > 1 && isOurs ? .strong : .likely, actor: sender,
            summary:
                "The \(first.packetName) comes back (\(count) time\(count == 1 ? "" : "s") at the tap) in a frame for"
                + " \(first.linkDestination), which is not \(whose): it is not taken \(isOurs ? "for ours" : "there")."
                + " \(sender.map(\.description) ?? "\(first.linkSource)") sends what is for \(own) there.",
            advice: [
                "On \(sender.map(\.description) ?? "the machine with \(first.linkSource)"): look at its entry for \(own)"
                    + " (ip neigh show \(own), arp -n \(own)); an old or a permanent one has the wrong address.",
                "Look for another machine that takes \(own) for its own (arping -D \(own)): who has \(first.linkDestination)?",
            ])
    }
}

extension Observations {
    /// What came for somebody else on the link, a line each kind.
    var misaddressedEvidence: [Evidence] {
        guard let answers = primary?.misaddressed, let first = answers.first else { return [] }
        return [
            Evidence(
                .wire, "\(first.packetName) for another link address: \(first.linkDestination)",
                detail: "\(answers.count) time\(answers.count == 1 ? "" : "s"), from \(first.linkSource)",
                frames: answers.map(\.frame))
        ]
    }
}
