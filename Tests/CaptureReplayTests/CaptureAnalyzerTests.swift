import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

struct CaptureAnalyzerTests {
    private static func analyze(
        _ bytes: [UInt8], _ change: (inout CaptureAnalyzer.Options) -> Void = { _ in }
    ) -> CaptureResult {
        var options = CaptureAnalyzer.Options()
        change(&options)
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(bytes.span, isComplete: true)
        return analyzer.result()
    }

    @Test("Forty clients that one router turns away are one finding")
    func grouped() throws {
        let traffic = GeneratedTraffic(seed: 1) { traffic in
            for client in 0..<40 { traffic.rejected(client: client, server: client % 7, by: "192.0.2.2") }
            for client in 0..<5 { traffic.healthy(client: client, server: 3) }
        }
        let result = Self.analyze(traffic.captureFile)
        let finding = try #require(result.findings.first)
        #expect(result.findings.count == 1 && finding.conversation?.count == 40)
        #expect(finding.conversation?.initiatorCount == 40 && finding.conversation?.responderCount == 7)
        #expect(finding.verdict == .blocked && finding.actor == IPAddress("192.0.2.2"))
        #expect(result.digest.verdicts == [.blocked: 40, .open: 5] && result.digest.conversations == 45)
    }

    @Test("What is judged by its shape has the verdict that it has by itself", arguments: [UInt64(1), 2, 3])
    func shapes(seed: UInt64) {
        let bytes = GeneratedTraffic(seed: seed, conversations: 800).captureFile
        let quick = Self.analyze(bytes)
        let full = Self.analyze(bytes) { $0.listsAll = true }
        var counts: [Verdict: Int] = [:]
        for diagnosis in full.diagnoses { counts[diagnosis.verdict, default: 0] += 1 }
        #expect(counts == quick.digest.verdicts && counts.count >= 5, "\(counts)")
        // A finding holds those and only those that have its verdict by themselves.
        for finding in quick.findings {
            for number in finding.conversation?.numbers ?? [] {
                let own = full.diagnoses.first { $0.conversation?.numbers == [number] }
                #expect(own?.verdict == finding.verdict && own?.mechanism == finding.mechanism, "\(number)")
            }
            // Its words, its addresses and its frames are its first conversation's.
            let first = full.diagnoses.first { $0.conversation?.numbers.first == finding.conversation?.numbers.first }
            #expect(first?.summary == finding.summary && first?.evidence == finding.evidence)
            #expect(first?.target == finding.target && first?.timeline == finding.timeline)
        }
    }

    @Test("Failures beyond the findings that are kept are counted, but for the first of each kind", arguments: [1, 3])
    func forgotten(shares: Int) throws {
        let (kept, beyond) = (20, 7)
        let bytes = GeneratedTraffic(seed: 4) { traffic in
            for server in 0..<kept + beyond { traffic.refused(client: 1, server: server) }
            // Of another kind, and behind them: the first is a finding all the same.
            for client in 0..<2 { traffic.rejected(client: client, server: 60, by: "192.0.2.\(client + 1)") }
        }.captureFile
        var whole: CaptureConclusion?
        for index in 0..<shares {
            var options = CaptureAnalyzer.Options()
            options.mostFindings = kept
            if shares > 1 { options.share = CaptureShare(index, of: shares) }
            var analyzer = CaptureAnalyzer(options)
            analyzer.read(bytes.span, isComplete: true)
            if whole == nil { whole = analyzer.conclusion() } else { whole?.add(analyzer.conclusion()) }
        }
        let result = try #require(whole).result
        #expect(result.digest.verdicts == [.closed: kept + beyond, .blocked: 2])
        #expect(result.findings.first?.actor == IPAddress("192.0.2.1"), "worst first")
        #expect(result.findings.count == kept + 1)
        #expect(result.digest.limits.contains { $0.hasPrefix("\(beyond + 1) conversations fail in ways of their own") })
    }

    @Test("A stall in one connection is no other's")
    func stalls() throws {
        let traffic = GeneratedTraffic(seed: 2) { traffic in
            for client in 0..<30 { traffic.healthy(client: client, server: 1) }
            traffic.stalled(client: 40, server: 1)
            for client in 50..<80 { traffic.healthy(client: client, server: 1) }
        }
        let result = Self.analyze(traffic.captureFile)
        #expect(result.digest.verdicts == [.open: 60, .degraded: 1])
        #expect(result.findings.first?.conversation?.initiators == [GeneratedTraffic.client(40)])
    }

    @Test("More than can be listed are counted")
    func unlisted() {
        let bytes = GeneratedTraffic(seed: 3, conversations: 40).captureFile
        let result = Self.analyze(bytes) {
            $0.listsAll = true
            $0.mostListed = 10
        }
        #expect(result.diagnoses.count == 10 && result.digest.limits.contains { $0.contains("not listed") })
    }

