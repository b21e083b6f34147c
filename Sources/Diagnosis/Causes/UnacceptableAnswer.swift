import Conversations
import PacketWire

/// Answers arrive, and no stack can take them: a wrong checksum, or an acknowledgement of something that was never
/// sent (RFC 9293 section 3.10.7.3). Nobody's filter drops them; something rewrites, forges or remembers wrongly.
enum UnacceptableAnswer: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom else { return nil }
        if let drop = observations.decisiveDrop {
            return drop.isUnacceptable
                ? finding(observations, drop.refusalPhrase, isDamaged: drop.kind == .damaged) : nil
        }
        if observations.transport == .udp { return damagedDatagrams(observations) }
        let handshake = observations.handshake
        guard observations.transport == .tcp, handshake.synAcks.isEmpty, handshake.refusals.isEmpty else { return nil }
        let damaged = handshake.damagedAnswers.count
        let strays = handshake.strayAnswers.count + handshake.strayResets.count + handshake.challenges.count
        guard damaged + strays > 0 else { return nil }
        let what =
            damaged > 0
            ? "\(damaged) with a wrong checksum"
            : "\(strays) that acknowledge\(strays == 1 ? "s" : "") another sequence number than the SYN's"
        return finding(observations, what, isDamaged: damaged > 0)
    }

    /// Of datagrams nobody else tells: no program gets one whose checksum is wrong (RFC 1122 section 4.1.3.4).
    private static func damagedDatagrams(_ observations: Observations) -> Finding? {
        let damaged = observations.primary?.packets.count { !$0.fromInitiator && $0.isDamaged } ?? 0
        return damaged > 0 ? finding(observations, "\(damaged) with a wrong checksum", isDamaged: true) : nil
    }

    private static func finding(_ observations: Observations, _ what: String, isDamaged: Bool) -> Finding {
        Finding(
            "answers that no stack accepts", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: [.returnPath, .path, .destination], confidence: .likely,
            afterHop: observations.path.lastAnswering,
            summary: "Answers arrive and \(observations.clientPhrase) is right to ignore them: \(what).",
            advice: [
                isDamaged
                    ? "Compare with a capture at the host: what leaves it whole is damaged on the way (tunnels, offloading, a box that rewrites)."
                    : "Something on the way, or the host, remembers an older connection with the same ports, or forges answers: try again from another source port."
            ],
            whyNotExcluded: "the answers that did arrive cannot be those that a filter dropped",
            experiment: "try again from another source port, and capture at the host")
    }
}

extension KernelDrop {
    /// The stack itself will not have it: no filter's doing.
    var isUnacceptable: Bool { !isOutgoing && (kind == .damaged || kind == .unacceptable) }

    /// Why the kernel would not take it, in its own word.
    fileprivate var refusalPhrase: String {
        let signature = ["TCP_MD5", "TCP_AO"].contains { reason.hasPrefix($0) }
        return "the kernel drops them as \(phrase)"
            + (signature ? " (signed segments: RFC 2385, RFC 5925; both ends need the key)" : "")
    }
}
