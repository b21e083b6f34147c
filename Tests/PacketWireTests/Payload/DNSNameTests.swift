import PacketWire
import Testing

@Suite struct DNSNameTests {
    @Test(arguments: [
        ("example.com", "example.com"), ("Example.COM.", "Example.COM"), (".", "."), ("", "."),
        (#"a\.b.c"#, #"a\.b.c"#), (#"\001\255.x"#, #"\001\255.x"#), (#"\097"#, "a"), (#"a\\b"#, #"a\\b"#),
    ])
    func textForm(text: String, printed: String) {
        #expect(DNSName(text)?.description == printed)
    }

    @Test(arguments: [
        "a..b", ".a", "a b", "bücher.example", #"\256"#, #"\25"#, #"a\"#, String(repeating: "x", count: 64),
        Array(repeating: String(repeating: "x", count: 63), count: 4).joined(separator: "."),
    ])
    func textThatIsNoName(text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test func longestNameFits() {
        let label = String(repeating: "x", count: 63)
        let text = [label, label, label, String(repeating: "x", count: 61)].joined(separator: ".")
        #expect(DNSName(text)?.description == text)
    }

    @Test func caseDoesNotMatter() {
        #expect(DNSName("WWW.example.COM") == DNSName("www.EXAMPLE.com"))
        #expect(DNSName("WWW.example.COM")?.hashValue == DNSName("www.EXAMPLE.com")?.hashValue)
        #expect(DNSName("a.b") != DNSName("ab"))
        #expect(DNSName(#"a\.b"#) != DNSName("a.b"))
        #expect(DNSName("[") != DNSName("{"), "only letters fold")
    }

    @Test func reverseNames() {
        #expect(DNSName(reverse: .v4(IPv4Address(192, 0, 2, 1))).description == "1.2.0.192.in-addr.arpa")
        let name = DNSName(reverse: .v6(IPv6Address(rawValue: 0x2001_0DB8 << 96 | 0xAB)))
        #expect(name.description.hasPrefix("b.a.0.0."))
        #expect(name.description.hasSuffix(".8.b.d.0.1.0.0.2.ip6.arpa"))
        #expect(name.labels.count == 34)
    }

    /// Whatever bytes a label has, the text is printable ASCII and reads back as the same name.
    @Test func everyByteIsPrintedSafely() {
        for byte in UInt8.min...UInt8.max {
            let name = DNSName(labels: [[byte, 0x78], [0x79]])
            let text = name?.description ?? ""
            #expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(byte)")
            #expect(DNSName(text)?.labels == name?.labels, "\(byte)")
        }
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var name: String
        var problem: DecodeError.Problem
        var offset = 12
    }

    static let malformed = [
        Malformed(testDescription: "pointer to itself", name: "c00c", problem: .badValue(0xC00C)),
        Malformed(testDescription: "pointer forward", name: "c010 00 00 00", problem: .badValue(0xC010)),
        Malformed(testDescription: "loop over a label", name: "0161 c00c", problem: .badValue(0xC00C), offset: 14),
        Malformed(testDescription: "reserved label type", name: "40 00", problem: .badValue(0x40)),
        Malformed(testDescription: "extended label type", name: "8f 00", problem: .badValue(0x8F)),
        Malformed(
            testDescription: "label behind the end", name: "05 61", problem: .truncated(needed: 6, available: 2)),
        Malformed(testDescription: "half a pointer", name: "c0", problem: .truncated(needed: 2, available: 1)),
        Malformed(
            testDescription: "five labels of 63",
            name: String(repeating: "3f" + String(repeating: "61", count: 63), count: 5),
            problem: .tooLong(found: 257, limit: 255), offset: 12 + 3 * 64),
    ]

    @Test(arguments: malformed)
    func malformedNames(_ example: Malformed) throws {
        let bytes = hex("0000 0000 0001 0000 0000 0000" + example.name)
        let message = try DNSMessage(decoding: bytes.span)
        #expect(message.questions.isEmpty)
        #expect(message.problem == DecodeError(.dns, at: example.offset, example.problem))
    }

    /// Pointers to pointers are followed, as long as each leads further back.
    @Test func chainsOfPointersEnd() throws {
        var bytes = hex("0000 0000 0064 0000 0000 0000 0161 00 0001 0001")
        var previous = 12
        for _ in 0..<99 {
            let here = bytes.count
            bytes += [0x01, 0x62, 0xC0 | UInt8(previous >> 8), UInt8(previous & 0xFF), 0, 1, 0, 1]
            previous = here
        }
        let message = try DNSMessage(decoding: bytes.span)
        #expect(message.problem == nil)
        #expect(message.questions.last?.name.labels.count == 100)
    }
}
