import Conversations
import FilterRules
import PacketWire
import Testing

@testable import Diagnosis

/// A rule of this machine that gives packets another source, and what its silence means.
struct OwnTranslationTests {
    private func diagnosis(
        _ ground: LocalRule.Ground? = .matched, isSeen: Bool = false, hopAnswers: Bool = false,
        controlAnswers: Bool = true
    ) -> TargetDiagnosis {
        var made = HandmadeFacts()
        made.add(.primary, sends: 3)
        if controlAnswers { made.add(.control, to: HandmadeFacts.web, at: 350, .synAck()) }
        if hopAnswers {
            made.add(.rung(timeToLive: 1), at: 400, .icmp(11, 0, from: HandmadeFacts.routers[0]))
        } else {
            made.add(.rung(timeToLive: 1), at: 400)
        }
        made.add(
            .controlRung(timeToLive: 1), to: HandmadeFacts.web, at: 420, .icmp(11, 0, from: HandmadeFacts.routers[0]))
        if !isSeen { made.facts.attempts[0].packets = [] }
        made.facts.kernel.readsRules = true
        made.facts.kernel.watchesDrops = true
        if let ground {
            made.facts.kernel.translatesSource = true
            made.facts.kernel.sourceTranslator = LocalRule(
                family: "ip", table: "f", chain: "po", handle: 2, hook: "postrouting", action: "translate",
                text: "tcp dport 5432 snat to 10.1.0.77", ground: ground, isOutgoing: true)
        }
        return made.facts.diagnose()
    }

    @Test("Silence behind a translation of this machine's own is told as that, and placed nowhere")
    func silence() {
        let diagnosis = diagnosis()
        #expect(diagnosis.verdict == .blocked && diagnosis.confidence == .likely)
        #expect(diagnosis.zones == [.localEgress, .returnPath, .path, .destination], "\(diagnosis.zones)")
        #expect(diagnosis.summary.contains("rule with handle 2 of chain po in table ip f gives it another source"))
        #expect(diagnosis.advice.first?.contains("snat to 10.1.0.77") == true && diagnosis.afterHop == nil)
        #expect(self.diagnosis(.possible).summary.contains("may give it another source"))
    }

    @Test("Not where the packets left under their own name, a router's answer comes back, or nothing else gets through")
    func others() {
        for other in [
            diagnosis(nil), diagnosis(isSeen: true), diagnosis(hopAnswers: true), diagnosis(controlAnswers: false),
        ] {
            #expect(!other.summary.contains("another source"), "\(other.summary)")
        }
    }
}
