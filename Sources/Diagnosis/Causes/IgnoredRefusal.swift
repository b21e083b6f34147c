import Conversations
import PacketWire

/// Somebody refused the attempt and it went on all the same: an ICMP error that finds the kernel busy with the socket
/// counts as a soft one (net/ipv4/tcp_ipv4.c, tcp_v4_err), and the host answered in time.
enum IgnoredRefusal: Cause {
    static let supersedes: Set<CauseID> = ["Open", "RandomLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.transport == .tcp, !observations.isLocalTarget,
            let error = observations.handshake.icmpErrors.first(where: { error in
                guard let icmp = error.icmpError else { return false }
                return icmp.isFatalToAttempt && !icmp.isTimeExceeded
            }), let icmp = error.icmpError
        else { return nil }
        return Finding(
            "a refusal that did not hold", .degraded, stage: .handshake, mechanism: .icmpReject, zones: [.path],
            confidence: .strong, afterHop: observations.position(of: error.source), actor: error.source,
            summary:
                "\(error.source) rejects the SYN with \(icmp.phrase) and the host answers it all the same. This time"
                + " the answer won; an attempt that hears the refusal first fails.",
            advice: [
                "Ask whoever runs \(error.source) for the rule that rejects \(observations.name), and why the packets"
                    + " pass in spite of it: they may take more than one way."
            ])
    }
}
