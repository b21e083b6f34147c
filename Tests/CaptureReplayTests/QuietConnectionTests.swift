import Conversations
import Diagnosis
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Connections of a capture that were quiet for long, and what came of their next packet.
struct QuietConnectionTests {
    /// Opened, used, and quiet for so long.
    private func quiet(_ milliseconds: Int64) -> ConnectionScript {
        var connection = ConnectionScript(9_000)
        connection.handshake()
        connection.client([1, 2, 3])
        connection.server([4, 5, 6])
        connection.acknowledge(fromClient: true)
        connection.wait(milliseconds)
        return connection
    }

    private func only(_ connection: ConnectionScript) throws -> TargetDiagnosis {
        try #require(CaptureReplay(connection.captureFile).diagnoses.first)
    }

    @Test("Nothing comes back any more: the state is lost somewhere", arguments: [true, false])
    func lost(byClient: Bool) throws {
        var connection = quiet(60_000)
        if byClient { connection.client([7, 8, 9]) } else { connection.server([7, 8, 9]) }
        for _ in 0..<4 { connection.repeatLast() }
        let diagnosis = try only(connection)
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .idle && diagnosis.mechanism == .idleTimeout)
        // What the server sent was seen, and nothing of the client.
        #expect(
            diagnosis.zones
                == (byClient ? [.path, .returnPath, .destination] : [.returnPath, .path, .localIngress, .localEgress]))
        #expect(
            diagnosis.confidence == .likely && diagnosis.summary.contains("quiet for 60 s")
                && !diagnosis.lookAlikes.isEmpty)
        #expect(diagnosis.summary.contains(byClient ? "the client" : "the server"))
    }

    @Test(
        "A reset is the answer: of the server or before it, and nearer than the server of a box alone",
        arguments: [61, 60, 62, 63, 255] as [UInt8])
    func reset(timeToLive: UInt8) throws {
        var connection = quiet(60_000)
        connection.client([7, 8, 9])
        connection.reset(byClient: false, timeToLive: timeToLive)
        let diagnosis = try only(connection)
        #expect(diagnosis.stage == .idle && diagnosis.mechanism == .idleTimeout && diagnosis.confidence == .likely)
        // One router nearer stands a host that hands the port on.
        let isNearer = timeToLive > 62
        #expect(diagnosis.zones == (isNearer ? [.path] : [.path, .destination]))
        #expect(diagnosis.summary.contains("nearer than the server") == isNearer)
        #expect(diagnosis.evidence.contains { $0.frames == [6, 7] })
    }

    @Test("What the server says after it, and the client's side resets, the server has not forgotten")
    func resetByClient() throws {
        var connection = quiet(60_000)
        connection.server([7, 8, 9])
        connection.lateReset(byClient: true)
        let diagnosis = try only(connection)
        #expect(diagnosis.stage == .idle && diagnosis.mechanism == .idleTimeout)
        #expect(
            diagnosis.zones == [.returnPath, .localIngress] && diagnosis.summary.contains("what the server then sent"))
    }

    @Test("A short pause, an answer, an own reset and a late one are no lost state")
    func others() throws {
        var short = quiet(2_000)
        short.client([7])
        short.reset(byClient: false)
        var answered = quiet(60_000)
        answered.client([7])
        answered.server([8])
        answered.acknowledge(fromClient: true)
        answered.finish(byClient: true)
        var own = quiet(60_000)
        own.client([7])
        own.reset(byClient: true)
        var late = quiet(60_000)
        late.client([7])
        late.acknowledge(fromClient: false)
        late.wait(5_000)
        late.reset(byClient: false)
        for connection in [short, answered, own, late] {
            #expect(try only(connection).mechanism != .idleTimeout)
        }
    }

    @Test("Loss without a silence before it is what it was")
    func noPause() throws {
        var connection = quiet(100)
        connection.client([7, 8, 9])
        for _ in 0..<4 { connection.repeatLast() }
        let diagnosis = try only(connection)
        #expect(diagnosis.stage == .transfer && diagnosis.mechanism == .noReply)
    }

    @Test("Many that are forgotten alike are one finding")
    func together() throws {
        let connections = (0..<5).map { number in
            var connection = ConnectionScript(UInt16(9_000 + number))
            connection.wait(Int64(number) * 7)
            connection.handshake()
            connection.client([1, 2, 3])
            connection.server([4, 5, 6])
            connection.acknowledge(fromClient: true)
            connection.wait(30_000)
            connection.client([7, 8, 9])
            for _ in 0..<4 { connection.repeatLast() }
            return connection
        }
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        #expect(replay.diagnoses.count == 5 && replay.diagnoses.allSatisfy { $0.mechanism == .idleTimeout })
    }
}
