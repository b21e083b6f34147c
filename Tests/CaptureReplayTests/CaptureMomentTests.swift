import Conversations
import Diagnosis
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Generated traffic begins at 2023-11-14T22:13:20Z.
@Suite struct CaptureMomentTests {
    /// One connection a second, so that what counts tells from when and until when.
    private static let capture = {
        GeneratedTraffic(seed: 5) { traffic in
            for client in 0..<10 { traffic.unanswered(client: client, server: client, after: .seconds(1)) }
        }.captureFile
    }()

    /// How many packets of ten times three SYNs, at 0, 1 and 3 seconds each, count.
    private static func packets(since: String?, until: String?) throws -> Int {
        var options = CaptureAnalyzer.Options()
        options.keeps.since = try since.map { try #require(CaptureMoment($0)) }
        options.keeps.until = try until.map { try #require(CaptureMoment($0)) }
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(capture.span, isComplete: true)
        return analyzer.result().digest.packets
    }

    struct Case: Sendable {
        var since: String?
        var until: String?
        var count: Int
    }

    static let cases = [
        Case(since: nil, until: nil, count: 30),
        Case(since: "0", until: "0", count: 1),
        Case(since: nil, until: "2", count: 5),
        Case(since: "2", until: nil, count: 27),
        Case(since: "1.5", until: "2.5", count: 2),
        Case(since: "2023-11-14T22:13:22Z", until: nil, count: 27),
        Case(since: "2023-11-14T22:13:21.5Z", until: "2023-11-14T22:13:22.5Z", count: 2),
        Case(since: "2023-11-15T00:13:21.5+02:00", until: "2023-11-14 18:43:22.5-03:30", count: 2),
        Case(since: "22:13:21.5", until: "22:13:22.5", count: 2),
        Case(since: "22:13:20", until: "22:13:20", count: 1),
        // A time before the first packet is the next day's; a moment before it is everything.
        Case(since: "22:13:19", until: nil, count: 0),
        Case(since: nil, until: "22:13:19", count: 30),
        Case(since: "2023-11-14T00:00:00Z", until: nil, count: 30),
        Case(since: nil, until: "2023-11-14T00:00:00Z", count: 0),
        // Until the first such time after the beginning.
        Case(since: "22:13:22", until: "22:13:21", count: 27),
        Case(since: "2", until: "2023-11-14T22:13:23Z", count: 5),
        Case(since: "2262-04-11T23:47:16Z", until: "22:13:21", count: 0),
    ]

    @Test("Seconds, moments and times of day", arguments: cases)
    func choose(_ item: Case) throws {
        #expect(try Self.packets(since: item.since, until: item.until) == item.count)
    }

    @Test(
        "Anything else is no moment",
        arguments: ["", "soon", "-1", "nan", "inf", "5e9", "1,5", "05:27", "2026-11-26", "2026-11-26T05:27:39", "12s"])
    func refused(_ text: String) { #expect(CaptureMoment(text) == nil) }
}
