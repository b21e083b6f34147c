import Conversations
import Diagnosis
import PacketWire
import Probing
import Testing

@testable import Engine

/// What a person who waits is told is what is waited for.
struct ProgressPhraseTests {
    private func phrase(_ purpose: Attempt.Purpose, _ kind: Attempt.Kind = .tcp(port: 80), isConversing: Bool = false)
        -> String
    {
        Attempt(purpose: purpose, kind: kind, remote: nil, startedAt: .zero).progressPhrase(isConversing: isConversing)
    }

    @Test("Until it stands it connects; then the answer is waited for, whatever is compared beside it")
    func waits() {
        #expect(phrase(.primary) == "connecting" && phrase(.primary, .udp(port: 53)) == "waiting for an answer")
        for purpose in [Attempt.Purpose.primary, .control] {
            #expect(phrase(purpose, isConversing: true) == "waiting for the answer")
        }
        #expect(phrase(.control) == "comparing with what else the host answers")
    }

    @Test("What is tried in other ways is told as that")
    func compares() {
        #expect(phrase(.experiment(.hello(.small)), isConversing: true) == "comparing other hellos")
        #expect(phrase(.experiment(.paced), isConversing: true) == "comparing other connections")
    }

    @Test("Each of what follows says what it does, and no two the same")
    func followUps() {
        let plans: [any FollowUpPlan] = [
            DialogueAgain(patience: .seconds(1)), IdleProbe(.tcp, times: [.seconds(1)], hasWire: false),
            PathSizeProbe(PathSizeProbe.Situation(.asked, .v4, linkMTU: 1_500)),
        ]
        #expect(Set(plans.map(\.progressPhrase)).count == plans.count)
    }
}
