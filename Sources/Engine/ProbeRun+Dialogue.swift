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
        else { return tell(.conversed(ApplicationFacts()), index) }
        runner.converse(Dialogue(request, targets[index].target, options), at: clock.now)
        noteDialogue(runner, index)
    }

    func stopConversing(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt], let dialogue = runner.dialogue else {
            return tell(.conversed(ApplicationFacts()), index)
        }
        dialogue.stop(at: clock.now, isAcknowledged: runner.isAllAcknowledged)
        noteDialogue(runner, index)
    }

    /// Tells the plan, once, when all is said.
    func noteDialogue(_ runner: AttemptRunner, _ index: Int) {
        guard let dialogue = runner.dialogue, dialogue.isDone, targets[index].probe?.facts.application == nil else {
            return
        }
        targets[index].probe?.amend { $0.attempts[runner.order.attempt].socket = runner.outcome }
        tell(.conversed(dialogue.facts), index)
    }
}
