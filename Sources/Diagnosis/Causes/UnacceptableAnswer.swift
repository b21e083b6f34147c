import Conversations
import PacketWire

/// Answers arrive, and no stack can take them: a wrong checksum, or an acknowledgement of something that was never
/// sent (RFC 9293 section 3.10.7.3). Nobody's filter drops them; something rewrites, forges or remembers wrongly.
enum UnacceptableAnswer: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.transport == .tcp else { return nil }
        let handshake = observations.handshake
        guard handshake.synAcks.isEmpty, handshake.refusals.isEmpty else { return nil }
        let damaged = handshake.damagedAnswers.count
        let strays = handshake.strayAnswers.count + handshake.strayResets.count
        guard damaged + strays > 0 else { return nil }
        let what =
            damaged > 0
            ? "\(damaged) with a wrong checksum"
            : "\(strays) that acknowledge\(strays == 1 ? "s" : "") another sequence number than the SYN's"
        return Finding(
            "answers that no stack accepts", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: [.returnPath, .path, .destination], confidence: .likely,
            afterHop: observations.path.lastAnswering,
            summary: "Answers arrive and this machine is right to ignore them: \(what).",
            advice: [
                damaged > 0
                    ? "Compare with a capture at the host: what leaves it whole is damaged on the way (tunnels, offloading, a box that rewrites)."
                    : "Something on the way, or the host, remembers an older connection with the same ports, or forges answers: try again from another source port."
            ],
            whyNotExcluded: "the answers that did arrive cannot be those that a filter dropped",
            experiment: "try again from another source port, and capture at the host")
    }
}
