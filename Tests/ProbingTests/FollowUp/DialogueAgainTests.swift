import Conversations
import Diagnosis
import PacketWire
import Testing

@testable import Probing

/// A request that failed, on some more connections at once.
struct DialogueAgainTests {
    private static let patience = TimeSpan.seconds(2)

    private func repeats(
        _ outcomes: [FollowUpOutcome], until end: TimeSpan = patience
    ) -> (repeats: DialogueRepeats?, plan: DialogueAgain, actions: [FollowUpAction]) {
        var plan = DialogueAgain(patience: Self.patience)
        var actions = plan.begin(at: .zero)
        for number in 0..<DialogueAgain.connections {
            actions += plan.handle(.outcome(number, .connected(packet: 1_500)), at: .zero + .milliseconds(1))
        }
        for (number, outcome) in outcomes.enumerated() {
            actions += plan.handle(.outcome(number, outcome), at: .zero + .milliseconds(5))
        }
        actions += plan.handle(.time, at: .zero + end)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 80, transport: .tcp), witnesses: [.socket])
        facts.application = ApplicationFacts()
        plan.testify(&facts)
        return (facts.application?.repeats, plan, actions)
    }

    @Test("All leave at once, and each is a dialogue as the first one was")
    func begins() {
        var plan = DialogueAgain(patience: Self.patience)
        #expect(
            plan.begin(at: .zero) == (0..<3).map { .start(FollowUpOrder($0, .dialogue(size: nil))) }
                + [.wake(at: .zero + Self.patience)])
        #expect(!plan.isFinished && DialogueAgain.mostPackets == 24)
    }

    @Test(
        "What a server says that can serve is an answer, and nothing else is",
        arguments: [
            (FollowUpOutcome.answered, 1), (.unserved, 0), (.silent(isAcknowledged: true), 0),
            (.closed(isReset: true), 0), (.failed(nil), 0),
        ])
    func counts(_ outcome: FollowUpOutcome, _ answered: Int) {
        let told = repeats([outcome, .closed(isReset: false), .unserved], until: .milliseconds(10))
        // With the last of them nothing is left to wait for.
        #expect(told.plan.isFinished && told.repeats == DialogueRepeats(tried: 3, answered: answered))
        #expect(told.plan.isAnswered == (answered > 0))
        #expect(told.actions.suffix(3) == [.stop(0), .stop(1), .stop(2)])
    }

    @Test("Who says nothing for as long as is waited has not answered")
    func silence() {
        let told = repeats([.answered])
        #expect(told.plan.isFinished && told.repeats == DialogueRepeats(tried: 3, answered: 1))
        #expect(repeats([]).repeats == DialogueRepeats(tried: 3, answered: 0))
    }

    @Test("Where no connection stands, nothing was asked", arguments: [0, 1])
    func refused(_ standing: Int) {
        var plan = DialogueAgain(patience: Self.patience)
        _ = plan.begin(at: .zero)
        for number in 0..<DialogueAgain.connections {
            if number < standing { _ = plan.handle(.outcome(number, .connected(packet: nil)), at: .zero) }
            _ = plan.handle(.outcome(number, .failed(nil)), at: .zero)
        }
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 80, transport: .tcp), witnesses: [.socket])
        facts.application = ApplicationFacts()
        plan.testify(&facts)
        #expect(plan.isFinished)
        #expect(facts.application?.repeats == (standing == 0 ? nil : DialogueRepeats(tried: standing, answered: 0)))
    }

    @Test("Cut short, it counts what is known")
    func interrupted() {
        let told = repeats([.answered], until: .seconds(1))
        #expect(!told.plan.isFinished && told.repeats == DialogueRepeats(tried: 1, answered: 1))
        #expect(repeats([], until: .seconds(1)).repeats == nil)
    }

    @Test("Outcomes of what was never sent, or came before, change nothing")
    func strangeOutcomes() {
        var plan = DialogueAgain(patience: Self.patience)
        _ = plan.begin(at: .zero)
        #expect(plan.handle(.outcome(7, .answered), at: .zero).isEmpty)
        #expect(plan.handle(.outcome(0, .unserved), at: .zero) == [.stop(0)])
        #expect(plan.handle(.outcome(0, .answered), at: .zero).isEmpty && !plan.isAnswered)
    }
}
