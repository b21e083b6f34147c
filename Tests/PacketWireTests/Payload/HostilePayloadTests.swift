import CaptureFile
import Foundation
import PacketWire
import Testing

/// The DNS messages and TLS streams in `fixtures/hostile`, from frame to text.
@Suite struct HostilePayloadTests {
    /// The transport payloads of a fixture's packets, in order.
    static func payloads(_ name: String) throws -> [[UInt8]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "fixtures/hostile/\(name).pcap"))
        let contents = CaptureFile.readAll(Array(data))
        return contents.packets.map { packet in
            let decoded = Packet.decode(
                packet.bytes.span, linkType: contents.interfaces[packet.interface].linkType,
                originalLength: packet.originalLength)
            return Array(packet.bytes[decoded.payload])
        }
    }

    static func message(_ name: String) throws -> DNSMessage {
        let payload = try #require(try payloads(name).first)
        return try DNSMessage(decoding: payload.span)
    }

    @Test func namesThatLoop() throws {
        let own = try Self.message("dns-pointer-to-itself")
        #expect(own.problem == DecodeError(.dns, at: 12, .badValue(0xC00C)))
        #expect(own.questions.isEmpty && own.answers.isEmpty)
        let ring = try Self.message("dns-pointers-in-a-ring")
        #expect(ring.questions.count == 1)
        #expect(ring.problem?.layer == .dns)
        #expect(ring.resolvedAddresses.isEmpty)
    }

    @Test func countsThatLie() throws {
        let message = try Self.message("dns-counts-lie")
        #expect(message.questions.map(\.description) == ["example.lab IN A"])
        #expect(message.problem == DecodeError(.dns, at: 29, .truncated(needed: 1, available: 0)))
    }

    @Test func namesThatAttackATerminal() throws {
        let question = try #require(try Self.message("dns-name-attacks-a-terminal").questions.first)
        #expect(question.name.description == #"\027[2J\013\010.a\.b.\226\128\174"#)
        let stream = try Self.stream("tls-name-attacks-a-terminal")
        #expect(stream.clientHello?.serverName?.description == #"\x1b[2J\x0d\x0a.lab"#)
    }

    /// The bytes are named first: the compiler of Swift 6.3 fails on the span of what a throwing call returns.
    static func stream(_ name: String) throws -> TLSStream {
        let bytes = try payloads(name).flatMap { $0 }
        return TLSStream(decoding: bytes.span)
    }

    @Test func lengthsThatLie() throws {
        let record = try Self.stream("tls-record-length-lies")
        #expect(record.end == .failed(DecodeError(.tls, at: 3, .tooLong(found: 0xFFFF, limit: 18_432))))
        let message = try Self.stream("tls-message-length-lies")
        #expect(message.end == .failed(DecodeError(.tls, at: 5, .badLength(found: 2, minimum: 2))))
        let name = try Self.stream("tls-name-length-lies")
        #expect(name.clientHello != nil)
        #expect(name.clientHello?.serverName == nil)
    }

    @Test func helloInThreeSegments() throws {
        let segments = try Self.payloads("tls-hello-in-three-segments")
        #expect(segments.count == 3)
        var bytes: [UInt8] = []
        for segment in segments {
            #expect(TLSStream(decoding: bytes.span).clientHello == nil)
            bytes += segment
        }
        let stream = TLSStream(decoding: bytes.span)
        #expect(stream.clientHello?.serverName == "name.in.three.segments.lab")
        #expect(stream.end == .complete)
    }
}
