import Conversations
import PacketWire
import StallpointTestKit
import Testing

/// What a table keeps of packets, however it stores them, is what was seen.
struct KeptPacketTests {
    @Test("Segments, datagrams and errors come back as they were", arguments: IPFamily.allCases)
    func areTheSame(_ family: IPFamily) {
        let router = IPAddress(family == .v4 ? "192.0.2.9" : "2001:db8:2::2")!
        var script = PacketScript(family)
        script.send(.syn)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        script.add(Self.acknowledgement(script))
        script.send([.ack, .psh], sequence: 1_001, acknowledges: 5_001, payload: [1, 2, 3])
        script.refuse(type: family == .v4 ? 3 : 1, code: 1, by: router)
        script.sendDatagram()
        script.answerDatagram()
        expectTheSame(script, script.table)
    }

    @Test("Also where those of another conversation stood before")
    func inUsedPlaces() {
        var script = PacketScript()
        for port in UInt16(40_000)..<40_003 {
            script.send(.syn, from: port, sequence: UInt32(port))
            script.answer([.syn, .ack], to: port, acknowledges: UInt32(port) + 1)
            script.refuse(type: 3, code: 1, by: IPAddress("192.0.2.9")!)
        }
        var table = script.table
        table.remove([1])
        #expect(table.count == 2 && table.conversations.map(\.number) == [1, 3])
        var next = PacketScript()
        next.send(.syn, from: 40_009, sequence: 9)
        next.answer([.rst, .ack], to: 40_009, acknowledges: 10)
        for frame in next.frames { table.observe(frame.packet, frame: 100, at: script.end) }
        #expect(table.count == 3 && table.total == 4)
        for conversation in table.conversations.prefix(2) {
            #expect(conversation.packets.count == 3)
            #expect(conversation.packets.last?.quote != nil)
            #expect(conversation.packets.allSatisfy { $0.source != script.client || $0.fromInitiator })
            #expect(conversation.analysis?.packets == 2)
        }
        #expect(table.conversations.last?.packets.map(\.tcp?.flags) == [.syn, [.rst, .ack]])
        #expect(table.conversations.last?.analysis?.packets == 2)
    }

    /// With selective acknowledgements.
    private static func acknowledgement(_ script: PacketScript) -> [UInt8] {
        var blocks = SACKBlocks()
        blocks.append(SACKBlock(left: 1_100, right: 1_200))
        var header = TCPHeader(from: 443, to: 40_000, .ack, sequenceNumber: 5_001, acknowledgementNumber: 1_001)
        header.options.sackBlocks = blocks
        return FrameBuilder(.rawIP, from: script.server, to: script.client, timeToLive: 61)
            .tcp(header, options: [.sack(blocks)])
    }

    private func expectTheSame(_ script: PacketScript, _ table: ConversationTable) {
        var kept: [Int: SeenPacket] = [:]
        for conversation in table.conversations {
            for packet in conversation.packets { kept[packet.frame] = packet }
        }
        #expect(kept.count == script.frames.count)
        for (index, frame) in script.frames.enumerated() {
            let seen = SeenPacket(
                frame.packet, frame: index + 1, at: frame.at, fromInitiator: frame.packet.source == script.client,
                quote: PacketQuote(frame.packet, in: frame.bytes.span))
            #expect(kept[index + 1] == seen)
        }
    }
}
