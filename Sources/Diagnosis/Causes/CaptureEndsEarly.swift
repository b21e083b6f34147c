/// The file ends before an answer was due: one packet went out, and nobody waited for what it would bring.
enum CaptureEndsEarly: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isAnswerDue,
            !observations.facts.isToGroup
        else { return nil }
        return Finding(
            "the capture ends too early", .undetermined, stage: .handshake, mechanism: .noReply, zones: [],
            confidence: .weak,
            summary: "The capture ends before an answer to the \(observations.packetName) was due: it may have come.",
            advice: ["Capture for some seconds longer than the attempt takes."])
    }
}
