/// What a conversation consists of, one packet after the other.
struct Script {
    /// Which template a packet is made of.
    enum Frame: Int, CaseIterable {
        case syn, synAck, ack, finAck, reset, request, head, body, prohibition, query, response

        /// Of the space of sequence numbers.
        var length: UInt32 {
            switch self {
            case .syn, .synAck, .finAck: 1
            case .request: UInt32(FrameSet.request.count)
            case .head: UInt32(FrameSet.head.count)
            case .body: UInt32(FrameSet.body.count)
            case .ack, .reset, .prohibition, .query, .response: 0
            }
        }
    }

    /// From one packet to the next.
    struct Gap {
        var halfRoundTrips: UInt64 = 0
        var nanoseconds: UInt64 = 0
        /// Up to so many more.
        var jitter = 0

        static let answer = Gap(halfRoundTrips: 2, nanoseconds: 40_000, jitter: 400_000)
        /// Of who is near the place of the capture.
        static let atOnce = Gap(nanoseconds: 30_000, jitter: 60_000)
        static let backToBack = Gap(nanoseconds: 12_000, jitter: 30_000)
        /// Shorter than the 40 ms after which an acknowledgement goes out by itself.
        static let think = Gap(nanoseconds: 500_000, jitter: 35_000_000)

        static func timer(_ milliseconds: UInt64) -> Gap {
            Gap(nanoseconds: milliseconds * 1_000_000, jitter: 2_000_000)
        }
    }

    struct Step {
        var frame: Frame
        var isFromClient: Bool
        var gap: Gap
        /// From each end's initial number on.
        var sequence: UInt32
        var acknowledgement: UInt32
    }

    private(set) var steps: [Step] = []
    /// The next number of each end, and what the other has heard of it.
    private var client: UInt32 = 0
    private var server: UInt32 = 0

    // MARK: Kinds

    /// An opening, requests that are each answered in so many segments, and a close.
    static func exchanges(_ rounds: Int, segments: Int) -> Script {
        connection { script in
            for _ in 0..<rounds {
                script.fromClient(.request, .think)
                script.answer(segments)
            }
        }
    }

    /// The request is lost behind the place of the capture, and a segment of the answer before it.
    static let repaired = connection { script in
        script.fromClient(.request, .think)
        script.again(.request, .timer(220))
        script.fromServer(.head, .answer)
        let lost = script.server
        script.skip(.body)
        for _ in 0..<2 {
            script.fromServer(.body, .backToBack)
            script.acknowledge(upTo: lost)
        }
        script.steps.append(
            Step(
                frame: .body, isFromClient: false, gap: Gap(halfRoundTrips: 2, nanoseconds: 50_000), sequence: lost,
                acknowledgement: script.client))
        script.fromClient(.ack, .atOnce)
        script.fromServer(.body, .backToBack)
    }

    /// The second request is repeated for two seconds until an answer comes.
    static let stalling = connection { script in
        script.fromClient(.request, .think)
        script.answer(2)
        script.fromClient(.request, .think)
        for milliseconds in [300, 600, 1_200] as [UInt64] { script.again(.request, .timer(milliseconds)) }
        script.fromServer(.head, .answer)
        script.fromServer(.body, .backToBack)
    }

    static let refused = made { script in
        script.fromClient(.syn, Gap())
        script.fromServer(.reset, .answer)
    }

    /// As Linux repeats: after 1, 2 and 4 seconds.
    static let unanswered = made { script in
        script.fromClient(.syn, Gap())
        for milliseconds in [1_000, 2_000, 4_000] as [UInt64] { script.again(.syn, .timer(milliseconds)) }
    }

    static let prohibited = made { script in
        script.fromClient(.syn, Gap())
        script.fromServer(.prohibition, Gap(halfRoundTrips: 1, nanoseconds: 80_000))
    }

    static let lookup = made { script in
        script.fromClient(.query, Gap())
        script.fromServer(.response, .answer)
    }

    // MARK: Making one

    private static func made(_ make: (inout Script) -> Void) -> Script {
        var script = Script()
        make(&script)
        return script
    }

    private static func connection(_ make: (inout Script) -> Void) -> Script {
        made { script in
            script.fromClient(.syn, Gap())
            script.fromServer(.synAck, .answer)
            script.fromClient(.ack, .atOnce)
            make(&script)
            script.fromClient(.finAck, .think)
            script.fromServer(.finAck, .answer)
            script.fromClient(.ack, .atOnce)
        }
    }

    private mutating func fromClient(_ frame: Frame, _ gap: Gap) {
        steps.append(Step(frame: frame, isFromClient: true, gap: gap, sequence: client, acknowledgement: server))
        client += frame.length
    }

    private mutating func fromServer(_ frame: Frame, _ gap: Gap) {
        steps.append(Step(frame: frame, isFromClient: false, gap: gap, sequence: server, acknowledgement: client))
        server += frame.length
    }

    /// Every second segment is acknowledged; the client's next packet acknowledges the last of an odd number.
    private mutating func answer(_ segments: Int) {
        for segment in 1...segments {
            fromServer(segment == 1 ? .head : .body, segment == 1 ? .answer : .backToBack)
            if segment % 2 == 0 { fromClient(.ack, .atOnce) }
        }
    }

    /// What the client said last, once more.
    private mutating func again(_ frame: Frame, _ gap: Gap) {
        client -= frame.length
        fromClient(frame, gap)
    }

    private mutating func skip(_ frame: Frame) { server += frame.length }

    private mutating func acknowledge(upTo number: UInt32) {
        steps.append(
            Step(frame: .ack, isFromClient: true, gap: .atOnce, sequence: client, acknowledgement: number))
    }
}
