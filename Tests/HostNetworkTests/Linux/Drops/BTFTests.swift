#if os(Linux)
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    /// The kernel's types from blobs made by hand, good and damaged, and from the running kernel.
    @Suite struct BTFTests {
        private func layout(_ bytes: [UInt8]) throws(BTF.Failure) -> DropLayout {
            try DropLayout(bytes.span.bytes)
        }

        @Test("Members are found through anonymous structures, typedefs and structures inside")
        func offsets() throws {
            let layout = try layout(BTFBuilder.kernel().bytes)
            #expect(layout.device == 16 && layout.socket == 24 && layout.destination == 88)
            #expect(layout.arrivalInterface == 140 && layout.networkProtocol == 180)
            #expect(layout.networkHeader == 184 && layout.tail == 188 && layout.head == 200)
            #expect(layout.deviceIndex == 200 && layout.deviceNamespace == 256)
            #expect(layout.socketNamespace == 48 && layout.destinationDevice == 0)
            #expect(layout.inode == 64)
            #expect(layout.reasons == [1: "CONSUMED", 12: "NETFILTER_DROP", 16: "IP_RPFILTER"])
        }

        @Test("The tracepoint's arguments are taken from its own type", arguments: [false, true])
        func arguments(receiver: Bool) throws {
            let layout = try layout(BTFBuilder.kernel(receiver: receiver).bytes)
            #expect(layout.packetArgument == 0 && layout.placeArgument == 1 && layout.reasonArgument == 2)
            #expect(layout.receiverArgument == (receiver ? 3 : nil))
        }

        @Test("A kernel that gives no reasons is said to give none")
        func withoutReasons() {
            #expect(throws: BTF.Failure.missing("a reason in the tracepoint kfree_skb")) {
                try layout(BTFBuilder.kernel(reason: false).bytes)
            }
            #expect(throws: BTF.Failure.missing("sk_buff.head")) {
                var btf = BTFBuilder()
                let int = btf.add(.int, "int", 4, [32])
                btf.structure("sk_buff", [("tail", int, 0)])
                _ = try layout(btf.bytes)
            }
            #expect(throws: BTF.Failure.notBTF) { try layout([1, 2, 3]) }
        }

        @Test("Every prefix is refused and none traps")
        func prefixes() throws {
            let whole = BTFBuilder.kernel().bytes
            for length in whole.indices {
                #expect(throws: BTF.Failure.self) { try layout(Array(whole[..<length])) }
            }
        }

        @Test("No flipped byte traps, and no seeded damage")
        func damage() {
            let whole = BTFBuilder.kernel().bytes
            var read = 0
            for index in whole.indices {
                for bits: UInt8 in [0x01, 0x80, 0xFF] {
                    var bytes = whole
                    bytes[index] ^= bits
                    if (try? layout(bytes)) != nil { read += 1 }
                }
            }
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<2_000 {
                var bytes = whole
                for _ in 0..<Int.random(in: 2...12, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                if (try? layout(bytes)) != nil { read += 1 }
            }
            // Names of what nobody asks for may be anything; most damage is noticed.
            #expect(read < 3 * whole.count)
        }

        @Test("A table that goes in circles comes to an end")
        func circles() {
            var btf = BTFBuilder()
            btf.add(.typedef, "a", 2)
            btf.add(.typedef, "b", 1)
            // A structure that holds itself without a name.
            btf.structure("sk_buff", [("", 3, 0), ("", 3, 0)])
            btf.structure("net", [("ns", 1, 0)])
            #expect(throws: BTF.Failure.self) { try layout(btf.bytes) }
        }

        @Test("The running kernel describes what is asked of it")
        func running() throws {
            guard let file = try? InputFile(reading: "/sys/kernel/btf/vmlinux") else {
                return print("skipped: this kernel has no /sys/kernel/btf/vmlinux")
            }
            let layout = try file.withBytes { try DropLayout($0.bytes) }
            #expect(layout.reasons.values.contains("NETFILTER_DROP"))
            #expect(layout.reasons.values.allSatisfy { !$0.hasPrefix("SKB_DROP_REASON_") })
            #expect(layout.head != layout.tail && layout.networkHeader != layout.networkProtocol)
        }
    }
#endif
