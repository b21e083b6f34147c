import CaptureFile
import Conversations
import Diagnosis
import Foundation
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Packets that stand in the file behind later ones are taken in the order of their times.
struct LateFrameTests {
    private static let beginning: Int64 = 1_700_000_000_000_000_000

    /// In the order of the list, not of the times.
    private static func file(_ frames: [(at: Int64, bytes: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for frame in frames {
            writer.append(
                frame.bytes.span, at: CaptureTimestamp(nanosecondsSince1970: beginning + frame.at), to: &bytes)
        }
        return bytes
    }

    /// What is told, less the numbers of frames.
    private struct Told: Hashable {
        var target: String
        var verdict: Verdict
        var mechanism: Mechanism?
        var summary: String
        var timeline: [String]

        init(_ diagnosis: TargetDiagnosis) {
            target = "\(diagnosis.target)"
            (verdict, mechanism) = (diagnosis.verdict, diagnosis.mechanism)
            let parts = diagnosis.summary.components(separatedBy: "frame ")
            summary = parts[0] + parts.dropFirst().map { "frame " + $0.drop(while: \.isNumber) }.joined()
            timeline = diagnosis.timeline.map { "\($0.at) \($0.summary)" }
        }
    }

    private static func limits(_ file: [UInt8]) throws -> [String] { try CaptureReplay(file).result.digest.limits }

    @Test("A reset that stands in front of the handshake came behind it, and the note says how many stood wrong")
    func reset() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.reset(byClient: false)
        let told = Told(try connection.diagnosis)
        #expect(told.verdict == .interfered)
        var frames = connection.frames
        frames.swapAt(0, 3)
        let replay = try CaptureReplay(Self.file(frames))
        #expect(replay.diagnoses.map(Told.init) == [told])
        #expect(
            replay.result.digest.limits == [
                "3 packets stand behind later ones in the file, by up to 30.0 ms: taken in the order of their times"
            ])
        // Their numbers are those in the file.
        #expect(replay.diagnoses.first?.timeline.compactMap(\.frame) == [4, 2, 3, 1])
    }

    @Test("Captures of the lab, written by several processors", arguments: [0, 1] as [UInt64])
    func recorded(_ seed: UInt64) throws {
        try #require(RecordedCapture.all.count > 100)
        // Half of them each.
        for (index, fixture) in RecordedCapture.all.enumerated() where index % 2 == Int(seed) {
            let bytes = [UInt8](try Data(contentsOf: fixture.capture))
            let shuffled = try ShuffledCapture.make(bytes, lateness: 500_000, seed: seed)
            let own = try fixture.diagnoses().map(Told.init)
            let told = try CaptureReplay(shuffled).diagnoses.map(Told.init)
            for (one, other) in zip(own, told) where one != other {
                Issue.record("\(fixture.name): \(one.verdict) \(one.summary) beside \(other.verdict) \(other.summary)")
            }
            #expect(told.count == own.count, "\(fixture.name)")
        }
    }

    @Test("Traffic of every kind, by shares and by one", arguments: [1, 2, 3] as [UInt64])
    func traffic(_ seed: UInt64) throws {
        let file = GeneratedTraffic(seed: seed, conversations: 400).captureFile
        let shuffled = try ShuffledCapture.make(file, lateness: 60_000_000, seed: seed)
        let (told, inOrder) = (try CaptureReplay(shuffled), try CaptureReplay(file))
        #expect(told.result.digest.verdicts == inOrder.result.digest.verdicts)
        let limits = try Self.limits(shuffled)
        #expect(shuffled != file && limits.contains { $0.contains("stand behind later ones") }, "\(limits)")

        var sum: CaptureConclusion?
        for index in 0..<3 {
            var options = CaptureAnalyzer.Options()
            options.share = CaptureShare(index, of: 3)
            var analyzer = CaptureAnalyzer(options)
            analyzer.read(shuffled.span, isComplete: true)
            let conclusion = analyzer.conclusion()
            sum?.add(conclusion)
            sum = sum ?? conclusion
        }
        var whole = CaptureAnalyzer()
        whole.read(shuffled.span, isComplete: true)
        let (shared, alone) = (try #require(sum).result, whole.result())
        #expect(shared.digest == alone.digest && shared.findings == alone.findings)
    }

    @Test("A stream that comes in pieces is told as the file is", arguments: [1, 7, 300, 5_000])
    func pieces(_ size: Int) throws {
        let file = GeneratedTraffic(seed: 5, conversations: 60).captureFile
        let shuffled = try ShuffledCapture.make(file, lateness: 60_000_000, seed: 5)
        var analyzer = CaptureAnalyzer()
        var window: [UInt8] = []
        var (given, most) = (0, 0)
        while true {
            let need = analyzer.read(window.span, isComplete: given == shuffled.count)
            guard need.more > 0 else { break }
            window.removeFirst(need.released)
            let next = min(shuffled.count, given + max(need.more, size))
            window += shuffled[given..<next]
            given = next
            most = max(most, window.count)
        }
        let (pieces, whole) = (analyzer.result(), try CaptureReplay(shuffled).result)
        #expect(pieces.digest == whole.digest)
        // What waits for its turn is kept, and no more.
        #expect(most < shuffled.count)
    }

    @Test("A clock that is set back by more than packets are late is no disorder")
    func clockSetBack() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client([1])
        connection.now -= 150_000_000
        connection.server([2])
        connection.client([3])
        let limits = try Self.limits(Self.file(connection.frames))
        #expect(limits.isEmpty, "\(limits)")
    }

