import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What a user's own words behind the handshake bring, and what their silence means.
struct WordsFindingTests {
    private func diagnosis(hasWire: Bool = true, _ change: (inout WordsFact) -> Void) -> TargetDiagnosis {
        var made = HandmadeFacts(hasWire: hasWire)
        made.add(.primary, .synAck())
        var facts = made.facts
        facts.request = ApplicationRequest(usesTLS: false)
        facts.request?.words = [0x78]
        facts.application = ApplicationFacts()
        var words = WordsFact(count: 6, sentAt: .zero + .milliseconds(10))
        change(&words)
        facts.application?.words = words
        return facts.diagnose()
    }

    @Test("An answer is shown with its time, and escaped")
    func answered() {
        let diagnosis = diagnosis { words in
            words.answeredAt = .zero + .milliseconds(35)
            words.received = 9
            words.answer = "+PO\u{1B}NG"
        }
        #expect(diagnosis.verdict == .open && diagnosis.timing.application == .milliseconds(25))
        #expect(diagnosis.summary.hasSuffix(#"It was answered after 25 ms: 9 bytes, '+PO\x1bNG'."#))
        #expect(diagnosis.evidence.contains { $0.fact == "said behind the handshake: 6 bytes of --payload" })
    }

    @Test("Silence of who took them proves nothing: only the service knows what it answers", arguments: [true, nil])
    func silence(isTaken: Bool?) {
        let diagnosis = diagnosis { $0.end = .silence(.seconds(5), isAcknowledged: isTaken) }
        #expect(diagnosis.verdict == .undetermined && diagnosis.mechanism == .noReply)
        #expect(diagnosis.confidence == .weak && diagnosis.stage == .application && diagnosis.lookAlikes.count == 1)
        #expect(diagnosis.zones == [.destination, .path, .returnPath])
        #expect(diagnosis.summary.contains("TCP took them") == (isTaken == true))
    }

    @Test("What no TCP takes vanished, and who hangs up upon them is named")
    func broken() {
        let vanished = diagnosis { $0.end = .silence(.seconds(5), isAcknowledged: false) }
        #expect(vanished.verdict == .interfered && vanished.mechanism == .silentDrop)
        #expect(vanished.summary.contains("the 6 bytes of --payload vanished"))
        #expect(vanished.lookAlikes.map(\.experiment) == ["say other words of this length (--payload)"])
        let long = diagnosis { words in
            (words.count, words.end) = (1_400, .silence(.seconds(5), isAcknowledged: false))
        }
        #expect(long.application?.mayStallBySize == true && vanished.application?.mayStallBySize == false)
        let closed = diagnosis { $0.end = .closed(isAcknowledged: true) }
        #expect(closed.verdict == .interfered && closed.mechanism == .closedByPeer)
    }
}
