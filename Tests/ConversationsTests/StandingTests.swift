import Conversations
import PacketWire
import StallpointTestKit
import Testing

/// How far it is known what comes of a conversation, so long after its first packet.
@Suite struct StandingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var standings: [(Int64, ConversationStanding)]
        var table: ConversationTable

        init(
            _ name: String, _ standings: [(Int64, ConversationStanding)], _ write: (inout PacketScript) -> Void
        ) {
            self.name = name
            self.standings = standings
            var script = PacketScript()
            write(&script)
            table = script.table
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("asked", [(0, .young), (3_499, .young), (3_500, .telling), (4_999, .telling), (5_000, .silent)]) {
            $0.send(.syn)
        },
        Case("asked three times", [(3_400, .young), (3_500, .telling), (8_001, .telling), (8_002, .silent)]) {
            $0.send(.syn)
            $0.wait(.seconds(1))
            $0.send(.syn)
            $0.wait(.seconds(2))
            $0.send(.syn)
        },
        Case("answered", [(1, .young), (1_000, .young), (1_001, .telling), (5_001, .silent)]) {
            $0.send(.syn)
            $0.answer([.syn, .ack])
        },
        Case("reset", [(1, .young), (1_000, .young), (1_001, .over), (9_000, .over)]) {
            $0.send(.syn)
            $0.answer([.rst, .ack], sequence: 0)
        },
        Case("rejected by a router", [(1_000, .young), (1_001, .over)]) {
            $0.send(.syn)
            $0.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
        },
        Case("closed by both", [(1_003, .young), (1_004, .over)]) {
            $0.send(.syn)
            $0.answer([.syn, .ack])
            $0.send(.ack, sequence: 1_001, acknowledges: 5_001)
            $0.send([.fin, .ack], sequence: 1_001, acknowledges: 5_001)
            $0.answer([.fin, .ack], sequence: 5_001, acknowledges: 1_002)
        },
    ]

    @Test(arguments: cases) func standing(_ item: Case) {
        for (after, standing) in item.standings {
            let found = item.table.outline(at: 0).standing(at: .zero + .milliseconds(after))
            #expect(found == standing, "\(item.name) after \(after) ms")
        }
    }

    @Test func clocksThatRunBackwardsTrapNothing() {
        let outline = Self.cases[0].table.outline(at: 0)
        #expect(outline.standing(at: Instant(nanoseconds: .min)) == .young)
        #expect(outline.standing(at: Instant(nanoseconds: .max)) == .silent)
    }
}
