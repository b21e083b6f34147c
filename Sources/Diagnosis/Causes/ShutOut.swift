import Conversations
import PacketWire

/// What got through at the beginning does not at the end: something has taken the probing for an attack, or an outage
/// has begun meanwhile.
enum ShutOut: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard let isFound = observations.isControlLost else { return nil }
        guard isFound else { return .untested("probing got this machine shut out") }
        guard let control = observations.passingControl else { return nil }
        return Finding(
            "probing got this machine shut out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.zonesOfLostControl, confidence: .likely, afterHop: observations.path.lastAnswering,
            summary: "\(control.kind.name) of the same host answered at the beginning and no longer does: something"
                + " has taken these packets for an attack and shuts this machine out, or an outage has begun meanwhile."
                + " What came before that says little about \(observations.name).",
            advice: [
                "Wait some minutes before trying again, with one target at a time; ask whoever runs the firewall"
                    + " or the intrusion prevention for blocks of this machine's address, and to let it through."
            ],
            whyNotExcluded: "a control that passed fails at the end",
            experiment: "wait, and try the control first")
    }
}

/// The look-alike of being shut out: a link, a router or the host failed while the target was probed.
enum OutageBegun: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard observations.isControlLost == true else { return nil }
        return Finding(
            "an outage began meanwhile", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.zonesOfLostControl, confidence: .weak, summary: "",
            whyNotExcluded: "a link, a router or a host that fails silences the control just as well",
            experiment: "try the control from another machine, or another host behind the same routers",
            isOnlyLookAlike: true)
    }
}

extension Observations {
    /// Whether the control that answered first no longer does; nil where that is no question, or it does.
    fileprivate var isControlLost: Bool? {
        guard transport == .tcp, case .silence = symptom, isLostOutside, let control = passingControl,
            case .tcp = control.kind, !isLocalTarget
        else { return nil }
        let again = attempts(of: .controlRerun)
        guard let last = again.last else { return false }
        // Where controls needed more than one packet before, chance may have taken this one's.
        if controls.contains(where: { $0.isPassing && $0.kind.transport == .tcp && $0.triesBeforeAnswer > 1 }) {
            return nil
        }
        return !again.contains(where: \.isPassing) && last.tries > 1 ? true : nil
    }

    /// The way back may have failed as well as the way there.
    fileprivate var zonesOfLostControl: [Zone] {
        [.path, .destination, .returnPath] + (hasWire ? [] : [.localIngress])
    }
}
