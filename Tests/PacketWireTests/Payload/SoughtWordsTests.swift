import StallpointTestKit
import Testing

@testable import PacketWire

/// Words in a text, and bytes in one: found wherever they stand, beside what looks at one place after the other.
struct SoughtWordsTests {
    private static let words = SoughtWords([("sophos", 2), ("access denied", 1), ("pi-hole", 3), ("sophia", 4)])

    private func found(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        return Self.words.first(in: bytes.span)
    }

    @Test("A word is found at every place, in any case of letters, up to the last byte", arguments: 0..<12)
    func everywhere(_ place: Int) {
        let before = String(repeating: "x", count: place)
        #expect(found(before + "SoPhOs") == 2)
        #expect(found(before + "sophos and more") == 2)
        #expect(found(before + "Pi-hole") == 3)
        #expect(found(before + "sopho") == nil && found(before + "ophos") == nil)
    }

    @Test("Of several the least value counts; a sign is no letter in another case")
    func several() {
        #expect(found("pi-hole, sophos: access denied") == 1)
        #expect(found("sophia sophos") == 2)
        // 0x0D and 0x2D differ in the bit by which the cases of letters do.
        #expect(found("pi\u{0D}hole") == nil)
        #expect(found("") == nil && found("pi") == nil)
    }

    @Test("So much of each text is looked at, and no more")
    func bounded() {
        let text = Array("12345sophos".utf8)
        #expect(Self.words.first(in: [text], longest: 11) == 2)
        #expect(Self.words.first(in: [text], longest: 10) == nil)
        #expect(Self.words.first(in: [[], text, Array("access denied".utf8)], longest: 99) == 1)
    }

    @Test("The first place of a byte is the same, read eight at a time and one by one", arguments: 0..<40)
    func firstByte(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let values: [UInt8] = [0x00, 0x01, 0x0A, 0x0B, 0x80, 0x8A, 0xFF]
        let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in values.randomElement(using: &random) ?? 0 }
        for value in values {
            for start in 0...bytes.count {
                #expect(bytes.span.first(value, from: start) == bytes[start...].firstIndex(of: value))
            }
        }
    }
}
