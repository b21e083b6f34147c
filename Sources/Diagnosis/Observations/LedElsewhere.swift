/// A rule of this machine leads the connection to another destination: how it ends is that one's doing, or this machine's.
extension Observations {
    /// - Parameter end: `a reset comes from there`.
    func ledElsewhere(_ verdict: Verdict, _ mechanism: Mechanism, _ end: String) -> Finding {
        Finding(
            "a rule of this machine leads it elsewhere", verdict, stage: .handshake, mechanism: mechanism,
            // Where to, and over which way, the packets of that other flow would tell.
            zones: [.localEgress, .path, .returnPath, .destination], confidence: .likely,
            summary:
                "A nat rule of this machine writes another destination over the \(packetName), or may: no \(packetName) to"
                + " \(name) left, so that it is another that was asked, and \(end).",
            advice: [
                "Look at the nat rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT), and probe what they lead to."
            ],
            whyNotExcluded: "which packets left under the other address is not known",
            experiment: "take the rule out, or probe its destination itself")
    }
}
