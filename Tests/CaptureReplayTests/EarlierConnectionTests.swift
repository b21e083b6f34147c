import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Captures that begin in the middle, as the second file of a ring does: a connection without its opening is no attempt
/// that nobody answered.
struct EarlierConnectionTests {
    private static func life() -> ConnectionScript {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        script.handshake()
        for _ in 0..<3 {
            script.client([1, 2, 3])
            script.server([4, 5, 6, 7])
            script.acknowledge(fromClient: true)
        }
        script.finish(byClient: true)
        return script
    }

    @Test("From whichever packet on, as long as both ends are heard, the connection is open", arguments: 0..<13)
    func cutOff(first: Int) throws {
        var place = -1
        let seen = Self.life().keeping { _, _ in
            place += 1
            return place >= first
        }
        let result = try CaptureReplay(seen.captureFile).result
        #expect(result.digest.verdicts == [.open: 1] && result.findings.isEmpty)
        let isOpeningSeen = first < 2
        #expect(result.digest.limits.contains { $0.contains("began before the capture") } == !isOpeningSeen)
    }

    @Test("What comes behind the end of one, and the reset for it, is nobody's attempt", arguments: [false, true])
    func remnants(byClient: Bool) throws {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        if byClient { script.server([1, 2, 3]) } else { script.client([1, 2, 3]) }
        script.lateReset(byClient: byClient)
        let result = try CaptureReplay(script.captureFile).result
        #expect(result.findings.isEmpty && result.digest.verdicts.isEmpty && result.digest.others == 1)
    }

    @Test("Nor is it a try that was lost, beside one that works")
    func besideOthers() throws {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        script.client([1, 2, 3])
        script.lateReset()
        var next = ConnectionScript(from: ConnectionScript.client, 40_001, to: ConnectionScript.server, 9_000)
        next.now = script.now + 2_000_000_000
        next.handshake()
        next.finish(byClient: true)
        let result = try CaptureReplay(ConnectionScript.captureFile([script, next])).result
        #expect(result.digest.verdicts == [.open: 1] && result.findings.isEmpty)
    }

    @Test("A reset alone, which answers a SYN that passed elsewhere, still tells")
    func resetAlone() throws {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        script.syn()
        script.reset(byClient: false)
        #expect(try script.keeping { _, isThere in !isThere }.diagnosis.verdict == .closed)
    }

    @Test("Who is seen to wait in it is told, though its opening is not")
    func stalled() throws {
        var script = ConnectionScript(to: ConnectionScript.server, 9_000)
        script.client([1, 2, 3])
        script.server([1, 2, 3])
        script.client([4, 5, 6])
        for _ in 0..<5 { script.repeatLast() }
        let diagnosis = try script.diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .noReply)
    }
}
