import Conversations
import PacketWire

/// Somebody refused the attempt and it went on all the same: an ICMP error that finds the kernel busy with the socket
/// counts as a soft one (net/ipv4/tcp_ipv4.c, tcp_v4_err), and the host answered in time.
enum IgnoredRefusal: Cause {
    static let supersedes: Set<CauseID> = ["Open", "RandomLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.transport == .tcp, !observations.isLocalTarget,
            let (icmp, sender) = observations.survivedRefusal
        else { return nil }
        return Finding(
            "a refusal that did not hold", .degraded, stage: .handshake, mechanism: .icmpReject, zones: [.path],
            confidence: .strong, afterHop: observations.position(of: sender), actor: sender,
            summary:
                "\(sender) rejects the SYN with \(icmp.phrase) and the host answers it all the same. This time"
                + " the answer won; an attempt that hears the refusal first fails.",
            advice: [
                "Ask whoever runs \(sender) for the rule that rejects \(observations.name), and why the packets"
                    + " pass in spite of it: they may take more than one way."
            ])
    }
}

extension Observations {
    /// An ICMP error that should have ended the attempt and did not, as the wire or the socket's error queue has it.
    fileprivate var survivedRefusal: (ICMPError, sender: IPAddress)? {
        // What answers words behind the handshake, or is this machine's own, says nothing of the SYN.
        let seen = handshake.icmpErrors
            .filter { handshake.mayQuoteSYN($0) && !isOwn($0.source) }
            .compactMap { packet in packet.icmpError.map { ($0, packet.source) } }
        let told = (primary?.socket?.notices ?? []).map { ($0.error, $0.sender) }
        return (seen + told).first { error, _ in error.isFatalToAttempt && !error.isTimeExceeded }
    }
}

extension TCPHandshake {
    /// An ICMP error may be about a SYN of the initiator's: the flags say so or, where the quote ends before them, the
    /// number does (RFC 792 asks for eight bytes only).
    fileprivate func mayQuoteSYN(_ error: SeenPacket) -> Bool {
        guard !beganEarlier else { return false }
        guard let quote = error.quote else { return true }
        if let flags = quote.flags { return flags.contains(.syn) }
        guard let number = quote.sequenceNumber, !syns.isEmpty else { return true }
        return syns.contains { $0.tcp?.sequenceNumber == number }
    }
}
