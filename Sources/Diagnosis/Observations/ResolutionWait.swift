import Conversations
import PacketWire

/// A name that was found, and late: what the system waited for, as applications do before each connection.
extension TargetDiagnosis {
    /// With what the look-up waited for. A worse finding keeps its place, and its reader is told at the end.
    func withWait(of facts: Facts) -> TargetDiagnosis {
        guard let resolution = facts.resolution, case .addresses = resolution.outcome else { return self }
        if let half = resolution.halfSilent { return verdict == .open ? waiting(for: half, resolution) : self }
        if let passed = resolution.passedOver.first { return waiting(forFirst: passed, resolution) }
        guard verdict == .open, resolution.elapsed >= ResolutionFact.longWait else { return self }
        var diagnosis = self
        diagnosis.summary += " " + resolution.lateness(of: target.host)
        return diagnosis
    }

    /// One that answers for one family only.
    private func waiting(for half: ResolutionFact.ServerAnswer, _ resolution: ResolutionFact) -> TargetDiagnosis {
        var diagnosis = degradedByResolver
        diagnosis.zones = [.resolver, .path, .returnPath, .localEgress, .localIngress]
        diagnosis.mechanism = .resolverSilent
        diagnosis.actor = half.server
        diagnosis.summary +=
            " But the resolver \(half.server) is silent for \(half.unanswered.phrase) of \(target.host): the system waited"
            + " \(resolution.elapsed.words) for that, and so do applications before each connection."
        diagnosis.advice = half.halfSilentAdvice
        diagnosis.lookAlikes = [
            LookAlike(
                cause: "somebody on the way drops questions for \(half.unanswered.phrase), or their answers",
                whyNotExcluded: "silence says nothing of who is silent",
                experiment:
                    "ask for the type by itself: stallpoint probe dns://\(half.server)/\(target.host)?type=\(half.unanswered[0])"
            )
        ]
        return diagnosis
    }

    /// One that is asked before the one that answers.
    private func waiting(
        forFirst passed: ResolutionFact.ServerAnswer, _ resolution: ResolutionFact
    ) -> TargetDiagnosis {
        let stop = passed.obstacle.map { QuestionStop($0, passed.server) }
        let probe = "stallpoint probe dns://\(passed.server)/\(target.host)"
        let advice =
            "Find out why \(passed.server) does not answer (\(probe)), or take it out of /etc/resolv.conf, where that is made:"
            + " every look-up on this machine waits for it."
        guard verdict == .open else {
            var diagnosis = self
            diagnosis.advice.append("Besides, the name took \(resolution.elapsed.words) to find. \(advice)")
            return diagnosis
        }
        var diagnosis = degradedByResolver
        diagnosis.zones = stop?.zones ?? [.resolver, .path, .returnPath, .localEgress, .localIngress]
        diagnosis.mechanism = stop?.mechanism ?? .resolverSilent
        diagnosis.actor = stop?.actor
        let what =
            stop.map { "\($0.what("the question", passed.server)), which is asked before the one that answers" }
            ?? "the resolver \(passed.server), which is asked before the one that answers, is silent"
        diagnosis.summary +=
            " But \(what): the system waited for it, \(resolution.elapsed.words) in all, and so do applications before"
            + " each connection."
        diagnosis.advice = [advice]
        diagnosis.lookAlikes = [
            LookAlike(
                cause: "somebody on the way drops what is asked of \(passed.server), or its answers",
                whyNotExcluded: "the packets of a look-up are not watched, only its sockets", experiment: probe)
        ]
        return diagnosis
    }

    private var degradedByResolver: TargetDiagnosis {
        var diagnosis = self
        diagnosis.verdict = .degraded
        diagnosis.stage = .resolve
        diagnosis.confidence = .likely
        return diagnosis
    }
}

extension ResolutionFact.ServerAnswer {
    /// Of one that answers for one family only.
    var halfSilentAdvice: [String] {
        [
            "A server must answer for a type that it has nothing of, with an empty answer (RFC 4074): have that mended at \(server), or in the zone's own servers, or let the questions pass.",
            "Until then, probe or connect by the address, or ask for one family only (-4).",
        ]
    }
}

extension ResolutionFact {
    /// What a person notices; libc waits at least so long for an answer (resolv.conf(5), `timeout`).
    static let longWait = TimeSpan.seconds(1)

    /// Those that the system asks before the first that answers, and waits for: a refusal would have sent it on at once.
    var passedOver: [ServerAnswer] {
        guard elapsed >= .milliseconds(700),
            let answering = systemServers.firstIndex(where: { $0.outcome.isOfTheName })
        else { return [] }
        return systemServers[..<answering].filter {
            $0.outcome == .silent || $0.obstacle != nil && $0.elapsed >= .milliseconds(500)
        }
    }

    /// It took long although nobody was silent.
    fileprivate func lateness(of host: String) -> String {
        let took = "The system took \(elapsed.words) to find the address of \(host)"
        guard let server = systemServers.first(where: { $0.outcome.isOfTheName }) else { return took + "." }
        guard server.elapsed < .milliseconds(500) else {
            return took + ", and its resolver \(server.server) takes long to answer (\(server.elapsed.words))."
        }
        return took
            + ", although its resolver \(server.server) answers at once when it is asked directly: a datagram was lost,"
            + " or the name was new to the resolver, or another source of names is asked first (/etc/nsswitch.conf)."
    }
}
