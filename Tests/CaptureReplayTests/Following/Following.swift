import CaptureFile
import CaptureReplay
import Conversations
import Diagnosis
import StallpointTestKit

/// A capture that grows on a virtual clock: its packets come when their time stamps say.
struct Following {
    private(set) var follower: CaptureFollower
    private var rest: [(at: Instant, bytes: [UInt8])]
    private var window: [UInt8]
    private(set) var now = Instant.zero

    init(_ capture: [UInt8], _ change: (inout CaptureAnalyzer.Options) -> Void = { _ in }) {
        var options = CaptureAnalyzer.Options()
        change(&options)
        follower = CaptureFollower(options)
        let packets = CaptureFile.readAll(capture).packets
        let begin = packets.first?.timestamp?.nanosecondsSince1970 ?? 0
        window = Array(capture.prefix(24))
        var place = 24
        rest = packets.map { packet in
            let end = place + 16 + packet.bytes.count
            defer { place = end }
            return (
                Instant(nanoseconds: (packet.timestamp?.nanosecondsSince1970 ?? 0) - begin), Array(capture[place..<end])
            )
        }
    }

    var isOver: Bool { rest.isEmpty }

    /// Time passes, and what was captured until then is there.
    mutating func pass(_ span: TimeSpan) {
        let end = now + span
        while let next = rest.first, next.at <= end {
            now = max(now, next.at)
            window += next.bytes
            rest.removeFirst()
            read()
        }
        now = end
        read()
    }

    /// The next packet's first bytes are there, and the others stay away.
    mutating func halfOfTheNext() {
        guard let next = rest.first else { return }
        let half = next.bytes.count / 2
        window += next.bytes.prefix(half)
        rest[0].bytes.removeFirst(half)
        read()
    }

    private mutating func read() {
        let bytes = window
        let need = follower.read(bytes.span, isComplete: false, at: now)
        window.removeFirst(need.released)
        follower.hasHalfARecord = !window.isEmpty
    }

    /// What is told after so long.
    ///
    /// - Parameter letting: false where the writer holds everything back meanwhile.
    mutating func lookAfter(_ span: TimeSpan, letting: Bool = true) -> [TargetDiagnosis] {
        if letting {
            pass(span)
        } else {
            now = now + span
            read()
        }
        return news()
    }

    mutating func news() -> [TargetDiagnosis] { follower.news(at: now) }

    mutating func result() -> CaptureResult {
        let bytes = window
        follower.readRest(bytes.span, at: now)
        return follower.result(at: now)
    }
}
