/// A saved probe names the target, and the capture holds no packet of it: it was stopped before the wire, or left under
/// another address or port. Which of the causes inside this machine it was, only the other witnesses knew.
enum NeverSent: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.facts.isOffline, observations.primary == nil, !observations.isNextHopUnresolved else {
            return nil
        }
        return Finding(
            "nothing of it is in the file", .undetermined, stage: nil, mechanism: nil, zones: [.localEgress],
            confidence: .weak,
            summary:
                "The capture names \(observations.name) and holds no packet of it: a local rule, a route or a failed"
                + " name stopped it before the wire, or a rule of this machine sent it under another address or port; a file"
                + " cannot tell which.",
            advice: ["Read the report of the probe that wrote this capture, or probe again."])
    }
}
