import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

struct ConversationTableTests {
    @Test("A handshake is one conversation, begun by the sender of the SYN", arguments: IPFamily.allCases)
    func handshake(_ family: IPFamily) throws {
        var script = PacketScript(family)
        script.send(.syn)
        script.answer([.syn, .ack])
        script.send(.ack, sequence: 1_001, acknowledges: 5_001)
        let table = script.table
        let conversation = try #require(table.conversations.first)
        #expect(table.conversations.count == 1)
        #expect(conversation.initiator == script.client && conversation.responder == script.server)
        #expect(conversation.packets.map(\.fromInitiator) == [true, false, true])
        #expect(conversation.packets.map(\.frame) == [1, 2, 3])
        #expect(conversation.packets[1].timeToLive == 61)
        #expect(TCPHandshake(conversation.packets).isEstablished)
        #expect(conversation.state == .decided)
    }

    @Test("A SYN behind the end of an earlier connection begins the next one; a late one begins none")
    func openingBehindRest() {
        var script = PacketScript()
        script.answer([.fin, .ack], sequence: 5_000, acknowledges: 1_000)
        script.send(.rst, sequence: 1_000)
        script.send(.syn, sequence: 90_000)
        script.answer([.syn, .ack], sequence: 77_000, acknowledges: 90_001)
        script.send(.ack, sequence: 90_001, acknowledges: 77_001)
        let table = script.table
        #expect(table.conversations.map(\.packets.count) == [2, 3])
        #expect(table.conversations[1].analysis?.close == nil)
        // The capture has the SYN behind what follows it.
        var late = PacketScript()
        late.answer([.syn, .ack], sequence: 77_000, acknowledges: 1_001)
        late.send(.syn, sequence: 1_000)
        #expect(late.table.conversations.count == 1)
        var refused = PacketScript()
        refused.send(.syn, sequence: 1_000)
        refused.refuse(type: 3, code: 13, by: refused.server)
        refused.missFirst()
        refused.send(.syn, sequence: 1_000)
        #expect(refused.table.conversations.count == 1)
    }

    @Test("An ICMP error joins the conversation that it quotes, whoever sent it", arguments: IPFamily.allCases)
    func icmpErrors(_ family: IPFamily) throws {
        var script = PacketScript(family)
        script.send(.syn, from: 40_000)
        script.send(.syn, from: 40_001)
        let router = IPAddress(family == .v4 ? "192.0.2.2" : "2001:db8:2::2")!
        let (type, code): (UInt8, UInt8) = family == .v4 ? (3, 13) : (1, 1)
        script.refuse(type: type, code: code, by: router)
        let table = script.table
        #expect(table.conversations.count == 2)
        #expect(table.conversations[0].packets.count == 1)
        let error = try #require(table.conversations[1].packets.last)
        #expect(error.source == router && !error.fromInitiator)
        #expect(error.icmpError?.meaning == .administrativelyProhibited)
        #expect(table.conversations[0].state == .waiting && table.conversations[1].state == .decided)
    }

    @Test("An error about a packet that was not captured still makes a conversation")
    func orphanedError() {
        var script = PacketScript()
        script.send(.syn)
        script.refuse(type: 3, code: 3, by: script.server)
        var table = ConversationTable()
        table.observe(script.frames[1].packet, frame: 1, at: .zero)
        #expect(table.conversations.count == 1)
        #expect(table.conversations.first?.flow?.destination == Endpoint(script.server, 443))
    }

    @Test("The same ports with another sequence number are another connection")
    func incarnations() {
        var script = PacketScript()
        script.send(.syn, sequence: 1_000)
        script.send(.syn, sequence: 1_000)
        script.answer([.rst, .ack])
        script.send(.syn, sequence: 77_000)
        let table = script.table
        #expect(table.conversations.map(\.packetCount) == [3, 1])
    }

    @Test("A capture that begins in the middle knows its ends by their ports, and says nothing of the opening")
    func middle() throws {
        var script = PacketScript()
        script.answer(.ack, payload: [1, 2, 3])
        script.send(.ack)
        let conversation = try #require(script.table.conversations.first)
        #expect(conversation.initiator == script.client)
        #expect(conversation.state == .beganBefore)
    }

    @Test("A SYN-ACK without its SYN is the responder's")
    func synAckFirst() throws {
        var script = PacketScript()
        script.answer([.syn, .ack])
        let conversation = try #require(script.table.conversations.first)
        #expect(conversation.initiator == script.client)
    }

