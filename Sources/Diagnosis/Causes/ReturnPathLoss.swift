/// The packet arrives, the answer is sent, and it is lost on the way back.
enum ReturnPathLoss: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isStoppedShortOfHost,
            !observations.isLocalTarget
        else { return nil }
        return Finding(
            "the answer is lost on the way back", .blocked, stage: .handshake, mechanism: .silentDrop,
            // Below the tap nobody looks: without a capture that includes this machine.
            zones: [.returnPath] + (observations.hasWire ? [] : [.localIngress]), confidence: .weak,
            summary: "",
            whyNotExcluded: "seen from one side, an answer that is lost looks like an answer that was never sent",
            experiment: "run a capture on the host: does it send an answer?",
            isOnlyLookAlike: true)
    }
}
