import Diagnosis
import Foundation
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A capture that several analyzers judge, each its share, is told as if one had judged it.
struct CaptureShareTests {
    private static func analyzer(_ bytes: [UInt8], share: CaptureShare?) -> CaptureAnalyzer {
        var options = CaptureAnalyzer.Options()
        options.share = share
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(bytes.span, isComplete: true)
        return analyzer
    }

    /// Nil where no share can tell.
    private static func result(_ bytes: [UInt8], shares count: Int) -> CaptureResult? {
        var sum: CaptureConclusion?
        for index in 0..<count {
            let analyzer = analyzer(bytes, share: CaptureShare(index, of: count))
            guard !analyzer.needsWhole else { return nil }
            let conclusion = analyzer.conclusion()
            sum?.add(conclusion)
            sum = sum ?? conclusion
        }
        return sum?.result
    }

    private static func expectSame(_ bytes: [UInt8], shares count: Int, _ name: String) -> Bool {
        let whole = analyzer(bytes, share: nil).result()
        guard let shared = result(bytes, shares: count) else { return false }
        #expect(shared.digest == whole.digest, "\(name)")
        #expect(shared.notes == whole.notes && shared.startedUnixNanoseconds == whole.startedUnixNanoseconds)
        #expect(shared.findings.count == whole.findings.count, "\(name)")
        for (mine, theirs) in zip(shared.findings, whole.findings) where mine != theirs {
            Issue.record("\(name): \(mine.target): \(mine.summary) beside \(theirs.target): \(theirs.summary)")
        }
        return true
    }

    @Test("Traffic of every kind", arguments: [1, 2, 3] as [UInt64], [1, 2, 3, 7])
    func traffic(_ seed: UInt64, _ count: Int) {
        let bytes = GeneratedTraffic(seed: seed, conversations: 800).captureFile
        #expect(Self.expectSame(bytes, shares: count, "\(seed)"))
    }

    @Test("What is open beyond the bounds is let go, and counted together")
    func bounds() throws {
        let traffic = GeneratedTraffic(seed: 4) { traffic in
            for number in 0..<400 { traffic.unanswered(client: number, server: number) }
        }
        var sum: CaptureConclusion?
        for index in 0..<2 {
            var options = CaptureAnalyzer.Options()
            (options.share, options.heldConversations, options.mostConversations) = (CaptureShare(index, of: 2), 16, 16)
            var analyzer = CaptureAnalyzer(options)
            analyzer.read(traffic.captureFile.span, isComplete: true)
            let conclusion = analyzer.conclusion()
            sum?.add(conclusion)
            sum = sum ?? conclusion
        }
        let result = try #require(sum).result
        // Who is let go and tries again is another one.
        #expect(result.digest.conversations >= 400 && result.digest.cutShort > 200)
        #expect(result.digest.limits.contains { $0.contains("more than 32 were open") }, "\(result.digest.limits)")
        #expect(result.digest.verdicts.values.reduce(0, +) + result.digest.others == result.digest.conversations)
    }

    @Test("Captures of the lab")
    func recorded() throws {
        try #require(RecordedCapture.all.count > 100)
        var shared = 0
        for fixture in RecordedCapture.all {
            let bytes = [UInt8](try Data(contentsOf: fixture.capture))
            if Self.expectSame(bytes, shares: 2, fixture.name) { shared += 1 }
        }
        // Errors that quote what is not among the packets are few.
        #expect(shared > RecordedCapture.all.count * 9 / 10, "\(shared)")
    }

    @Test("Each packet is in one share, whichever way it goes; what belongs to no two hosts is in all")
    func sides() throws {
        let there = FrameBuilder(.rawIP, from: GeneratedTraffic.client(1), to: GeneratedTraffic.server(2))
        let back = FrameBuilder(.rawIP, from: GeneratedTraffic.server(2), to: GeneratedTraffic.client(1))
        let router = FrameBuilder(.rawIP, from: GeneratedTraffic.server(9), to: GeneratedTraffic.client(1))
        let syn = there.tcp(TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 1))
        let frames = [
            syn, back.tcp(TCPHeader(from: 443, to: 40_000, [.syn, .ack], sequenceNumber: 5, acknowledgementNumber: 2)),
            there.udp(from: 5_000, to: 53, payload: [1, 2, 3]), router.icmpError(type: 3, code: 13, quoting: syn),
        ]
        for count in 1...5 {
            let holders = frames.map { frame in
                (0..<count).filter { index in
                    let packet = Packet.decode(frame.span, linkType: .rawIP, originalLength: frame.count)
                    return CaptureShare(index, of: count).holds(packet) ?? true
                }
            }
            #expect(Set(holders).count == 1 && holders[0].count == 1)
        }
        let nothing: [UInt8] = []
        let packet = Packet.decode(nothing.span, linkType: .rawIP, originalLength: 0)
        #expect(CaptureShare(1, of: 2).holds(packet) == nil)
    }

    @Test("An error that quotes rewritten addresses is told by whoever reads everything")
    func rewritten() {
        let client = GeneratedTraffic.client(1)
        var file = GeneratedTraffic(seed: 1) { traffic in
            for number in 0..<20 { traffic.healthy(client: number, server: number) }
        }
        let syn = FrameBuilder(.rawIP, from: client, to: GeneratedTraffic.server(50))
            .tcp(TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 77))
        let inside = FrameBuilder(.rawIP, from: client, to: GeneratedTraffic.server(60))
            .tcp(TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 77))
        file.add(syn, after: 1)
        file.add(
            FrameBuilder(.rawIP, from: GeneratedTraffic.server(70), to: client).icmpError(
                type: 3, code: 1, quoting: inside),
            after: 1)
        let bytes = file.captureFile
        #expect(Self.result(bytes, shares: 2) == nil)
        #expect(!Self.analyzer(bytes, share: nil).needsWhole)
        #expect(Self.analyzer(bytes, share: nil).result().findings.count == 1)
    }
}