    @Test("Several interfaces may be half a second apart")
    func interfaces() throws {
        var connection = ConnectionScript()
        connection.syn()
        connection.wait(300)
        connection.refuse()
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &bytes)
        let interfaces = (0..<2).map { _ in writer.append(CaptureInterface(linkType: .rawIP), to: &bytes) }
        for (frame, interface) in zip(connection.frames.reversed(), interfaces) {
            writer.append(
                frame.bytes.span, at: CaptureTimestamp(nanosecondsSince1970: Self.beginning + frame.at),
                interface: interface, to: &bytes)
        }
        let diagnosis = try #require(CaptureReplay(bytes).diagnoses.first)
        #expect(diagnosis.verdict == .closed && diagnosis.timeline.compactMap(\.frame) == [2, 1])
    }

    @Test("What follows a file that is still written waits for nobody")
    func growing() throws {
        var connection = ConnectionScript()
        connection.handshake()
        let file = connection.captureFile
        var waiting = CaptureAnalyzer()
        #expect(waiting.read(file.span, isComplete: false).released < file.count && waiting.digest.packets == 0)
        var follower = CaptureFollower()
        let need = follower.read(file.span, isComplete: false, at: .zero)
        #expect(need.released == file.count && follower.analyzer.digest.packets == 3)
    }

    // MARK: The queue

    private static func record(_ milliseconds: Int64) -> CaptureRecord {
        var reader = CaptureReader()
        let bytes = file([(milliseconds * 1_000_000, [UInt8](repeating: 0x45, count: 40))])
        guard case .record(let record)? = try? reader.next(in: bytes.span) else { preconditionFailure("a record") }
        return record
    }

    @Test("So many are held at the most; what is later than all of them stays where it stands, and is not counted")
    func bounded() {
        var queue = FrameQueue()
        var order: [Int] = []
        // One at a time: all of them within what may be late.
        for _ in 0..<1_500 {
            queue.add(Self.record(50), interfaces: 1)
            while let place = queue.next() { order.append(queue[place].number) }
        }
        #expect(order == Array(1...476), "1,024 wait for earlier ones")
        queue.add(Self.record(0), interfaces: 1)
        queue.flush()
        while let place = queue.next() { order.append(queue[place].number) }
        #expect(order.count == 1_501 && order[476] == 1_501 && queue.late.count == 0)
    }

    @Test("Where there are several interfaces, the first late frame is put in its turn, too")
    func firstOfSeveral() {
        // Of one interface it is no late frame: the clock was set back.
        for (interfaces, expected) in [(2, [1, 4, 2, 3]), (1, [1, 2, 3, 4])] {
            var queue = FrameQueue()
            var order: [Int] = []
            for milliseconds in [0, 150, 310, 100] as [Int64] {
                queue.add(Self.record(milliseconds), interfaces: interfaces)
                while let place = queue.next() { order.append(queue[place].number) }
            }
            queue.flush()
            while let place = queue.next() { order.append(queue[place].number) }
            #expect(order == expected, "\(interfaces)")
        }
    }

    @Test(
        "Whatever is late within the bounds comes out by its time, once, and in the order of the file where times are equal",
        arguments: 1...20)
    func byTime(_ seed: UInt64) {
        let out = Self.throughQueue(seed) { _, _ in }
        let expected = out.sorted { ($0.stamp, $0.number) < ($1.stamp, $1.number) }
        #expect(out.map(\.number) == expected.map(\.number) && out.count == 400)
    }

    @Test("Nothing is lost or doubled where the queue is emptied on the way", arguments: 1...20)
    func onceEach(_ seed: UInt64) {
        let out = Self.throughQueue(seed) { queue, random in
            if Int.random(in: 0..<50, using: &random) == 0 { queue.flush() }
        }
        #expect(out.map(\.number).sorted() == Array(1...400))
    }

    /// 400 frames a few milliseconds apart, each up to 40 ms late.
    private static func throughQueue(
        _ seed: UInt64, _ change: (inout FrameQueue, inout SeededGenerator) -> Void
    ) -> [(number: Int, stamp: Int64)] {
        var random = SeededGenerator(seed: seed)
        var queue = FrameQueue()
        var out: [(number: Int, stamp: Int64)] = []
        var now: Int64 = 0
        for _ in 0..<400 {
            now += Int64.random(in: 0...8, using: &random)
            queue.add(record(now - Int64.random(in: 0...40, using: &random)), interfaces: 1)
            change(&queue, &random)
            while let place = queue.next() { out.append((queue[place].number, queue[place].stamp)) }
        }
        queue.flush()
        while let place = queue.next() { out.append((queue[place].number, queue[place].stamp)) }
        return out
    }

    @Test("Times that only fall come out by their time, as many as are held")
    func falling() {
        var queue = FrameQueue()
        for number in 0..<200 { queue.add(Self.record(90 - Int64(number) / 4), interfaces: 1) }
        queue.flush()
        var stamps: [Int64] = []
        while let place = queue.next() { stamps.append(queue[place].stamp) }
        #expect(stamps == stamps.sorted() && stamps.count == 200 && queue.late.count == 196)
    }
}
