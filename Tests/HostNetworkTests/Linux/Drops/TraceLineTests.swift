#if os(Linux)
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    /// Lines of a trace_pipe, as kernels write them and as nobody should.
    @Suite struct TraceLineTests {
        static let drop =
            "      stallpoint-5170    [001] ..... 4246.634087: kfree_skb: skbaddr=0000000067819c63 rx_sk=0000000000000000"
            + " protocol=2048 location=nft_do_chain+0x4bc/0xd00 [nf_tables] reason: NETFILTER_DROP"

        @Test func aDropIsRead() throws {
            let line = try #require(TraceLine(Substring(Self.drop)))
            #expect(line.process == 5_170 && line.microseconds == 4_246_634_087 && line.event == "kfree_skb")
            #expect(line.drop?.reason == "NETFILTER_DROP")
            #expect(line.drop?.place == "nft_do_chain")
        }

        @Test("A task's name may look like anything")
        func names() throws {
            let mark = try #require(
                TraceLine(
                    " a-1 [002] b: x-77    [000] ...1.    12.000001: tracing_mark_write: stallpoint 4711"[...]))
            #expect(mark.process == 77 && mark.microseconds == 12_000_001)
            #expect(mark.event == "tracing_mark_write" && mark.text == "stallpoint 4711")
            #expect(mark.drop == nil)
        }

        @Test("An address without a symbol is no place")
        func withoutSymbol() throws {
            let line = " x-7 [000] ..... 1.000000: kfree_skb: location=0xffffffff8100 reason: IP_RPFILTER"
            let read = TraceLine(line[...])?.drop
            let drop = try #require(read)
            #expect(drop.reason == "IP_RPFILTER" && drop.place == nil)
        }

        @Test(
            "What is no line of an event is none",
            arguments: [
                "", "#", "CPU:1 [LOST 34 EVENTS]", " x [000] ..... 1.000000: kfree_skb: reason: A",
                " x-7 000 ..... 1.000000: kfree_skb: reason: A", " x-7 [000] ..... 1.0: kfree_skb: reason: A",
                " x-7 [000] ..... 99999999999999999999.000000: kfree_skb: reason: A", " x-7 [000] .....",
                " x-9999999999999999999999 [000] ..... 1.000000: kfree_skb: reason: A", " x-7 [000] ..... 1.000000:",
                " x-7 [000] ..... -1.000000: a: b",
            ])
        func nothing(_ text: String) {
            #expect(TraceLine(text[...]) == nil)
        }

        @Test("No prefix and no damage traps")
        func damage() {
            for length in 0...Self.drop.count { _ = TraceLine(Self.drop.prefix(length))?.drop }
            var generator = SeededGenerator(seed: 3)
            for _ in 0..<3_000 {
                var bytes = Array(Self.drop.utf8)
                for _ in 0..<4 {
                    bytes[.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                let drop = TraceLine(String(decoding: bytes, as: UTF8.self)[...])?.drop
                #expect(drop.map { $0.reason.utf8.allSatisfy { $0 < 128 } } ?? true)
            }
        }
    }
#endif
