import PacketWire
import Testing

/// The end of a head that is not kept.
struct HTTPHeadEndTests {
    @Test(
        "It ends where the whole head does, however it is cut",
        arguments: [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\nx", 25), ("HTTP/1.1 200 OK\nA: b\n\nx", 22),
            ("HTTP/1.1 200 OK\r\nA: b\n\r\nx", 24), ("HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n", 26),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\rx\r\n", nil), ("HTTP/1.1 200 OK\r\n", nil),
        ] as [(String, Int?)])
    func ends(_ text: String, _ end: Int?) {
        let bytes = Array(text.utf8)
        #expect(HTTPHead(decoding: bytes.span)?.end == end)
        for cut in 0...bytes.count {
            var reader = HTTPHeadEnd()
            var found = reader.read(bytes.span.extracting(..<cut))
            if found == nil { found = reader.read(bytes.span.extracting(cut...)).map { $0 + cut } }
            #expect(found == end, "cut at \(cut)")
        }
    }
}
