import FilterRules
import PacketWire

/// A rule of this machine gives the packets another source on their way out. Whatever is said of them then, by the host or by
/// a router, goes to that source: where it is nobody's, or no way back leads to it, all of it is lost. And where it is an address
/// of this machine, a capture does not know it for an answer: how far the packets get is not seen.
enum OwnTranslation: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "UnreportedNextHop", "HostDrop", "ReturnPathLoss", "LocalEgressDrop",
        "LocalIngressDrop", "NeverSent",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, let rule = observations.facts.kernel.sourceTranslator,
            // The tap knows what leaves under its own name.
            observations.facts.witnesses.contains(.wire), observations.sentOnWire == 0,
            observations.outgoingDrops.isEmpty, !observations.isNextHopUnresolved, !observations.isLocalTarget,
            observations.localRule(isOutgoing: true) == nil,
            // The kernel leads back to the socket what it knows for its own.
            observations.path.lastAnswering == nil, observations.passingControl != nil
        else { return nil }
        let text = rule.text.escapedForDisplay
        return Finding(
            "a rule here gives it another source", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.localEgress, .returnPath, .path, .destination], confidence: .likely,
            summary: "No \(observations.packetName) left this machine under its own address: \(rule.place)"
                + " \(rule.ground == .matched ? "gives" : "may give") it another source (\(text)). What answers it goes"
                + " to that, and nothing that comes is known for its answer; \(observations.controlPhrase ?? "a control")"
                + " gets through.",
            advice: [
                "Change or go around \(rule.place): \(text). Is the source that it writes an address of this machine (ip address"
                    + " show), and does a way back lead to it?",
                "A capture without a filter on the host's address shows under which source the packets leave, and what comes for it.",
            ],
            whyNotExcluded: "a rule of this machine translates the source",
            experiment: "take the rule away for a moment, or probe a port that it does not look at")
    }
}
