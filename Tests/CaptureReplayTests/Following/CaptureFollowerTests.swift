import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@Suite struct CaptureFollowerTests {
    /// A capture, and after how many milliseconds which verdicts are told.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var told: [(after: Int64, verdicts: [Verdict])]
        var capture: [UInt8]

        init(_ name: String, _ told: [(Int64, [Verdict])], _ write: (inout PacketScript) -> Void) {
            self.name = name
            self.told = told.map { ($0.0, $0.1) }
            var script = PacketScript()
            write(&script)
            capture = script.captureFile
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("A SYN that was sent a moment ago says nothing", [(1_000, []), (3_000, []), (3_600, [.blocked])]) {
            $0.send(.syn)
        },
        Case("Nor does one that is answered after two seconds", [(1_500, []), (3_600, []), (9_000, [])]) {
            $0.send(.syn)
            $0.wait(.seconds(2))
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
        },
        Case("Other packets let the capture's time go on", [(3_000, []), (4_000, [.blocked])]) { script in
            script.send(.syn)
            for second in 0..<10 {
                script.wait(.milliseconds(500))
                script.sendDatagram(from: 50_000 + UInt16(second))
                script.answerDatagram(to: 50_000 + UInt16(second))
            }
        },
        Case("A refusal is told when what may contradict it had time to come", [(500, []), (1_200, [.closed])]) {
            $0.send(.syn)
            $0.answer([.rst, .ack], sequence: 0)
        },
        Case("So is a router's", [(500, []), (1_200, [.blocked])]) {
            $0.send(.syn)
            $0.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        },
        Case("A second refusal of the same kind is no news", [(1_200, [.closed]), (9_000, [])]) {
            for source: UInt16 in [40_000, 40_001] {
                $0.send(.syn, from: source)
                $0.answer([.rst, .ack], to: source, sequence: 0)
                $0.wait(.seconds(3))
            }
        },
        Case("Another port is", [(1_200, [.closed]), (9_000, [.closed])]) {
            for port: UInt16 in [443, 8_443] {
                $0.send(.syn, to: port)
                $0.answer([.rst, .ack], from: port, sequence: 0)
                $0.wait(.seconds(3))
            }
        },
        Case("What works is not told", [(1_200, []), (60_000, [])]) {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.send([.ack, .psh], sequence: 1_001, acknowledges: 5_001, payload: [1, 2, 3])
            $0.answer([.ack, .psh], sequence: 5_001, acknowledges: 1_004, payload: [4, 5])
            $0.send(.ack, sequence: 1_004, acknowledges: 5_003)
        },
        Case("A reset right behind the handshake", [(500, []), (1_500, [.interfered])]) {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.answer(.rst, sequence: 5_001, acknowledges: 0)
        },
        Case("Data that is lost for good, once it is not sent again", [(4_000, []), (12_000, [.interfered])]) {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            for wait: Int64 in [0, 200, 400, 800, 1_600] {
                $0.wait(.milliseconds(wait))
                $0.send([.ack, .psh], sequence: 1_001, acknowledges: 5_001, payload: [1, 2, 3])
            }
        },
        Case("A datagram without an answer", [(3_000, []), (4_000, [.undetermined])]) { $0.sendDatagram() },
        Case("An answered one", [(60_000, [])]) {
            $0.sendDatagram()
            $0.answerDatagram()
        },
    ]

    @Test("Each thing is told when it is decided, and once", arguments: cases)
    func told(_ item: Case) {
        var following = Following(item.capture)
        var passed: Int64 = 0
        for (after, verdicts) in item.told {
            // In steps, as somebody who follows looks.
            var told: [Verdict] = []
            while passed < after {
                let step = min(250, after - passed)
                following.pass(.milliseconds(step))
                passed += step
                if following.follower.isDue(at: following.now) { told += following.news().map(\.verdict) }
            }
            told += following.news().map(\.verdict)
            #expect(told == verdicts, "after \(after) ms")
        }
    }

    @Test("While half a record stands at the end, waiting proves nothing")
    func half() {
        var script = PacketScript()
        script.send(.syn)
        script.wait(.milliseconds(500))
        script.answer([.syn, .ack])
        var following = Following(script.captureFile)
        following.pass(.milliseconds(100))
        following.halfOfTheNext()
        following.pass(.milliseconds(300))
        // The writer holds back what it has: a minute of that is no silence of the network.
        let early = following.lookAfter(.seconds(60), letting: false)
        #expect(early.isEmpty)
        let late = following.lookAfter(.seconds(1))
        #expect(following.isOver && late.isEmpty)
        let result = following.result()
        #expect(result.digest.verdicts == [.open: 1])
    }

    @Test("A writer that stops within a record leaves what was whole, and no damage")
    func cutAtTheEnd() {
        let bytes = GeneratedTraffic(seed: 3, conversations: 12).captureFile
        let end = bytes.count - 7
        var follower = CaptureFollower()
        let need = follower.read(bytes.span.extracting(0..<end), isComplete: false, at: .zero)
        follower.hasHalfARecord = true
        follower.readRest(bytes.span.extracting(need.released..<end), at: .zero + .seconds(60))
        #expect(follower.analyzer.problem == nil)
        // Sixty seconds passed, and the half record says that they are not the capture's.
        let packets = follower.result(at: .zero + .seconds(60)).digest.packets
        #expect(packets > 20 && packets == CaptureReplay.packets(in: Array(bytes[..<end])))
    }

    @Test("Silence counts in the whole report, too", arguments: [(Int64(200), true), (9_000, false)])
    func waited(_ milliseconds: Int64, isEarly: Bool) {
        var script = PacketScript()
        script.send(.syn)
        var following = Following(script.captureFile)
        following.pass(.milliseconds(milliseconds))
        let result = following.result()
        #expect(result.findings.first?.summary.contains("ends before an answer") == isEarly)
        #expect(result.digest.duration == .zero)
    }

    @Test("However it grew, the whole is what a complete file gives", arguments: [UInt64(1), 2], [256, 65_536])
    func whole(seed: UInt64, held: Int) {
        let bytes = GeneratedTraffic(seed: seed, conversations: 800).captureFile
        var following = Following(bytes) { $0.heldConversations = held }
        var told = FindingSet()
        while !following.isOver {
            following.pass(.milliseconds(250))
            guard following.follower.isDue(at: following.now) else { continue }
            for finding in following.news() {
                let isNew = told.insert(finding)
                #expect(isNew, "\(finding.target.input) is told twice")
            }
        }
        var analyzer = CaptureAnalyzer()
        analyzer.read(bytes.span, isComplete: true)
        let result = following.result()
        #expect(result.digest.verdicts == analyzer.result().digest.verdicts)
        // Told on the way or left for the end: every finding, and none twice.
        for finding in following.follower.untold(of: result) {
            let isNew = told.insert(finding)
            #expect(isNew, "\(finding.target.input) is told twice")
        }
        #expect(result.findings.allSatisfy { told.contains($0) } && told.count >= 5)
    }

    @Test("Every conversation by itself, and again where it turns out otherwise", arguments: [16, 65_536])
    func all(held: Int) {
        let bytes = GeneratedTraffic(seed: 4, conversations: 400).captureFile
        var following = Following(bytes) {
            $0.listsAll = true
            $0.heldConversations = held
        }
        var told: [Int: Verdict] = [:]
        func note(_ diagnoses: [TargetDiagnosis]) {
            for diagnosis in diagnoses {
                let number = diagnosis.conversation?.numbers.first ?? 0
                #expect(told[number] != diagnosis.verdict, "\(number) is told twice")
                told[number] = diagnosis.verdict
            }
        }
        while !following.isOver {
            following.pass(.seconds(1))
            note(following.news())
        }
        following.pass(.seconds(3))
        note(following.news())
        #expect(told.count > 300, "on the way")
        let result = following.result()
        note(following.follower.untold(of: result))
        #expect(result.diagnoses.allSatisfy { told[$0.conversation?.numbers.first ?? 0] == $0.verdict })
        #expect(told.count == result.diagnoses.count)
    }

    @Test("Nothing new is worth no look, and a dear look is paid for with patience")
    func pace() {
        var script = PacketScript()
        script.send(.syn)
        script.answer([.rst, .ack], sequence: 0)
        var following = Following(script.captureFile)
        following.pass(.milliseconds(100))
        #expect(!following.follower.isDue(at: following.now))
        following.pass(.milliseconds(950))
        #expect(following.follower.isDue(at: following.now))
        let news = following.news()
        #expect(news.count == 1)
        following.pass(.seconds(3_600))
        #expect(!following.follower.isDue(at: following.now), "all is told, and nothing came")

        var dear = CaptureFollower()
        let bytes = GeneratedTraffic(seed: 3, conversations: 12).captureFile
        dear.read(bytes.span, isComplete: false, at: .zero)
        _ = dear.news(at: .zero + .seconds(1))
        dear.pace(.milliseconds(400))
        #expect(!dear.isDue(at: .zero + .seconds(5)) && dear.isDue(at: .zero + .milliseconds(6_001)))
    }

    @Test("Behind --until it is over: by a packet, and by waiting")
    func until() {
        var script = PacketScript()
        for port: UInt16 in 1...10 {
            script.send(.syn, to: port)
            script.wait(.seconds(1))
        }
        for capture in [script.captureFile, Array(script.captureFile.prefix(24 + 16 + 40))] {
            var following = Following(capture) { $0.keeps.until = .afterStart(.seconds(4)) }
            following.pass(.milliseconds(3_900))
            #expect(!following.follower.isPastEnd)
            following.pass(.milliseconds(200))
            #expect(following.follower.isPastEnd)
        }
    }
}

extension CaptureReplay {
    fileprivate static func packets(in bytes: [UInt8]) -> Int {
        (try? CaptureReplay(bytes))?.result.digest.packets ?? -1
    }
}
