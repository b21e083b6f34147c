import Conversations
import PacketWire

/// What got through at the beginning does not at the end: something has taken the probing for an attack, or an outage
/// has begun meanwhile.
enum ShutOut: Cause {
    static let supersedes: Set<CauseID> = ["PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard let loss = observations.controlLoss else { return nil }
        guard loss != .untried else { return .untested("probing got this machine shut out") }
        guard let control = observations.controlOnceMore ?? observations.passingControl else { return nil }
        var how = "no longer does"
        var actor: IPAddress?
        if case .refused(let refusal) = loss {
            how = "is refused at the end: \(refusal.error.phrase) from \(refusal.sender)"
            actor = refusal.sender
        } else if loss == .reset {
            how = "is reset at the end"
        }
        return Finding(
            "probing got this machine shut out", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.zonesOfLostControl, confidence: .likely, afterHop: observations.path.lastAnswering,
            actor: actor,
            summary: "\(control.kind.name) of the same host answered at the beginning and \(how): something"
                + " has taken these packets for an attack and shuts this machine out"
                + (loss.mayBeOutage ? ", or an outage has begun meanwhile." : ".")
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
        guard observations.controlLoss?.mayBeOutage == true else { return nil }
        return Finding(
            "an outage began meanwhile", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: observations.zonesOfLostControl, confidence: .weak, summary: "",
            whyNotExcluded: "a link, a router or a host that fails silences the control just as well",
            experiment: "try the control from another machine, or another host behind the same routers",
            isOnlyLookAlike: true)
    }
}

/// What became of the control that answered first, when it was tried once more.
private enum ControlLoss: Hashable {
    case untried
    case silent
    case reset
    case refused(Answer.Refusal)

    /// A host, or a router, that is gone is silent, or others say that it cannot be reached.
    var mayBeOutage: Bool {
        switch self {
        case .silent: true
        case .refused(let refusal):
            [.noRoute, .hostUnreachable].contains(refusal.error.refusalMeaning)
        case .untried, .reset: false
        }
    }
}

extension Observations {
    /// Nil where it is no question whether the control still answers, or it does.
    fileprivate var controlLoss: ControlLoss? {
        guard transport == .tcp, case .silence = symptom, isLostOutside, let control = passingControl,
            case .tcp = control.kind, !isLocalTarget
        else { return nil }
        let again = attempts(of: .controlRerun)
        guard let last = again.last else { return .untried }
        if case .reset = last.answer, case .reached? = controlOnceMore?.answer { return .reset }
        guard !again.contains(where: \.isPassing) else { return nil }
        if case .refused(let refusal) = last.answer { return .refused(refusal) }
        // Where controls needed more than one packet before, chance may have taken this one's.
        if controls.contains(where: { $0.isPassing && $0.kind.transport == .tcp && $0.triesBeforeAnswer > 1 }) {
            return nil
        }
        return last.tries > 1 ? .silent : nil
    }

    /// What the control that came once more was answered at the beginning: another port's answer tells nothing of it.
    fileprivate var controlOnceMore: Attempt? {
        guard let again = attempts(of: .controlRerun).last else { return nil }
        return controls.first { $0.kind == again.kind && $0.isPassing }
    }

    /// The way back may have failed as well as the way there.
    fileprivate var zonesOfLostControl: [Zone] {
        [.path, .destination, .returnPath] + (hasWire ? [] : [.localIngress])
    }
}
