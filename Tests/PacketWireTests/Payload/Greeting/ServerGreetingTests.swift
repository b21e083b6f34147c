import PacketWire
import StallpointTestKit
import Testing

/// Services that speak first, by their first words.
struct ServerGreetingTests {
    private static func greeting(_ text: String, _ port: UInt16) -> ServerGreeting? {
        let bytes = Array(text.utf8)
        return ServerGreeting(decoding: bytes.span, port: port)
    }

    private static let mysql: [UInt8] = [0x0D, 0, 0, 0, 10] + Array("8.0.36".utf8) + [0, 1, 2, 3, 4, 5]
    private static let mysqlRefusal: [UInt8] = [0x0A, 0, 0, 0, 0xFF, 0x6A, 0x04] + Array("No host".utf8)

    @Test(
        "Each is known by what it says",
        arguments: [
            ("SSH-2.0-OpenSSH_9.2\r\n", 22, ServerGreeting.Service.ssh, false),
            ("220 mail.lab ESMTP\r\n", 25, .smtp, false), ("220-a\r\n220 b\r\n", 2_525, .smtp, false),
            ("220 (vsFTPd 3.0.3)\r\n", 2_121, .ftp, false), ("220 lab\r\n", 21, .ftp, false),
            ("421 too many\r\n", 21, .ftp, true), ("554 no\r\n", 25, .smtp, true), ("521 no\r\n", 587, .smtp, true),
            ("+OK ready\r\n", 110, .pop3, false), ("-ERR no\r\n", 110, .pop3, true),
            ("* OK IMAP4rev1\r\n", 143, .imap, false), ("* BYE no\r\n", 143, .imap, true),
            ("200 news\r\n", 119, .nntp, false), ("400 no\r\n", 119, .nntp, true),
            ("RFB 003.008\n", 5_900, .vnc, false),
            ("@RSYNCD: 31.0\n", 873, .rsync, false),
            ("-DENIED Redis is running in protected mode.\r\n", 6_379, .redis, true),
            ("-ERR max number of clients reached\r\n", 7_000, .redis, true),
        ] as [(String, UInt16, ServerGreeting.Service, Bool)])
    func services(_ text: String, _ port: UInt16, _ service: ServerGreeting.Service, _ refuses: Bool) throws {
        let found = try #require(Self.greeting(text, port))
        #expect(found.service == service && found.isRefusal == refuses)
        #expect(text.hasPrefix(found.text.description))
    }

    @Test("MySQL says its version, or why not")
    func databases() throws {
        let greets = ServerGreeting(decoding: Self.mysql.span, port: 3_306)
        let version = try #require(greets)
        #expect(version.service == .mysql && version.text == "8.0.36" && !version.isRefusal)
        let refuses = ServerGreeting(decoding: Self.mysqlRefusal.span, port: 3_306)
        let refusal = try #require(refuses)
        #expect(refusal.text == "No host" && refusal.isRefusal)
    }

    @Test(
        "What is none of them is none",
        arguments: ["", "2", "220", "999 x", "200 OK", "HTTP/1.1 400 Bad", "hello", "+O", "\u{0}"])
    func others(_ text: String) {
        #expect(Self.greeting(text, 25) == nil)
    }

    @Test(
        "Away from its usual port, what others say as well is no refusal",
        arguments: [("-ERR unknown command\r\n", 6_379), ("554 lines follow\r\n", 8_000), ("421 no\r\n", 2_121)])
    func ambiguous(_ text: String, _ port: UInt16) {
        #expect(Self.greeting(text, port) == nil)
    }

    @Test(
        "With the end behind them, errors refuse anywhere, and whatever a port's own service does not say",
        arguments: [
            ("554 no\r\n", 2_525, ServerGreeting.Service.smtp), ("421 no ftp now\r\n", 2_121, .ftp),
            ("530 no\r\n", 2_121, .ftp), ("-ERR no\r\n", 6_379, .redis), ("Go away\r\n", 22, .ssh),
            ("220 fine\r\n", 8_000, nil), ("Go away\r\n", 8_000, nil), ("", 22, nil), ("\r\n", 21, nil),
        ] as [(String, UInt16, ServerGreeting.Service?)])
    func partingWords(_ text: String, _ port: UInt16, _ service: ServerGreeting.Service?) {
        let bytes = Array(text.utf8)
        let found = ServerGreeting(partingWords: bytes.span, port: port)
        #expect(found?.service == service && found?.isRefusal != true)
    }

    @Test("PostgreSQL's errors are refusals where they are fatal")
    func postgreSQL() {
        for severity in ["FATAL", "ERROR"] {
            let fields = Array("S\(severity)\0C28000\0Mno entry\0\0".utf8)
            let message = [0x45, 0, 0, 0, UInt8(fields.count + 4)] + fields
            let found = ServerGreeting(refusalOfPostgreSQL: message.span)
            #expect(found?.text == (severity == "FATAL" ? "no entry" : nil))
            for count in 0..<message.count {
                let cut = Array(message.prefix(count))
                _ = ServerGreeting(refusalOfPostgreSQL: cut.span)
            }
        }
    }

    @Test("No cut and no noise traps, and no text is longer than its bound")
    func hostile() {
        for whole in [Self.mysql, Self.mysqlRefusal, Array("220-ftp".utf8)] {
            for count in 0...whole.count {
                let cut = Array(whole.prefix(count))
                _ = ServerGreeting(decoding: cut.span, port: 21)
            }
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            var bytes = (0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }
            bytes[3] = 0
            bytes[4] = Bool.random(using: &generator) ? 10 : 0xFF
            _ = ServerGreeting(decoding: bytes.span, port: 3_306)
        }
        let long = Self.greeting("220 " + String(repeating: "x", count: 5_000), 25)
        #expect(long?.text.bytes.count == 200)
    }
}
