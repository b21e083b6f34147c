import StallpointTestKit
import Testing

@testable import FilterRules

struct JSONNodeTests {
    private func read(_ text: String) -> JSONNode? { JSONNode(text: Array(text.utf8)) }

    @Test(
        "Values are read as RFC 8259 writes them",
        arguments: [
            (" null ", JSONNode.null), ("true", .bool(true)), ("[false]", .array([.bool(false)])),
            ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)), ("18446744073709551615", .otherNumber),
            ("1.5e-3", .otherNumber), ("{}", .object([:])), ("[ ]", .array([])),
            (#"{"a" : [1, "b"] }"#, .object(["a": .array([.integer(1), .string("b")])])),
            (#""\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00""#, .string("\"\\/\u{8}\u{c}\n\r\tAé😀")),
            (#""\ud83d""#, .string("\u{FFFD}")),
        ])
    func good(text: String, expected: JSONNode) { #expect(read(text) == expected) }

    @Test(
        "What is no JSON is nothing",
        arguments: [
            "", " ", "nul", "truefalse", "[1 2]", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "{a:1}", "\"open", "\"\\x\"",
            "\"\\u12\"", "\"\\u+123\"", "\"\\ud83d\\n\"", "\"\\ud83d\\ud83d\"", "-", "1-2", "--1", "1.", "1e+",
            "\"a\u{1}\"", "[] []", "{\"a\":}",
            "]",
        ])
    func bad(text: String) { #expect(read(text) == nil) }

    @Test("Depth is bounded")
    func depth() {
        let deepest = JSONNode.deepest
        #expect(read(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest)) != nil)
        #expect(read(String(repeating: "[", count: deepest + 1) + String(repeating: "]", count: deepest + 1)) == nil)
        #expect(read(String(repeating: "{\"a\":", count: 1_000_000)) == nil)
    }

    @Test("No damage to a good document traps")
    func damage() {
        var random = SeededGenerator(seed: 7)
        let good = Array(#"{"nftables":[{"rule":{"expr":[{"match":{"op":"==","left":1,"right":"\u00e9"}}]}}]}"#.utf8)
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = NftablesJSON.ruleset(bytes)
        }
    }
}
