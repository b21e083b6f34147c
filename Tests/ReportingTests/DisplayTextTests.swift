import Testing

@testable import Reporting

@Suite struct DisplayTextTests {
    @Test(arguments: [
        ("plain", "plain", 5), ("a\u{1B}b", "a\\x1bb", 6), ("\u{202E}", "\\u{202e}", 8), ("例え", "例え", 4), ("é", "é", 1),
        ("e\u{301}", "e\\u{301}", 8), ("\u{3164}", "\\u{3164}", 8), ("🙂", "🙂", 2), ("a\\b", "a\\b", 3), ("", "", 0),
    ]) func unicode(_ source: String, _ shown: String, _ width: Int) {
        let text = DisplayText(source, unicode: true)
        #expect(text.text == shown)
        #expect(text.width == width)
    }

    @Test(arguments: [("…→×", "...->x"), ("é", "\\u{e9}"), ("例", "\\u{4f8b}"), ("a b", "a b"), ("\u{7F}", "\\x7f")])
    func ascii(_ source: String, _ shown: String) {
        let text = DisplayText(source, unicode: false)
        #expect(text.text == shown)
        #expect(text.width == shown.utf8.count)
    }

    /// Showing twice is showing once: what a decoder escaped is not blurred.
    @Test func escapingIsIdempotent() {
        for value in UInt32(0)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let once = DisplayText(String(scalar), unicode: false).text
            if DisplayText(once, unicode: false).text != once { Issue.record("U+\(String(value, radix: 16))") }
        }
    }

    @Test(arguments: [
        ("short", 8, "short   "), ("exactly8", 8, "exactly8"), ("far too long", 8, "far too…"), ("例例例", 5, "例例…"),
    ])
    func fitted(_ source: String, _ width: Int, _ shown: String) {
        #expect(Page(TextStyle()).fitted(source, to: width) == shown)
    }
}
