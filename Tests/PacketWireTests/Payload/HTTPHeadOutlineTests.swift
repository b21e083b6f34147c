import PacketWire
import StallpointTestKit
import Testing

/// What is read of a head in passing is what the head read whole tells.
struct HTTPHeadOutlineTests {
    /// Returns whether the head is whole.
    @discardableResult
    private func expectSame(_ bytes: [UInt8]) -> Bool {
        let note = String(escaping: bytes.prefix(300))
        guard let head = HTTPHead(decoding: bytes.span) else { return false }
        let outline = HTTPHeadOutline(decoding: bytes.span)
        #expect(outline.end == head.end && outline.hasWholeStatus == head.hasWholeStatus, "\(note)")
        guard head.isComplete else { return false }
        let length = head.field("Content-Length").flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) }
        #expect(outline.contentLength == length, "\(note)")
        #expect(outline.hasTransferEncoding == (head.field("Transfer-Encoding") != nil), "\(note)")
        let type = head.field("Content-Type").map { $0.bytes.prefix(5).map { $0 | 0x20 } }
        #expect(outline.isText == (type == Array("text/".utf8)), "\(note)")
        return true
    }

    @Test(
        "A number is what Swift makes of the same text",
        arguments: [
            "0", "1024", "+7", "-7", "", "+", "7 ", " 7", "0x7", "7,7", "٧", "9223372036854775807",
            "9223372036854775808",
        ])
    func numbers(_ text: String) {
        let head = "HTTP/1.1 200 OK\r\ncontent-LENGTH:\(text)\r\nContent-Type: TEXT/html\r\n\r\n"
        let outline = HTTPHeadOutline(decoding: Array(head.utf8).span)
        #expect(outline.contentLength == Int(text.drop { $0 == " " }), "\(text)")
        #expect(outline.isText && !outline.hasTransferEncoding && outline.end == head.utf8.count)
    }

    @Test("The first field of a name counts, and of very many fields the first ones")
    func first() {
        for fields in [
            "Content-Length: x\r\nContent-Length: 7", "Content-Length: 7\r\nContent-Length: 8",
            "Content-Type: image/png\r\nContent-Type: text/html", "Content-Type: text\r\nTransfer-Encoding:",
            "Content-Len\r\ngth: 7", "Content-Length : 7", "Content-Type: TEXT/\nContent-Length:\t9",
            "X: y\r\nTransfer-encoding: chunked\r\nCookie: content-length: 3", "",
        ] {
            let line = fields.isEmpty ? "" : fields + "\r\n"
            #expect(expectSame(Array("HTTP/1.1 200 OK\r\n\(line)\r\nContent-Length: 1\r\n\r\n".utf8)))
        }
        for count in [126, 127, 128, 129] {
            let many = String(repeating: "a: b\r\n", count: count)
            #expect(expectSame(Array("HTTP/1.1 200 OK\r\n\(many)Content-Length: 5\r\n\r\n".utf8)))
        }
    }

    @Test("Cut and changed anywhere")
    func noise() {
        var random = SeededGenerator(seed: 77)
        let good = Array(
            "HTTP/1.1 200 OK\r\nServer: a\r\nContent-Type: text/html\r\nTransfer-Encoding: x\r\nContent-Length: 12\r\n\r\nrest"
                .utf8)
        for length in good.indices { expectSame(Array(good.prefix(length))) }
        var whole = 0
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let letters: [UInt8] = [0x0A, 0x0D, 0x3A, 0x20, 0x63, 0x74, .random(in: 0 ... .max, using: &random)]
                bytes[.random(in: bytes.indices, using: &random)] = letters.randomElement(using: &random) ?? 0
            }
            if expectSame(bytes) { whole += 1 }
        }
        #expect(whole > 2_000)
    }
}
