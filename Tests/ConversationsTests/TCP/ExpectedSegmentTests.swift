import PacketWire
import StallpointTestKit
import Testing

@testable import Conversations

/// What is taken for just what was expected is that: judging it in full comes to the same.
struct ExpectedSegmentTests {
    /// One connection, judged both ways.
    private struct Twice {
        var short = (course: TCPCourse(reusingPorts: false), initiator: TCPSide(), responder: TCPSide())
        var full = (course: TCPCourse(reusingPorts: false), initiator: TCPSide(), responder: TCPSide())
        /// How many were expected.
        var expected = 0

        mutating func observe(_ segment: TCPSegment) {
            let (sender, receiver) =
                segment.fromInitiator ? (full.initiator, full.responder) : (full.responder, full.initiator)
            if full.course.isExpected(segment, sender, receiver) { expected += 1 }
            let marks: (TCPMarks, TCPMarks)
            if segment.fromInitiator {
                marks.0 = short.course.observe(segment, sender: &short.initiator, receiver: &short.responder)
                marks.1 = full.course.judge(segment, &full.initiator, &full.responder)
            } else {
                marks.0 = short.course.observe(segment, sender: &short.responder, receiver: &short.initiator)
                marks.1 = full.course.judge(segment, &full.responder, &full.initiator)
            }
            #expect(marks.0 == marks.1, "\(segment)")
            #expect(short == full, "\(segment)")
        }
    }

    @Test("Numbers near those that are expected", arguments: 0..<8 as Range<UInt64>)
    func near(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var expected = 0
        for _ in 0..<200 {
            var twice = Twice()
            var next: (there: UInt32, back: UInt32) = ([0, 1_000, .max - 300].randomElement(using: &random)!, 7_000)
            var at = Instant.zero
            func flags() -> TCPFlags {
                Int.random(in: 0..<12, using: &random) > 0
                    ? [.ack, [.ack, .psh]].randomElement(using: &random)!
                    : [.syn, [.syn, .ack], [.ack, .fin], .rst, []].randomElement(using: &random)!
            }
            func shift() -> UInt32 {
                Int.random(in: 0..<6, using: &random) > 0
                    ? 0 : [1, .max, 100, .max - 99, 1 << 31].randomElement(using: &random)!
            }
            for frame in 1...40 as ClosedRange<UInt32> {
                let fromInitiator = Bool.random(using: &random)
                let opening: TCPFlags = frame == 1 ? .syn : frame == 2 ? [.syn, .ack] : flags()
                let isThere = frame == 1 || frame != 2 && fromInitiator
                let length: UInt32 = frame < 3 ? 0 : [0, 0, 1, 10, 100, 1_460].randomElement(using: &random)!
                var segment = TCPSegment(
                    at: at, frame: frame, fromInitiator: isThere, opening,
                    sequenceNumber: (isThere ? next.there : next.back) &+ shift(),
                    acknowledgementNumber: (isThere ? next.back : next.there) &+ shift(),
                    window: [0, 64, 1_000, .max].randomElement(using: &random)!, payloadLength: length,
                    windowScale: opening.contains(.syn) ? [nil, 0, 7].randomElement(using: &random)! : nil,
                    multipathSubtype: Int.random(in: 0..<30, using: &random) == 0 ? 2 : nil)
                segment.isCopy = Int.random(in: 0..<20, using: &random) == 0
                twice.observe(segment)
                let end = segment.payloadEnd &+ segment.phantomLength
                if isThere { next.there = end } else { next.back = end }
                at = at + .milliseconds([0, 1, 40, 199, 200, 201, 1_500].randomElement(using: &random)!)
            }
            expected += twice.expected
        }
        #expect(expected > 300)
    }

    @Test("An open connection is what is expected, but for its opening and its end")
    func plain() {
        var twice = Twice()
        var frame: UInt32 = 0
        func say(_ there: Bool, _ flags: TCPFlags, _ number: UInt32, _ acknowledges: UInt32, _ length: UInt32 = 0) {
            frame += 1
            twice.observe(
                TCPSegment(
                    at: .zero + .milliseconds(Int64(frame)), frame: frame, fromInitiator: there, flags,
                    sequenceNumber: number, acknowledgementNumber: acknowledges, window: 1_000, payloadLength: length))
        }
        say(true, .syn, 100, 0)
        say(false, [.syn, .ack], 500, 101)
        say(true, .ack, 101, 501)
        #expect(twice.expected == 0)
        say(true, [.ack, .psh], 101, 501, 50)
        say(false, .ack, 501, 151, 400)
        say(false, [.ack, .psh], 901, 151, 200)
        say(true, .ack, 151, 1_101)
        #expect(twice.expected == 4)
        say(false, [.ack, .fin], 1_101, 151)
        #expect(twice.expected == 4)
        say(true, .ack, 151, 1_102)
        #expect(twice.expected == 5)
    }
}
