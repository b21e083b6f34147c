import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// Silence counts only when an answer was due.
struct CaptureEndTests {
    private func verdict(_ wait: TimeSpan, repeats: Bool = false) throws -> TargetDiagnosis {
        var script = PacketScript()
        script.send(.syn)
        script.wait(wait)
        if repeats { script.send(.syn) }
        return try #require(script.table.facts(observedUntil: script.end).first).diagnose()
    }

    @Test("A file that ends with the SYN says nothing")
    func endsAtOnce() throws {
        let diagnosis = try verdict(.milliseconds(5))
        #expect(diagnosis.verdict == .undetermined)
        #expect(diagnosis.mechanism == .noReply)
        #expect(diagnosis.summary.contains("ends before"))
    }

    @Test("A second without an answer is silence, and so is a SYN that had to be repeated")
    func lastsLongEnough() throws {
        #expect(try verdict(.milliseconds(1_100)).verdict == .blocked)
        #expect(try verdict(.milliseconds(10), repeats: true).verdict == .blocked)
    }
}
