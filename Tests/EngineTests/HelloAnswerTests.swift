import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// What a hello of our own making is answered with, however it comes in pieces.
struct HelloAnswerTests {
    private static let serverHello = ServerHello(
        random: [UInt8](repeating: 9, count: 32), cipherSuite: .aes128GCMSHA256,
        extensions: [TLSExtension(.supportedVersions, [3, 4])])

    private static func sent(_ encode: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        encode(&bytes)
        return bytes
    }

    private static let answers: [(String, [UInt8], HelloAnswer.Reading)] = [
        ("a ServerHello", sent { serverHello.encode(into: &$0) }, .hello(serverHello)),
        ("one in tiny records", sent { serverHello.encode(recordLimit: 3, into: &$0) }, .hello(serverHello)),
        (
            "one with an alert behind it",
            sent {
                serverHello.encode(into: &$0)
                TLSAlert(.fatal, .internalError).encode(into: &$0)
            }, .hello(serverHello)
        ),
        (
            "an alert", sent { TLSAlert(.fatal, .protocolVersion).encode(into: &$0) },
            .alert(TLSAlert(.fatal, .protocolVersion))
        ),
        ("application data", [23, 3, 3, 0, 1, 7], .unexpected),
        ("a record that is too long", [22, 3, 3, 0xFF, 0xFF], .unexpected),
        ("a hello that is broken inside", [22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3], .unexpected),
        ("the beginning of a record", [22, 3, 3, 0, 200, 2], .nothingYet),
        ("nothing", [], .nothingYet),
    ]

    @Test("It is read to the first message", arguments: answers)
    func isRead(_ name: String, _ bytes: [UInt8], _ expected: HelloAnswer.Reading) {
        var whole = HelloAnswer()
        #expect(whole.receive(bytes) == expected)
        #expect(whole.end == nil)
        var pieces = HelloAnswer()
        let readings = bytes.map { pieces.receive([$0]) }
        #expect((readings.first { $0 != .nothingYet } ?? .nothingYet) == expected)
    }

    @Test("Other words are shown as they begin", arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n"])
    func foreign(_ text: String) {
        let bytes = Array(text.utf8)
        var answer = HelloAnswer()
        let line = NetworkText(bytes: bytes).firstLine
        #expect(answer.receive(bytes) == .foreign(line))
        #expect(answer.end == .foreign(line))
    }

    @Test("An endless record is not kept beyond the longest")
    func endless() {
        var answer = HelloAnswer()
        var reading = answer.receive([22, 3, 3, 0x40, 0x00, 2, 0xFF, 0xFF, 0xFF])
        for _ in 0..<40 where reading == .nothingYet {
            reading = answer.receive([22, 3, 3, 0x40, 0] + [UInt8](repeating: 0, count: 1_000))
        }
        #expect(reading == .unexpected)
    }
}
