import PacketWire
import Testing

@testable import FirewallLab

@Suite("Answers that no kernel sends")
struct CraftedAnswerTests {
    static let server = IPAddress("203.0.113.10")!
    static let client = IPAddress("198.51.100.2")!

    static func segment(_ flags: TCPFlags = .syn, to port: UInt16 = 80) -> [UInt8] {
        FrameBuilder(from: client, to: server).tcp(TCPHeader(from: 40_000, to: port, flags, sequenceNumber: 1000))
    }

    static func answer(_ text: String, to packet: [UInt8] = segment()) throws -> Packet? {
        let answer = try #require(CraftedAnswer(text))
        guard let bytes = answer.packet(answering: packet, at: server, port: 80) else { return nil }
        let decoded = Packet.decode(bytes.span, networkLayerAt: 0, originalLength: bytes.count)
        #expect(decoded.stop == nil)
        return decoded
    }

    @Test("a SYN-ACK acknowledges the SYN and goes back to where it came from")
    func plain() throws {
        let packet = try #require(try Self.answer("syn+ack"))
        let tcp = try #require(packet.tcp)
        #expect(packet.source == Self.server && packet.destination == Self.client && packet.timeToLive == 64)
        #expect(tcp.sourcePort == 80 && tcp.destinationPort == 40_000)
        #expect(tcp.flags == [.syn, .ack] && tcp.acknowledgementNumber == 1001 && tcp.window == 65_535)
        #expect(tcp.options.maximumSegmentSize == 1440)
    }

    @Test("each word changes its own field")
    func words() throws {
        let packet = try #require(try Self.answer("syn+ack ack=+500 window=0 ttl=9 bare from=203.0.113.20"))
        let tcp = try #require(packet.tcp)
        #expect(tcp.acknowledgementNumber == 1500 && tcp.window == 0 && packet.timeToLive == 9)
        #expect(tcp.options.present == [] && packet.source == IPAddress("203.0.113.20"))
        #expect(CraftedAnswer("syn+ack delay=1500")?.delay == 1500)
    }

    @Test("a bare acknowledgement and a reset without one have no SYN and no options")
    func others() throws {
        let ack = try #require(try Self.answer("ack ack=+77000")?.tcp)
        #expect(ack.flags == .ack && ack.acknowledgementNumber == 78_000 && ack.options.present == [])
        let reset = try #require(try Self.answer("rst")?.tcp)
        #expect(reset.flags == .rst && reset.acknowledgementNumber == 0 && reset.sequenceNumber == 0)
    }

    @Test("a repeated SYN gets the same sequence number, another one another")
    func sequence() throws {
        let first = try #require(try Self.answer("syn+ack")?.tcp?.sequenceNumber)
        #expect(try Self.answer("syn+ack")?.tcp?.sequenceNumber == first)
        let other = FrameBuilder(from: Self.client, to: Self.server).tcp(
            TCPHeader(from: 40_000, to: 80, .syn, sequenceNumber: 1001))
        #expect(try Self.answer("syn+ack", to: other)?.tcp?.sequenceNumber != first)
    }

    @Test("who accepts a connection acknowledges its end; who refuses it, holds it or answers wrongly does not")
    func end() throws {
        let end = Self.segment([.fin, .ack])
        let answer = try #require(try Self.answer("syn+ack delay=1500", to: end)?.tcp)
        #expect(answer.flags == .ack && answer.acknowledgementNumber == 1001 && answer.destinationPort == 40_000)
        for text in ["syn+ack window=0", "syn+ack ack=+9000", "ack", "rst"] {
            #expect(try Self.answer(text, to: end) == nil, "\(text)")
        }
        #expect(try Self.answer("syn+ack", to: Self.segment([.fin, .ack], to: 81)) == nil)
    }

    @Test("only a SYN for the port and the address is answered, and no damaged packet traps")
    func silence() throws {
        #expect(try Self.answer("syn+ack", to: Self.segment(to: 81)) == nil)
        #expect(try Self.answer("syn+ack", to: Self.segment([.syn, .ack])) == nil)
        #expect(try Self.answer("syn+ack", to: Self.segment(.ack)) == nil)
        let answer = try #require(CraftedAnswer("syn+ack"))
        #expect(answer.packet(answering: Self.segment(), at: Self.client, port: 80) == nil)
        let six = try #require(CraftedAnswer("syn+ack from=2001:db8::1"))
        #expect(six.packet(answering: Self.segment(), at: Self.server, port: 80) == nil)
        let whole = Self.segment()
        for length in 0..<whole.count {
            #expect(answer.packet(answering: Array(whole.prefix(length)), at: Self.server, port: 80) == nil)
        }
    }

    @Test(
        "what is no answer is refused",
        arguments: [
            "", "fin", "syn+", "+", "syn ack", "syn ack=1", "syn ack=+x", "syn window=65536", "syn ttl=0",
            "syn ttl=256",
            "syn from=server", "syn delay=0", "syn delay=60001", "syn window", "syn bare=1", "syn window=",
        ])
    func refused(text: String) {
        #expect(CraftedAnswer(text) == nil)
    }
}
