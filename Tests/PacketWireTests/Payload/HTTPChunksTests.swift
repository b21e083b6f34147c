import Testing

@testable import PacketWire

/// How much content in chunks must still come, as far as its beginning tells.
struct HTTPChunksTests {
    @Test(
        "Chunks say how long they are",
        arguments: [
            ("", 5), ("5\r\nhello\r\n0\r\n\r\n", 0), ("5\r\nhello\r\n0\r\n", 2), ("5\r\nhello\r\n", 5),
            ("5\r\nhel", 9), ("1000\r\nabcdef", 4_097), ("A;name=value\r\n0123456789\r\n", 5), ("ff", 5),
            ("0\r\nX: y\r\n\r\n", 0), ("5\r\nhello\r\n1", 5),
        ] as [(String, UInt32)])
    func chunks(_ text: String, _ missing: UInt32) {
        #expect(HTTPChunks.missing(Array(text.utf8).span) == missing)
    }

    @Test(
        "What is none says nothing",
        arguments: ["<html>\r\n", "\r\n", "123456789\r\n", "zz\r\n", "-1\r\n", "FFFFFFFF\r\nx", "hello world"])
    func others(_ text: String) {
        #expect(HTTPChunks.missing(Array(text.utf8).span) == nil)
    }
}
