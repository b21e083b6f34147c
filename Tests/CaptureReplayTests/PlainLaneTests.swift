import CaptureFile
import Conversations
import Diagnosis
import Foundation
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A capture of which plain segments, those that open and reset included, go the short way is told as if every frame were
/// taken apart: so is one that is looked through by a filter which lets everything pass.
struct PlainLaneTests {
    private static func analyzer(_ bytes: [UInt8], takingApart: Bool, share: CaptureShare? = nil) -> CaptureAnalyzer {
        var options = CaptureAnalyzer.Options()
        options.share = share
        if takingApart { options.keeps.since = .afterStart(.zero) }
        var analyzer = CaptureAnalyzer(options)
        analyzer.read(bytes.span, isComplete: true)
        return analyzer
    }

    private static func expectSame(_ bytes: [UInt8], _ name: String, _ shares: [CaptureShare?] = [nil]) {
        for share in shares {
            let short = analyzer(bytes, takingApart: false, share: share)
            let whole = analyzer(bytes, takingApart: true, share: share)
            #expect(short.needsWhole == whole.needsWhole, "\(name)")
            let (mine, theirs) = (short.quality, whole.quality)
            #expect(mine.loopback == theirs.loopback && mine.strayed == theirs.strayed, "\(name)")
            #expect(mine.oddities.crossings.translated == theirs.oddities.crossings.translated, "\(name)")
            // Resets of other shares' are passed over.
            if share == nil {
                #expect(mine.oddities.crossings.farther == theirs.oddities.crossings.farther, "\(name)")
            }
            #expect(short.beginnings == whole.beginnings && short.end == whole.end, "\(name)")
            let (told, expected) = (short.conclusion().result, whole.conclusion().result)
            #expect(told.digest == expected.digest && told.notes == expected.notes, "\(name)")
            #expect(told.findings == expected.findings, "\(name)")
        }
    }

    /// Generated traffic in frames of Ethernet between few stations, some said twice with fewer hops to live, some damaged.
    private static func traffic(seed: UInt64, damage: Int) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .ethernet, to: &bytes)
        for record in CaptureFile.readAll(GeneratedTraffic(seed: seed, conversations: 200).captureFile).packets {
            guard let stamp = record.timestamp, let version = record.bytes.first else { continue }
            var stations: [UInt8] = [2, 0, 0, 0, 0, .random(in: 1...2, using: &random)]
            stations += [2, 0, 0, 0, 0, .random(in: 1...2, using: &random)]
            if Int.random(in: 0..<40, using: &random) == 0 { stations = Array(repeating: 0, count: 12) }
            var frame = stations + (version >> 4 == 6 ? [0x86, 0xDD] : [8, 0]) + record.bytes
            if damage > 0, Int.random(in: 0..<damage, using: &random) == 0 {
                frame[.random(in: frame.indices, using: &random)] = .random(in: 0 ... .max, using: &random)
            }
            for _ in 0..<(Int.random(in: 0..<16, using: &random) == 0 ? 2 : 1) {
                writer.append(frame.span, at: stamp, to: &bytes)
                // One router farther: the header's sum stays right.
                if version >> 4 == 4, frame[22] > 1, frame[24] < .max {
                    frame[22] -= 1
                    frame[24] += 1
                }
            }
        }
        return bytes
    }

    @Test("Generated traffic", arguments: 1..<9 as Range<UInt64>)
    func generated(_ seed: UInt64) {
        let bytes = Self.traffic(seed: seed, damage: seed % 2 == 0 ? 0 : 50)
        Self.expectSame(bytes, "\(seed)", [nil, CaptureShare(0, of: 2), CaptureShare(1, of: 2)])
    }

    @Test("Captures of the lab")
    func recorded() throws {
        try #require(RecordedCapture.all.count > 100)
        for fixture in RecordedCapture.all {
            Self.expectSame([UInt8](try Data(contentsOf: fixture.capture)), fixture.name)
        }
    }
}
