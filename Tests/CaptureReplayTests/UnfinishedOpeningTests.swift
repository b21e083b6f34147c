import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Handshakes that are not completed, and connections of which one end knows nothing any more.
struct UnfinishedOpeningTests {
    @Test("A server that waits for words repeats its SYN-ACK, and hears the end", arguments: [true, false])
    func deferred(isHeard: Bool) throws {
        let diagnosis = try ConnectionScript.opened(9_000) { connection in
            connection.wait(7_000)
            connection.repeatAnswer()
            connection.acknowledge(fromClient: true)
            connection.wait(2_000)
            connection.finish(fromClient: true)
            if isHeard { connection.acknowledge(fromClient: false) }
        }
        #expect(diagnosis.verdict == (isHeard ? .open : .interfered), "\(diagnosis.summary)")
        guard !isHeard else { return }
        // That nobody says anything leaves another reason.
        #expect(diagnosis.confidence == .likely && diagnosis.advice.contains { $0.contains("TCP_DEFER_ACCEPT") })
    }

    @Test("What a client said is unheard for sure, where the SYN-ACK comes again and again behind it")
    func unheard() throws {
        let diagnosis = try ConnectionScript.opened(9_000) { connection in
            connection.client([1, 2, 3])
            for _ in 0..<3 {
                connection.wait(1_000)
                connection.repeatAnswer()
            }
        }
        #expect(diagnosis.mechanism == .silentDrop && diagnosis.confidence == .strong)
    }

    @Test(
        "One SYN-ACK without an answer is no open connection, once there was time",
        arguments: [1_000, 4_000] as [Int64])
    func half(milliseconds: Int64) throws {
        var half = ConnectionScript(41_000, to: ConnectionScript.server, 9_000)
        half.there.timeToLive = 61
        half.syn()
        half.synAck()
        var later = ConnectionScript(41_001, to: ConnectionScript.server, 9_001)
        later.wait(milliseconds)
        later.handshake()
        let diagnosis = try #require(try CaptureReplay(ConnectionScript.captureFile([half, later])).diagnoses.first)
        #expect(diagnosis.verdict == (milliseconds > 3_000 ? .undetermined : .open), "\(diagnosis.summary)")
        #expect(diagnosis.verdict == .open || diagnosis.summary.contains("passes the place of the capture once"))
    }

    @Test("Who resets the end that it is told had lost the connection before", arguments: [true, false])
    func disowned(isReset: Bool) throws {
        let diagnosis = try ConnectionScript.opened(9_000) { connection in
            connection.wait(1_000)
            connection.finish(fromClient: false)
            if isReset { connection.lateReset(byClient: true) } else { connection.finish(fromClient: true) }
        }
        #expect(diagnosis.verdict == .interfered)
        #expect(diagnosis.mechanism == (isReset ? .tcpReset : .closedByPeer))
        #expect(diagnosis.zones == (isReset ? [.path, .localEgress, .destination] : [.destination]))
    }

    @Test("What is missing from the middle of a page, full segments all of it, was too big for the way back")
    func pageWithGap() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        connection.server(Array("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nbeginning".utf8))
        connection.acknowledge(fromClient: true)
        for _ in 0..<2 { connection.server([UInt8](repeating: 0xEE, count: 1_460)) }
        connection.server([UInt8](repeating: 0x41, count: 100))
        connection.wait(11_000)
        let diagnosis = try connection.closingUnheard(3_020).keeping { bytes, _ in bytes.last != 0xEE }.diagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .transfer)
        #expect(diagnosis.mechanism == .mtuBlackHole && diagnosis.zones == [.returnPath, .destination])
        #expect(diagnosis.summary.contains("2920 bytes between them"), "\(diagnosis.summary)")
    }
}
