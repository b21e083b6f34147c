import PacketWire
import Testing

/// The way to TLS as it is overheard: of any client, whatever it does on it.
struct StartTLSReadingTests {
    /// Turns of both ends, beginning with the server's greeting.
    struct Case: Sendable, CustomStringConvertible {
        var service: StartTLS.Service
        var says: [String]
        var outcome: StartTLSReading.Outcome?
        var isOffered: Bool?
        var description: String { "\(service.rawValue): \(says)" }
    }

    static let cases = [
        Case(
            service: .smtp,
            says: ["220 a\r\n", "EHLO me\r\n", "250-c\r\n250-STARTTLS\r\n250 d\r\n", "STARTTLS\r\n", "220 go\r\n"],
            outcome: .ready, isOffered: true),
        Case(
            service: .smtp, says: ["220 a\r\n", "ehlo me\n", "250-starttls\n250 d\n", "starttls\n", "454 no\n"],
            outcome: .refused("454 no"), isOffered: true),
        Case(
            service: .smtp, says: ["220 a\r\n", "EHLO me\r\n", "250-c\r\n250 SIZE\r\n"], outcome: nil, isOffered: false),
        Case(
            service: .smtp, says: ["220 a\r\n", "EHLO me\r\n", "250 SIZE\r\n", "MAIL FROM:<>\r\n", "250 ok\r\n"],
            outcome: .wentOn, isOffered: false),
        Case(service: .smtp, says: ["220 a\r\n", "HELO me\r\n", "250 ok\r\n"], outcome: .wentOn, isOffered: nil),
        Case(
            service: .imap,
            says: [
                "* OK x\r\n", "x9 CAPABILITY\r\n", "* CAPABILITY STARTTLS\r\nx9 OK\r\n", "x10 STARTTLS\r\n",
                "* y\r\nx10 OK\r\n",
            ], outcome: .ready, isOffered: true),
        Case(
            service: .imap,
            says: ["* OK\r\n", "b CAPABILITY\r\n", "* STARTTLS\r\nb OK\r\n", "c STARTTLS\r\n", "c BAD\r\n"],
            outcome: .refused("c BAD"), isOffered: true),
        Case(
            service: .pop3, says: ["+OK\r\n", "CAPA\r\n", "+OK\r\nSTLS\r\n.\r\n", "STLS\r\n", "+OK\r\n"],
            outcome: .ready, isOffered: true),
        Case(
            service: .pop3, says: ["+OK\r\n", "CAPA\r\n", "+OK\r\nUIDL\r\n.\r\n", "QUIT\r\n", "+OK\r\n"],
            outcome: nil, isOffered: false),
        // A server that has no list has not said that it offers nothing.
        Case(
            service: .pop3, says: ["+OK\r\n", "CAPA\r\n", "-ERR\r\n", "QUIT\r\n", "+OK\r\n"], outcome: nil,
            isOffered: nil),
        Case(
            service: .smtp, says: ["220 a\r\n", "EHLO me\r\n", "502 what?\r\n", "QUIT\r\n", "221 bye\r\n"],
            outcome: nil, isOffered: nil),
        Case(
            service: .smtp, says: ["220 a\r\n", "EHLO me\r\n", "502 what?\r\n", "HELO me\r\n", "250 a\r\n"],
            outcome: .wentOn, isOffered: nil),
        // PIPELINING (RFC 2920): not waited for, as it should be.
        Case(
            service: .smtp,
            says: ["220 a\r\n", "EHLO me\r\nSTARTTLS\r\n", "250-c\r\n250 STARTTLS\r\n220 go\r\n"],
            outcome: .ready, isOffered: true),
    ]

    @Test("Every way it can go, whole and a byte at a time", arguments: cases)
    func ways(_ item: Case) {
        for size in [1, 1_000] {
            var reading = StartTLSReading(item.service)
            for (turn, text) in item.says.enumerated() {
                let bytes = Array(text.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    let piece = Array(bytes[start..<min(start + size, bytes.count)])
                    reading.read(piece.span, fromClient: turn % 2 == 1)
                }
            }
            #expect(reading.outcome == item.outcome)
            #expect(reading.isOffered == item.isOffered)
        }
    }

    @Test("What is written over the offer is told, once the list is whole")
    func garbled() {
        var reading = StartTLSReading(.smtp)
        reading.read(Array("EHLO me\r\n".utf8).span, fromClient: true)
        reading.read(Array("250-XXXXXXXA\r\n".utf8).span, fromClient: false)
        #expect(reading.garbled == nil && !reading.isListed)
        reading.read(Array("250 SIZE\r\n".utf8).span, fromClient: false)
        #expect(reading.garbled == "XXXXXXXA" && reading.isOffered == false)
    }

    @Test("Whoever talks without end is bounded, and strange")
    func hostile() {
        var endless = StartTLSReading(.imap)
        let bytes = [UInt8](repeating: 0x61, count: 1_000)
        for turn in 0..<40 { endless.read(bytes.span, fromClient: turn % 2 == 0) }
        #expect(endless.outcome == .strange)
        var long = StartTLSReading(.smtp)
        long.read(Array("EHLO me\r\n".utf8).span, fromClient: true)
        for _ in 0..<1_000 { long.read(Array("250-a\r\n".utf8).span, fromClient: false) }
        #expect(long.capabilities.count == 64)
    }

    @Test("A client that is turned away in place of the list, and one whose question is not known")
    func refusal() {
        let cases: [(StartTLS.Service, question: String, answer: String, NetworkText?)] = [
            (.smtp, "EHLO me\r\n", "421 too many\r\n", "421 too many"), (.smtp, "EHLO me\r\n", "502 what?\r\n", nil),
            (.imap, "b CAPABILITY\r\n", "* BYE\r\n", "* BYE"), (.imap, "b CAPABILITY\r\n", "b BAD\r\n", nil),
            (.pop3, "CAPA\r\n", "-ERR\r\n", nil),
        ]
        for (service, question, answer, refusal) in cases {
            var reading = StartTLSReading(service)
            reading.read(Array(question.utf8).span, fromClient: true)
            reading.read(Array(answer.utf8).span, fromClient: false)
            #expect(reading.refusal == refusal && reading.isListRefused && reading.isOffered == nil, "\(answer)")
            // Asked again, it may do better.
            reading.read(Array("EHLO me\r\n".utf8).span, fromClient: true)
            if service == .smtp { #expect(reading.refusal == nil) }
        }
    }
}
