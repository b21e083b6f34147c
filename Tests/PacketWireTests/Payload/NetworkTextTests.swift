import PacketWire
import StallpointTestKit
import Testing

@Suite struct NetworkTextTests {
    @Test(arguments: [
        ("plain text", "plain text"), ("größe ✓", "größe ✓"), ("\u{1B}[31mred", #"\x1b[31mred"#), (#"\x1b"#, #"\\x1b"#),
        ("a\u{202E}b", #"a\u{202e}b"#), ("\u{2066}\u{2069}", #"\u{2066}\u{2069}"#),
        ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#), ("\u{85}\u{9B}", #"\x85\x9b"#), ("\u{7F}\0", #"\x7f\x00"#),
        ("\u{FEFF}\u{200B}", #"\u{feff}\u{200b}"#), ("\r\n", #"\x0d\x0a"#),
    ])
    func isEscaped(text: String, shown: String) {
        #expect(NetworkText(text).description == shown)
        #expect(text.escapedForDisplay == shown)
    }

    @Test(
        "Escapes are read, and what is none is refused",
        arguments: [
            (#"PING\r\n"#, Array("PING\r\n".utf8)), (#"\x00\xfF\t\\"#, [0, 0xFF, 9, 0x5C]), ("ü", [0xC3, 0xBC]),
            ("", []),
            (#"\x+f"#, nil), (#"\x0"#, nil), (#"\q"#, nil), ("\\", nil),
        ])
    func isUnescaped(text: String, bytes: [UInt8]?) {
        #expect([UInt8](unescaping: text) == bytes)
    }

    @Test func bytesThatAreNoText() {
        #expect(NetworkText(bytes: [0x41, 0xFF, 0xC0, 0x80, 0x5C]).description == #"A\xff\xc0\x80\x5c"#)
        #expect(NetworkText(bytes: []).description == "")
    }

    /// Whatever bytes a peer sends, nothing that acts on a terminal comes out.
    @Test func nothingActiveComesOut() {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<5000 {
            let bytes = generator.bytes(.random(in: 0...12, using: &generator))
            let active = NetworkText(bytes: bytes).description.unicodeScalars.filter { scalar in
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                    || scalar.value == 0x2028 || scalar.value == 0x2029
            }
            if !active.isEmpty { Issue.record("\(bytes)") }
        }
    }
}
