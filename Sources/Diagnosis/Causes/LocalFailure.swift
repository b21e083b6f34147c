/// Any other local error: nothing was tried, so nothing is known about the target.
enum LocalFailure: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, _) = observations.symptom,
            observations.primary?.socket?.isErrorBehindHandshake != true
        else { return nil }
        return Finding(
            "it could not be tried", .failed, stage: .route, zones: [.localEgress], confidence: .likely,
            summary: "It could not be tried: \(error.meaning) (\(error)).",
            advice: [Self.advice(error)])
    }

    private static func advice(_ error: SocketError) -> String {
        switch error.name {
        case "EADDRNOTAVAIL":
            "Check the source address, and whether free local ports are left for this destination (ss -s)."
        case "EMFILE": "Raise the limit of open descriptors (ulimit -n), or probe fewer targets at once."
        case "ENETDOWN": "Bring the interface up (ip link)."
        default: "Look up \(error.name) for this system call; the target itself is not known to be at fault."
        }
    }
}
