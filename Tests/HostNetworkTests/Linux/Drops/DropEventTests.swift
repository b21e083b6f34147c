#if os(Linux)
    import PacketWire
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    /// What is read back of the program's records, and of the kernel's list of symbols.
    @Suite struct DropEventTests {
        private func record(length: UInt32, bytes: [UInt8] = []) -> [UInt8] {
            var record = [UInt8](repeating: 0, count: DropProgram.Event.size)
            for (index, byte) in bytes.enumerated() { record[DropProgram.Event.bytes + index] = byte }
            record[DropProgram.Event.at] = 7
            record[DropProgram.Event.place + 1] = 1
            record[DropProgram.Event.reason] = 12
            record[DropProgram.Event.interface] = 3
            for byte in 0..<4 {
                record[DropProgram.Event.length + byte] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(byte)))
            }
            return record
        }

        @Test func aRecordIsReadBack() throws {
            let frame = FrameBuilder(.rawIP, from: IPAddress("198.51.100.2")!, to: IPAddress("203.0.113.10")!)
            let bytes = frame.tcp(TCPHeader(from: 40_000, to: 443, .syn, sequenceNumber: 1))
            let record = record(length: UInt32(bytes.count), bytes: bytes)
            let read = DropEvent(record.span.bytes)
            let event = try #require(read)
            #expect(event.at == 7 && event.place == 256 && event.reason == 12 && event.interface == 3)
            #expect(event.bytes == bytes)
            let dropped = DroppedPacket(
                reason: "NETFILTER_DROP", place: 256, interfaceIndex: 3, monotonicNanoseconds: 7, bytes: event.bytes)
            #expect(dropped.packet.tcp?.flags == .syn)
            #expect(dropped.packet.destination == IPAddress("203.0.113.10"))
        }

        @Test("A length beyond the record and a record of another size are no event", arguments: [97, 128, UInt32.max])
        func damage(length: UInt32) {
            let long = record(length: length)
            let short = Array(record(length: 20).dropLast())
            let events = [DropEvent(long.span.bytes), DropEvent(short.span.bytes)]
            #expect(events == [nil, nil])
        }

        @Test("Addresses are looked up as IPv6 ones")
        func keys() {
            #expect(
                DropMonitor.key(IPAddress("192.0.2.1")!) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1])
            #expect(DropMonitor.key(IPAddress("2001:db8::1")!).prefix(4) == [0x20, 0x01, 0x0D, 0xB8])
        }

        private func names(_ text: String, _ places: Set<UInt64>, chunk: Int) -> [UInt64: String] {
            var search = KernelSymbolSearch(places)
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                search.add(Array(bytes[start..<min(start + chunk, bytes.count)]).span)
            }
            return search.finish()
        }

        static let symbols = """
            ffffffff81000100 T first
            ffffffff81000300 t nft_do_chain\t[nf_tables]
            ffffffff81000200 t second.isra.0
            ffffffff81000210 d data
            not a line at all
            ffffffff810001000 T too_long
            ffffffff81000200
            0000000000000000 T hidden

            """

        @Test(
            "The function that begins last before the place is its own, however the text is cut",
            arguments: [1, 7, 4_096])
        func symbols(chunk: Int) {
            let names = names(
                Self.symbols, [0xFFFF_FFFF_8100_0110, 0xFFFF_FFFF_8100_0280, 0xFFFF_FFFF_8100_0400, 5], chunk: chunk)
            #expect(
                names == [
                    0xFFFF_FFFF_8100_0110: "first", 0xFFFF_FFFF_8100_0280: "second",
                    0xFFFF_FFFF_8100_0400: "nft_do_chain",
                ])
        }

        @Test("Where addresses are hidden nothing has a name, nor far behind the last function")
        func hidden() {
            #expect(names("0000000000000000 T nft_do_chain\n", [0xFFFF_FFFF_8100_0110], chunk: 64) == [:])
            #expect(names("ffffffff81000100 T last\n", [0xFFFF_FFFF_9100_0110], chunk: 64) == [:])
        }
    }
#endif
