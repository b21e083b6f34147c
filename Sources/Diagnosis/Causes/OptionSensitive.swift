import Conversations
import PacketWire

/// The SYN passes when one thing in it is left out: something on the way, or the host, cannot stand it.
enum OptionSensitive: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, case .silence = observations.symptom, !observations.isLocalTarget else {
            return nil
        }
        let variants = observations.facts.attempts.compactMap { attempt -> (SYNVariant, Bool)? in
            guard case .experiment(.variant(let variant)) = attempt.purpose else { return nil }
            return (variant, attempt.isPassing)
        }
        guard !variants.isEmpty else {
            return observations.isLostOutside ? .untested("something in the SYN is not let through") : nil
        }
        let passing = variants.filter(\.1).map(\.0)
        // What passes unchanged shows that the option is not the reason.
        guard observations.isLostOutside, let first = passing.first, !passing.contains(.unchanged) else { return nil }
        let names = passing.map(\.rawValue).joined(separator: ", ")
        return Finding(
            "something in the SYN is not let through", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.isStoppedShortOfHost ? [.path] : [.path, .destination], confidence: .strong,
            afterHop: observations.silenceBounds.after, beforeHop: observations.silenceBounds.before,
            summary:
                "The SYN as this machine sends it gets no answer, and the same one \(names) does: something on the way"
                + " drops it for what it carries.",
            advice: [Self.advice(first, observations)],
            whyNotExcluded: "the SYN passes \(names)",
            experiment: "repeat with and without")
    }

    private static func advice(_ variant: SYNVariant, _ observations: Observations) -> String {
        let whom = "Ask whoever runs the boxes on the way to \(observations.name) which of them drops SYNs"
        switch variant {
        case .withoutECN:
            return "\(whom) that ask for ECN; until then this machine can leave it out (sysctl net.ipv4.tcp_ecn=2)."
        case .withoutTimestamps:
            return
                "\(whom) with timestamps; until then this machine can leave them out (sysctl"
                + " net.ipv4.tcp_timestamps=0)."
        case .withoutWindowScale:
            return "\(whom) with window scaling (sysctl net.ipv4.tcp_window_scaling)."
        case .withoutSelectiveAcknowledgement:
            return "\(whom) with SACK-permitted (sysctl net.ipv4.tcp_sack)."
        case .withMaximumSegmentSizeOnly, .unchanged:
            return "\(whom) for their options."
        }
    }
}