    @Test("Letting go of what has ended changes no verdict", arguments: [UInt64(4), 5])
    func released(seed: UInt64) {
        let bytes = GeneratedTraffic(seed: seed, conversations: 2_000).captureFile
        let all = Self.analyze(bytes)
        let few = Self.analyze(bytes) { $0.heldConversations = 256 }
        #expect(few.digest.verdicts == all.digest.verdicts && few.digest.conversations == all.digest.conversations)
        func keys(_ result: CaptureResult) -> Set<String> {
            Set(result.findings.map { "\($0.target.input) \($0.verdict) \($0.conversation?.count ?? 0)" })
        }
        #expect(keys(few) == keys(all) && few.digest.cutShort == 0)
    }

    @Test("Past the cap the oldest are let go, and counted")
    func cap() {
        let traffic = GeneratedTraffic(seed: 6) { traffic in
            for client in 0..<4_000 { traffic.unanswered(client: client, server: client, after: .milliseconds(1)) }
        }
        let result = Self.analyze(traffic.captureFile) {
            $0.heldConversations = 256
            $0.mostConversations = 512
        }
        #expect(result.digest.conversations >= 4_000 && result.digest.cutShort > 3_000)
        #expect(result.digest.limits.contains { $0.contains("let go before they ended") })
    }

    @Test("In pieces of any size a file says the same")
    func pieces() {
        let bytes = GeneratedTraffic(seed: 7, conversations: 60).captureFile
        let whole = Self.analyze(bytes)
        for size in [1, 7, 100, 4_096] {
            var analyzer = CaptureAnalyzer()
            var window: [UInt8] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                window += rest.prefix(size)
                rest = rest.dropFirst(size)
                let need = analyzer.read(window.span, isComplete: rest.isEmpty)
                window.removeFirst(min(window.count, need.released))
            }
            #expect(analyzer.result().digest == whole.digest, "\(size) bytes at a time")
        }
    }

    @Test("Filters by host, port and time; an error counts for what it quotes")
    func filters() {
        let traffic = GeneratedTraffic(seed: 8) { traffic in
            traffic.rejected(client: 1, server: 1, by: "192.0.2.2")
            traffic.healthy(client: 2, server: 2)
            traffic.healthy(client: 3, server: 3, port: 8_080)
        }
        func count(_ change: (inout PacketFilter) -> Void) -> Int {
            Self.analyze(traffic.captureFile) { change(&$0.keeps) }.digest.conversations
        }
        #expect(count { _ in } == 3)
        #expect(count { $0.hosts = [GeneratedTraffic.server(1)] } == 1)
        #expect(count { $0.ports = [8_080] } == 1)
        #expect(count { $0.hosts = [GeneratedTraffic.client(9)] } == 0)
        #expect(count { $0.until = .afterStart(.zero) } == 1)
        let rejected = Self.analyze(traffic.captureFile) { $0.keeps.hosts = [GeneratedTraffic.server(1)] }
        #expect(rejected.findings.first?.mechanism == .icmpReject)
    }

    @Test("A connection whose SYN-ACK the capture lacks was open all the same")
    func unseenAnswer() throws {
        var script = PacketScript()
        script.send(.syn, sequence: 1_000)
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        script.answer([.ack, .psh], sequence: 5_001, acknowledges: 1_001, payload: [1, 2, 3])
        #expect(try CaptureReplay(script.captureFile).diagnoses.map(\.verdict) == [.open])
    }

    @Test("As time passes, more is known")
    func virtualTime() throws {
        let replay = try CaptureReplay(PacketScript.rejected.captureFile)
        #expect(replay.diagnoses(after: .zero).first?.verdict != .blocked || replay.diagnoses(after: .zero).isEmpty)
        #expect(replay.diagnoses(after: replay.duration).first?.verdict == .blocked)
    }

    @Test("Bytes that are no capture are refused, and a cut one is played as far as it goes")
    func damaged() throws {
        #expect(throws: CaptureFileError.self) { try CaptureReplay(Array("no capture at all, is it?".utf8)) }
        let bytes = GeneratedTraffic(seed: 9, conversations: 20).captureFile
        for cut in stride(from: 60, to: bytes.count, by: 97) {
            let replay = try? CaptureReplay(Array(bytes.prefix(cut)))
            #expect((replay?.result.digest.packets ?? 0) <= 400)
        }
    }
}

extension PacketScript {
    /// A SYN that a router refuses.
    fileprivate static var rejected: PacketScript {
        var script = PacketScript()
        script.send(.syn)
        script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        return script
    }
}
