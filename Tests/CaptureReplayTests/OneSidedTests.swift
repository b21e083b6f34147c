import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Captures that hold one direction, both openings, or a piece.
struct OneSidedTests {
    private func analysed(_ connections: [ConnectionScript]) throws -> CaptureResult {
        var options = CaptureAnalyzer.Options()
        options.listsAll = true
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(ConnectionScript.captureFile(connections).span, isComplete: true)
        return analyzer.result()
    }

    @Test("One direction alone is told, whichever it is", arguments: [true, false])
    func oneDirection(_ isThere: Bool) throws {
        let connections = (0..<4).map { place in
            var connection = ConnectionScript(40_000 + UInt16(place), to: ConnectionScript.server, 443)
            connection.handshake()
            connection.client([UInt8](repeating: 7, count: 300))
            connection.server([UInt8](repeating: 8, count: 300))
            connection.finish(byClient: true)
            return connection.keeping { $1 == isThere }
        }
        let result = try analysed(connections)
        #expect(result.digest.limits.contains { $0.contains("in one direction only") })
        #expect(result.diagnoses.count == 4)
        #expect(result.diagnoses.allSatisfy { $0.verdict == .open && !$0.summary.contains(" 0.0 ms") })
        // Who it was that answered, one direction does not tell.
        #expect(result.diagnoses.allSatisfy { $0.confidence == .likely && $0.lookAlikes.isEmpty })
        #expect(result.diagnoses.allSatisfy { $0.summary.contains("of the other direction the capture has nothing") })
    }

    @Test(
        "A SYN-ACK that is said again and again is none that was heard, though the other direction is not there",
        arguments: [0, 1, 4])
    func unheardAnswers(_ repeats: Int) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.synAck()
        for _ in 0..<repeats { connection.repeatLast() }
        let diagnosis = try #require(try analysed([connection]).diagnoses.first)
        guard repeats > 0 else {
            #expect(diagnosis.verdict == .open && diagnosis.confidence == .likely)
            return
        }
        #expect(diagnosis.verdict == .undetermined && diagnosis.confidence == .weak, "\(diagnosis.summary)")
        #expect(
            diagnosis.zones == [.returnPath, .localIngress, .path, .localEgress, .destination]
                && diagnosis.summary.contains("\(repeats + 1) times and nothing else"))
        // What the host says behind it, it says to somebody whom it has heard.
        var heard = connection
        heard.acknowledge(fromClient: false)
        #expect(try analysed([heard]).diagnoses.first?.verdict == .open)
    }

    @Test("Two SYNs that cross each other are no loss of one")
    func simultaneousOpen() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        var header = TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 1_000, acknowledgementNumber: 0)
        connection.keep(connection.there.tcp(header), true)
        header = TCPHeader(from: 443, to: 40_000, .syn, sequenceNumber: 5_000, acknowledgementNumber: 0)
        connection.keep(connection.back.tcp(header), false)
        header = TCPHeader(
            from: 40_000, to: 443, [.syn, .ack], sequenceNumber: 1_000, acknowledgementNumber: 5_001)
        connection.keep(connection.there.tcp(header), true)
        header = TCPHeader(
            from: 443, to: 40_000, [.syn, .ack], sequenceNumber: 5_000, acknowledgementNumber: 1_001)
        connection.keep(connection.back.tcp(header), false)
        header = TCPHeader(from: 40_000, to: 443, .ack, sequenceNumber: 1_001, acknowledgementNumber: 5_001)
        connection.keep(connection.there.tcp(header, payload: [1, 2, 3]), true)
        header = TCPHeader(from: 443, to: 40_000, .ack, sequenceNumber: 5_001, acknowledgementNumber: 1_004)
        connection.keep(connection.back.tcp(header), false)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
    }

    @Test("A piece of a connection is counted as one")
    func piece() throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 443)
        connection.handshake()
        connection.server([21, 3, 1, 0, 2, 2, 70])
        var frames = 0
        let piece = connection.keeping { _, _ in
            frames += 1
            return frames == 4
        }
        let result = try analysed([piece])
        #expect(result.digest.others == 1 && result.digest.remnants == 1 && result.diagnoses.isEmpty)
    }
}
