import Conversations
import LiveCapture
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

@Suite struct HandshakeFilterTests {
    /// The numbers of the frames that are written, in the order in which they are.
    private func written(
        _ script: PacketScript, bytes: Int = 1 << 20, share: Int = 1 << 16, finish: Bool = true
    ) throws -> (numbers: [Int64], filter: HandshakeFilter) {
        var filter = HandshakeFilter(HandshakeSieveTests.limits(), bytes: bytes, share: share)
        var numbers: [Int64] = []
        func write(_ frame: Span<UInt8>, _ header: CaptureHandle.Header, _ direction: PacketDirection?) {
            numbers.append(header.unixNanoseconds / 1_000_000)
            let original = script.frames[Int(numbers.last!)].bytes
            let copy = frame.copied
            #expect(copy == original)
        }
        for frame in script.frames {
            try filter.take(
                frame.packet, frame.bytes.span,
                CaptureHandle.Header(unixNanoseconds: frame.at.nanoseconds, originalLength: frame.bytes.count), nil,
                write)
        }
        if finish { try filter.finish(at: script.end.nanoseconds + 10_000_000_000, write) }
        return (numbers, filter)
    }

    @Test("Bulk data of a connection that ends well is left out")
    func healthy() throws {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script)
        HandshakeSieveTests.bulk(&script, 50)
        script.answer([.fin, .ack], sequence: 55_001)
        let (numbers, filter) = try written(script)
        #expect(numbers == [0, 1, 2, 3, 4, 103])
        #expect(filter.kept == 6 && filter.forgottenPackets == 0)
    }

    @Test("Of one that is reset everything is there, in order")
    func reset() throws {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script)
        HandshakeSieveTests.bulk(&script, 10)
        script.answer(.rst, sequence: 15_001)
        let (numbers, filter) = try written(script)
        #expect(numbers == Array(0...23))
        #expect(filter.kept == 24)
    }

    @Test("Silence after unacknowledged data shows at the end")
    func stalled() throws {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script)
        HandshakeSieveTests.bulk(&script, 3)
        script.answer(.ack, sequence: 8_001, payload: [1])
        let (numbers, _) = try written(script)
        #expect(numbers == Array(0...9))
        #expect(try written(script, finish: false).numbers == [0, 1, 2, 3, 4])
    }

    @Test("Held packets stand behind those of others, and each conversation is in order")
    func interleaved() throws {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script)
        HandshakeSieveTests.bulk(&script, 2)
        HandshakeSieveTests.handshake(&script, from: 40_001)
        script.answer(.rst, sequence: 7_001)
        #expect(try written(script).numbers == [0, 1, 2, 3, 4, 7, 8, 9, 5, 6, 10])
    }

    @Test("What there was no room for is counted, where it would have been wanted")
    func forgotten() throws {
        var script = PacketScript()
        HandshakeSieveTests.handshake(&script)
        HandshakeSieveTests.bulk(&script, 20)
        script.answer(.rst, sequence: 25_001)
        // A share of four cells: an acknowledgement takes one, and a segment would take five.
        let (numbers, filter) = try written(script, bytes: 4_096, share: 1_024)
        #expect(numbers == [0, 1, 2, 3, 4, 36, 38, 40, 42, 43])
        #expect(filter.forgottenPackets == 34)
        var healthy = PacketScript()
        HandshakeSieveTests.handshake(&healthy)
        HandshakeSieveTests.bulk(&healthy, 20)
        #expect(try written(healthy, bytes: 4_096, share: 1_024).filter.forgottenPackets == 0)
    }

    struct Full: Error {}

    @Test("An error of the writer comes out")
    func failure() {
        var script = PacketScript()
        script.send(.syn)
        var filter = HandshakeFilter()
        var isThrown = false
        do {
            let frame = script.frames[0]
            try filter.take(
                frame.packet, frame.bytes.span, CaptureHandle.Header(unixNanoseconds: 0, originalLength: 40), nil
            ) { _, _, _ in throw Full() }
        } catch {
            isThrown = error is Full
        }
        #expect(isThrown)
    }
}
