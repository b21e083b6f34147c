import PacketWire
import StallpointTestKit
import Testing

/// The head of an answer, as far as it has come.
struct HTTPHeadTests {
    private func read(_ text: String) -> HTTPHead? {
        let bytes = Array(text.utf8)
        return HTTPHead(decoding: bytes.span)
    }

    @Test("A field is found by its name in any case, without the space around it; the first of several counts")
    func fields() throws {
        let head = try #require(
            read(
                "HTTP/1.1 200 OK\r\nServer: a\r\nvia:\t b c\nX:\r\nLOCATION:http://x/\r\nserver: z\r\n\r\nServer: body")
        )
        #expect(head.status.code == 200 && head.status.reason == "OK" && head.hasWholeStatus && head.isComplete)
        #expect(head.field("server") == "a" && head.field("VIA") == "b c" && head.field("x") == "")
        #expect(head.field("Location") == "http://x/" && head.field("Serve") == nil && head.field("") == nil)
        #expect(head.field("body") == nil)
    }

    @Test func aListMayStandOnSeveralLines() throws {
        let head = try #require(
            read(
                "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nVia: 1.1 a\r\nproxy-authenticate: Basic realm=\"x\"\r\n\r\n"
            ))
        #expect(head.list("Proxy-Authenticate") == "Negotiate, Basic realm=\"x\"")
        #expect(head.list("Via") == "1.1 a" && head.list("Server") == nil)
        let many =
            "HTTP/1.1 200 OK\r\n" + String(repeating: "Via: \(String(repeating: "x", count: 200))\r\n", count: 90)
        #expect(try #require(read(many)?.list("Via")).bytes.count < 1_000)
    }

    @Test("The content begins behind the first empty line, whichever way lines end")
    func end() {
        for (text, end) in [
            ("HTTP/1.1 200 OK\r\n\r\nx", 19), ("HTTP/1.1 200 OK\n\nx", 17), ("HTTP/1.0 204\r\nA: b\r\n\r\n", 22),
            ("HTTP/1.1 200 OK\r\n", nil), ("HTTP/1.1 200 OK\r\n\r", nil), ("HTTP/1.1 200 OK\r\nA: b", nil),
        ] as [(String, Int?)] {
            #expect(read(text)?.end == end, "\(text.escapedForDisplay)")
        }
    }

    @Test("A line that has not ended says nothing yet")
    func begun() throws {
        let begun = try #require(read("HTTP/1.1 503 Serv"))
        #expect(begun.status.code == 503 && !begun.hasWholeStatus && !begun.isComplete)
        #expect(read("HTTP/1.1 200 OK\r\nLocation: http://exam")?.field("Location") == nil)
        #expect(read("HTTP/1.1 200 OK\r\nLocation: http://exam\r\n")?.field("Location") == "http://exam")
    }

    @Test(
        "What is no answer is none",
        arguments: ["", "HTTP/1.1", "HTTP/1.1 20", "HTTP/2 200 \r\n\r\n", "GET / HTTP/1.1\r\n"])
    func others(_ text: String) { #expect(read(text) == nil) }

    @Test("Many fields, long ones, and noise are read over")
    func hostile() throws {
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 5_000) + "Server: late\r\n\r\n"
        let bounded = try #require(read(many))
        #expect(bounded.field("a") == "b" && bounded.field("Server") == nil && bounded.end == many.utf8.count)
        let long = try #require(read("HTTP/1.1 200 OK\r\nServer: \(String(repeating: "x", count: 5_000))\r\n\r\n"))
        #expect(try #require(long.field("Server")).bytes.count < 1_000)
        var generator = SeededGenerator(seed: 5)
        let good = Array("HTTP/1.1 200 OK\r\nServer: a\r\nVia : b\r\n\r\nrest".utf8)
        for _ in 0..<5_000 {
            var bytes = good
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            guard let head = HTTPHead(decoding: bytes.span) else { continue }
            _ = head.field("Server")
            #expect(head.end ?? 0 <= bytes.count)
        }
    }
}
