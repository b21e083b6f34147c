import Conversations
import PacketWire

/// What got through at the beginning does not at the end: something has taken the probing for an attack.
enum ShutOut: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, case .silence = observations.symptom, observations.isLostOutside,
            let control = observations.passingControl, case .tcp = control.kind, !observations.isLocalTarget
        else { return nil }
        let again = observations.attempts(of: .controlRerun)
        guard let last = again.last else { return .untested("probing got this machine shut out") }
        guard !again.contains(where: \.isPassing), last.tries > 1 else { return nil }
        return Finding(
            "probing got this machine shut out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination], confidence: .likely, afterHop: observations.path.lastAnswering,
            summary: "\(control.kind.name) of the same host answered at the beginning and no longer does: something"
                + " has taken these packets for an attack and shuts this machine out. What came before that says"
                + " little about \(observations.name).",
            advice: [
                "Wait some minutes before trying again, with one target at a time; ask whoever runs the firewall"
                    + " or the intrusion prevention for blocks of this machine's address, and to let it through."
            ],
            whyNotExcluded: "a control that passed fails at the end",
            experiment: "wait, and try the control first")
    }
}
