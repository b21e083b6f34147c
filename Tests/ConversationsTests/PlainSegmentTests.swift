import CaptureFile
import Conversations
import PacketWire
import StallpointTestKit
import Testing

/// A table that files plain segments the short way comes to the same as one that takes every frame apart.
struct PlainSegmentTests {
    private struct Tables {
        var short = ConversationTable()
        var whole = ConversationTable()
        /// How many went the short way.
        var plain = 0
        /// How many of those that open or reset did.
        var openings = 0

        mutating func add(_ frame: [UInt8], number: Int, at: Instant) {
            var segment = SegmentOutline()
            if short.take(plain: frame.span, originalLength: frame.count, number: number, at: at) {
                plain += 1
            } else if segment.fill(opening: frame.span, originalLength: frame.count),
                segment.hasRightChecksums(in: frame.span)
            {
                openings += 1
                _ = short.take(opening: segment, number: number, at: at)
            } else {
                Self.add(frame, number, at, to: &short)
            }
            Self.add(frame, number, at, to: &whole)
        }

        private static func add(_ frame: [UInt8], _ number: Int, _ at: Instant, to table: inout ConversationTable) {
            let packet = Packet.decode(frame.span, linkType: .ethernet, originalLength: frame.count)
            let copies = table.duplicates
            let position = table.observe(
                packet, frame: number, at: at, quote: PacketQuote(packet, in: frame.span),
                identifier: packet.datagramIdentifier(in: frame.span)
            ) { packet.checksums(in: frame.span) }
            guard let position, table.duplicates == copies else { return }
            table.read(packet, in: frame.span, number: number, at: at, position: position)
        }

        func expectSame(_ note: String) {
            #expect(short.count == whole.count && short.duplicates == whole.duplicates, "\(note)")
            #expect(short.damaged == whole.damaged && short.unassigned == whole.unassigned, "\(note)")
            for (position, conversation) in whole.conversations.enumerated() where position < short.count {
                #expect(short.conversation(at: position) == conversation, "\(note), \(position)")
                #expect(short.application(at: position) == whole.application(at: position), "\(note), \(position)")
                let end = Instant(nanoseconds: 1 << 50)
                #expect(short.shape(at: position, until: end) == whole.shape(at: position, until: end), "\(note)")
                #expect(short.outline(at: position).signature == whole.outline(at: position).signature, "\(note)")
            }
        }
    }

    private static let link: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]

    /// Generated traffic, in frames of Ethernet; some of it damaged, said twice, or cut.
    private func play(seed: UInt64, damage: Int) -> Tables {
        var random = SeededGenerator(seed: seed)
        var tables = Tables()
        let file = GeneratedTraffic(seed: seed, conversations: 160).captureFile
        var number = 0
        for record in CaptureFile.readAll(file).packets {
            var frame = Self.link + record.bytes
            let at = Instant(nanoseconds: record.timestamp?.nanosecondsSince1970 ?? 0)
            for _ in 0..<(Int.random(in: 0..<16, using: &random) == 0 ? 2 : 1) {
                number += 1
                if damage > 0, Int.random(in: 0..<damage, using: &random) == 0 {
                    frame[.random(in: frame.indices, using: &random)] = UInt8.random(in: 0 ... .max, using: &random)
                }
                tables.add(frame, number: number, at: at)
            }
        }
        return tables
    }

    @Test("Whole traffic")
    func whole() {
        let tables = play(seed: 1, damage: 0)
        #expect(tables.plain > 200 && tables.openings > 100)
        tables.expectSame("whole")
    }

    @Test("Traffic of which some is damaged", arguments: 2..<14 as Range<UInt64>)
    func damaged(seed: UInt64) {
        let tables = play(seed: seed, damage: seed % 2 == 0 ? 8 : 60)
        #expect(tables.plain > 50 && tables.openings > 50)
        tables.expectSame("seed \(seed)")
    }

    @Test("What begins a conversation is not taken, and nothing is noted of it")
    func begins() {
        var script = PacketScript()
        script.send(.syn)
        script.send(.ack, from: 40_001, sequence: 1_001, acknowledges: 5_001)
        var table = ConversationTable()
        for frame in script.frames {
            let bytes = Self.link + frame.bytes
            let isTaken = table.take(plain: bytes.span, originalLength: bytes.count, number: 1, at: frame.at)
            #expect(!isTaken)
        }
        #expect(table.count == 0 && table.total == 0)
    }
}
