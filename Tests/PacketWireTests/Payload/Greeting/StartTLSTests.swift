import PacketWire
import Testing

/// From a mail server's greeting to TLS, and what can go wrong with that.
struct StartTLSTests {
    /// What a server says, turn by turn, and how it ends.
    struct Case: Sendable, CustomStringConvertible {
        var service: StartTLS.Service
        var says: [String]
        var end: StartTLS.Step
        var description: String { "\(service.rawValue): \(says)" }
    }

    static let cases = [
        Case(
            service: .smtp, says: ["220-a\r\n220 b\r\n", "250-c\r\n250-starttls\r\n250 d\r\n", "220 go\r\n"],
            end: .ready),
        Case(service: .smtp, says: ["220 a\r\n", "250 STARTTLS\n", "454 no\r\n"], end: .failed(.refused("454 no"))),
        Case(service: .smtp, says: ["220 a\r\n", "250-c\r\n250 SIZE\r\n"], end: .failed(.notOffered)),
        Case(service: .smtp, says: ["220 a\r\n", "502 what\r\n"], end: .failed(.notOffered)),
        // Not the question alone: whoever asks is not wanted.
        Case(
            service: .smtp, says: ["220 a\r\n", "421 4.7.0 too many\r\n"],
            end: .failed(.refused("421 4.7.0 too many"))),
        Case(service: .smtp, says: ["220 a\r\n", "550 who?\r\n"], end: .failed(.refused("550 who?"))),
        Case(service: .smtp, says: ["220 **\r\n", "250-c\r\n250 XXXXXXXA\r\n"], end: .failed(.garbled("XXXXXXXA"))),
        Case(service: .smtp, says: ["554 no\r\n"], end: .failed(.refused("554 no"))),
        Case(service: .smtp, says: ["SSH-2.0-x\r\n"], end: .failed(.foreign("SSH-2.0-x"))),
        Case(
            service: .imap, says: ["* OK x\r\n", "* CAPABILITY STARTTLS\r\na1 OK\r\n", "* x\r\na2 OK\r\n"], end: .ready),
        Case(service: .imap, says: ["* OK [CAPABILITY X]\r\n", "a1 OK\r\n"], end: .failed(.notOffered)),
        Case(
            service: .imap, says: ["* OK\r\n", "* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 BAD\r\n"],
            end: .failed(.refused("a2 BAD"))),
        Case(service: .imap, says: ["* OK\r\n", "* BYE full\r\n"], end: .failed(.refused("* BYE full"))),
        Case(service: .imap, says: ["* OK\r\n", "a1 BAD\r\n"], end: .failed(.notOffered)),
        Case(service: .imap, says: ["* BYE\r\n"], end: .failed(.refused("* BYE"))),
        Case(service: .pop3, says: ["+OK\r\n", "+OK\r\nSTLS\r\n.\r\n", "+OK\r\n"], end: .ready),
        Case(service: .pop3, says: ["+OK\r\n", "-ERR\r\n", "-ERR no\r\n"], end: .failed(.refused("-ERR no"))),
        Case(service: .pop3, says: ["+OK\r\n", "-ERR\r\n", "+OK\r\n"], end: .ready),
        Case(service: .pop3, says: ["+OK\r\n", "+OK\r\nUSER\r\n.\r\n"], end: .failed(.notOffered)),
        Case(
            service: .imap, says: ["* PREAUTH x\r\n", "* CAPABILITY IMAP4rev1\r\na1 OK\r\n"], end: .failed(.notOffered)),
        Case(service: .pop3, says: ["-ERR no\r\n"], end: .failed(.refused("-ERR no"))),
    ]

    @Test("Every way it can go, whole and a byte at a time", arguments: cases)
    func ways(_ item: Case) {
        for size in [1, 1_000] {
            var words = StartTLS(item.service)
            var last = StartTLS.Step.wait
            for text in item.says {
                let bytes = Array(text.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let step = words.receive(Array(bytes[start..<min(start + size, bytes.count)]))
                    if step != .wait { last = step }
                }
            }
            #expect(last == item.end)
            // It has said all that it says.
            #expect(words.receive(Array("220 more\r\n".utf8)) == .wait)
        }
    }

    @Test("Endless greetings and offers are bounded, and end")
    func hostile() {
        var endless = StartTLS(.smtp)
        var end = StartTLS.Step.wait
        for _ in 0..<40 where end == .wait { end = endless.receive([UInt8](repeating: 0x61, count: 1_000)) }
        guard case .failed(.foreign) = end else {
            Issue.record("\(end)")
            return
        }
        var long = StartTLS(.smtp)
        _ = long.receive(Array("220 a\r\n".utf8))
        for _ in 0..<1_000 { _ = long.receive(Array("250-a\r\n".utf8)) }
        #expect(long.capabilities.count == 64)
    }
}
