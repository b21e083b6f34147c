import PacketWire
import Testing

@testable import FirewallLab

struct QUICAnswerTests {
    @Test("The probe's own question is answered with the versions that are spoken")
    func negotiation() throws {
        let service = try #require(UDPService.named("quic"))
        let transaction = ServiceTransaction(7)
        let answer = try #require(QUICAnswer.message(to: service.question(transaction)))
        guard case .answered(let says) = service.check(answer.span, to: transaction) else {
            Issue.record("no answer of QUIC")
            return
        }
        #expect("\(says)".contains("1"))
        guard case .foreign = service.check(answer.span, to: ServiceTransaction(8)) else {
            Issue.record("it answers another question")
            return
        }
    }

    @Test("Short, cut and damaged datagrams, and versions that are spoken, are not answered")
    func silence() throws {
        let question = try #require(UDPService.named("quic")).question(ServiceTransaction(7))
        for length in [0, 1, 4, 5, 6, 100, 1_199] {
            #expect(QUICAnswer.message(to: Array(question.prefix(length))) == nil)
        }
        for version in [[0, 0, 0, 0], [0, 0, 0, 1]] as [[UInt8]] {
            #expect(QUICAnswer.message(to: [0xC0] + version + question.dropFirst(5)) == nil)
        }
        #expect(QUICAnswer.message(to: [0x40] + question.dropFirst()) == nil)
        // Identifiers may be as long as they say, and not longer than what is there.
        for length in 0...255 {
            var changed = question
            changed[5] = UInt8(length)
            _ = QUICAnswer.message(to: changed)
            _ = QUICAnswer.message(to: Array(changed.prefix(1_200)))
        }
    }
}