    @Test("Datagrams belong to whoever spoke first")
    func datagrams() {
        var script = PacketScript()
        script.sendDatagram()
        script.answerDatagram()
        let table = script.table
        #expect(table.conversations.count == 1)
        #expect(table.conversations[0].packets.map(\.fromInitiator) == [true, false])
        #expect(table.conversations[0].state == .decided)
    }

    @Test("Echo requests and replies, and errors about them", arguments: IPFamily.allCases)
    func echoes(_ family: IPFamily) {
        var script = PacketScript(family)
        let there = FrameBuilder(.rawIP, from: script.client, to: script.server)
        script.add(there.echo(identifier: 7, sequence: 1))
        script.add(there.reversed.echo(identifier: 7, sequence: 1, isReply: true))
        script.add(there.echo(identifier: 7, sequence: 2))
        script.refuse(
            type: family == .v4 ? 11 : 3, code: 0, by: IPAddress(family == .v4 ? "192.0.2.1" : "2001:db8:2::1")!)
        let table = script.table
        #expect(table.conversations.count == 2)
        #expect(table.conversations[0].packets.map(\.kind) == [.echoRequest, .echoReply])
        #expect(table.conversations[1].packets.last?.icmpError?.meaning == .timeToLiveExceeded)
    }

    @Test("ARP and neighbour discovery are kept by address; announcements and probes ask nobody")
    func addressResolution() {
        let asker = MACAddress(rawValue: 0x02_00_00_00_00_01)
        let holder = MACAddress(rawValue: 0x02_00_00_00_00_02)
        func arp(_ operation: ARPPacket.Operation, _ sender: String, _ target: String, from: MACAddress) -> [UInt8] {
            let builder = FrameBuilder(
                .ethernet(from: from, to: .broadcast), from: .v4(IPv4Address(sender)!), to: .v4(IPv4Address(target)!))
            return builder.arp(
                ARPPacket(
                    operation, sender: from, IPv4Address(sender)!, target: MACAddress(rawValue: 0), IPv4Address(target)!
                ))
        }
        var script = PacketScript()
        script.add(arp(.request, "198.51.100.2", "198.51.100.1", from: asker), linkType: .ethernet)
        script.add(arp(.reply, "198.51.100.1", "198.51.100.2", from: holder), linkType: .ethernet)
        script.add(arp(.request, "198.51.100.2", "198.51.100.99", from: asker), linkType: .ethernet)
        script.add(arp(.request, "0.0.0.0", "198.51.100.50", from: asker), linkType: .ethernet)
        script.add(arp(.request, "198.51.100.51", "198.51.100.51", from: asker), linkType: .ethernet)
        let neighbors = script.table.neighbors
        #expect(neighbors.count == 2)
        #expect(neighbors[IPAddress("198.51.100.1")!]?.answers == [.init(frame: 2, linkAddress: holder)])
        #expect(neighbors[IPAddress("198.51.100.1")!]?.isUnanswered == false)
        #expect(neighbors[IPAddress("198.51.100.99")!]?.isUnanswered == true)
        #expect(script.table.conversations.isEmpty)
    }

    @Test("Past its capacity a table counts and does not grow")
    func capacity() {
        var script = PacketScript()
        for port in UInt16(1)...20 { script.send(.syn, to: port) }
        var table = ConversationTable(capacity: 8)
        for (index, frame) in script.frames.enumerated() { table.observe(frame.packet, frame: index + 1, at: frame.at) }
        #expect(table.conversations.count == 8 && table.overflow == 12)
    }

    @Test("A long conversation keeps its opening and counts the rest")
    func longConversation() {
        var script = PacketScript()
        script.send(.syn)
        for _ in 0..<200 { script.answer(.ack, payload: [0]) }
        let conversation = script.table.conversations[0]
        #expect(conversation.packets.count == Conversation.keptPlainPackets && conversation.packetCount == 201)
    }

    @Test("Any bytes at all", arguments: [UInt64(1), 2, 3, 4])
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = ConversationTable(capacity: 64)
        for frame in 1...2_000 {
            let bytes = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let linkType = [LinkType.ethernet, .rawIP, .linuxSLL, .null][frame % 4]
            let packet = Packet.decode(bytes.span, linkType: linkType, originalLength: bytes.count)
            table.observe(
                packet, frame: frame, at: Instant(nanoseconds: Int64.random(in: .min ... .max, using: &generator)))
        }
        #expect(table.conversations.count <= 64)
        _ = table.facts(observedUntil: .zero).map { $0.diagnose() }
    }
}
