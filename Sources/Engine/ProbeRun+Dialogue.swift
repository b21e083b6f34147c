import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// What is said behind the handshake.
extension ProbeRun {
    func converse(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt], let request = targets[index].request,
            let options = self.request.tls
        else { return tellDialogue(ApplicationFacts(), attempt, index) }
        let clock = clock
        let dialogue = Dialogue(
            request, targets[index].target, options, variant: runner.order.purpose.helloVariant,
            wallClock: { (clock.unixStart &+ $0.nanoseconds) / 1_000_000_000 })
        runner.converse(dialogue)
        noteDialogue(runner, index)
    }

    func stopConversing(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt], let dialogue = runner.dialogue else {
            return tellDialogue(ApplicationFacts(), attempt, index)
        }
        runner.noteHeldBack()
        dialogue.stop(at: clock.now, isAcknowledged: runner.isAllAcknowledged)
        noteDialogue(runner, index)
    }

    /// A moment has come that a dialogue asked for.
    func tickDialogue(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt] else { return }
        runner.tick(at: clock.now)
        noteDialogue(runner, index)
    }

    /// Tells the plan, once, when all is said.
    func noteDialogue(_ runner: AttemptRunner, _ index: Int) {
        let attempt = runner.order.attempt
        // Another socket may have the descriptor of one that was closed.
        guard let dialogue = runner.dialogue, targets[index].runners[attempt] === runner else { return }
        if let moment = dialogue.takeMoment() { moments.insert(.dialogue(index, attempt), at: moment) }
        guard dialogue.isDone, let facts = targets[index].probe?.facts else { return }
        // Whoever goes on speaks into a window that nobody opens again.
        poller.remove(runner.descriptor)
        if attempt == 0 {
            guard facts.application == nil else { return }
            targets[index].probe?.amend { $0.attempts[attempt].socket = runner.outcome }
        }
        tellDialogue(dialogue.facts, attempt, index)
    }

    private func tellDialogue(_ facts: ApplicationFacts, _ attempt: Int, _ index: Int) {
        tell(attempt == 0 ? .conversed(facts) : .heard(attempt: attempt, facts), index)
    }

    /// Other hosts of the run whose certificate is from the same issuer, whom nobody vouches for: as far as is known.
    func addSharedIssuers(_ facts: inout Facts, _ index: Int) {
        guard let tls = facts.application?.tls, tls.faults.contains(.unknownIssuer), let issuer = tls.chain.last?.issuer
        else { return }
        for other in targets.indices where other != index {
            guard let found = targets[other].probe?.facts ?? targets[other].facts,
                found.target.address != facts.target.address, found.target.host != facts.target.host,
                let theirs = found.application?.tls, theirs.faults.contains(.unknownIssuer),
                theirs.chain.last?.issuer == issuer, theirs.chain.first?.subject != tls.chain.first?.subject
            else { continue }
            guard facts.application?.sharesIssuerWith.contains(found.target.host) == false else { continue }
            facts.application?.sharesIssuerWith.append(found.target.host)
            if facts.application?.sharesIssuerWith.count == 8 { return }
        }
    }
}

extension Attempt.Purpose {
    /// The hello that the attempt is for.
    fileprivate var helloVariant: HelloVariant? {
        if case .experiment(.hello(let variant)) = self { variant } else { nil }
    }
}
