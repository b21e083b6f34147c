import PacketWire

/// A datagram was too long for one packet, and not all of its fragments came where they are put together: RFC 792 and
/// RFC 4443 section 3.3, code 1. Nobody refuses anything; whoever says so has waited in vain.
enum FragmentsMissing: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .refused(let refusal) = observations.symptom, refusal.error.isOfMissingFragments else { return nil }
        return Finding(
            "fragments get lost", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.hasWire && !observations.facts.isOffline ? [.path] : [.path, .localEgress],
            confidence: .likely,
            summary: "\(refusal.sender) waited in vain for the other fragments of the \(observations.packetName)"
                + " (\(refusal.error.phrase)): some are lost on the way there, or something drops them.",
            advice: [
                "Let fragments pass before \(refusal.sender): filters that look at ports drop all but the first.",
                "Send smaller datagrams: what fits one packet needs no fragments.",
            ])
    }
}

extension ICMPError {
    /// It says that fragments did not come, and refuses nothing.
    var isOfMissingFragments: Bool { meaning == .reassemblyTimeExceeded }
}
