import CaptureFile
import PacketWire
import Testing

@Suite struct PcapngReaderTests {
    @Test(arguments: [false, true])
    func everyOptionInBothOrders(big: Bool) throws {
        let wide = { (value: UInt32) in
            big
                ? Golden.word(0, big: big) + Golden.word(value, big: big)
                : Golden.word(value, big: big) + Golden.word(0, big: big)
        }
        let file =
            Golden.section(
                options: Golden.option(2, Array("box".utf8), big: big) + Golden.option(3, Array("Linux".utf8), big: big)
                    + Golden.option(4, Array("stallpoint".utf8), big: big)
                    + Golden.option(1, Array("first".utf8), big: big) + Golden.option(0, [], big: big), big: big)
            + Golden.interface(
                linkType: 276, snapLength: 96,
                options: Golden.option(2, Array("eth0".utf8), big: big)
                    + Golden.option(3, Array("uplink".utf8), big: big) + Golden.option(9, [9], big: big)
                    + Golden.option(11, [0] + Array("tcp port 443".utf8), big: big)
                    + Golden.option(12, Array("os".utf8), big: big) + Golden.option(13, [4], big: big)
                    + Golden.option(14, wide(100), big: big) + Golden.option(15, Array("nic".utf8), big: big)
                    + Golden.option(1, Array("note".utf8), big: big) + Golden.option(7777, [1, 2, 3], big: big),
                big: big)
            + Golden.enhanced(
                ticks: 7, original: 1500, [1, 2, 3, 4, 5],
                options: Golden.option(1, Array("one".utf8), big: big) + Golden.option(1, Array("two".utf8), big: big)
                    + Golden.option(2, Golden.word(2, big: big), big: big) + Golden.option(4, wide(9), big: big),
                big: big)
            + Golden.block(
                5,
                Golden.word(0, big: big) + Golden.word(0, big: big) + Golden.word(50, big: big)
                    + Golden.option(2, Golden.word(0, big: big) + Golden.word(5, big: big), big: big)
                    + Golden.option(4, wide(1000), big: big) + Golden.option(5, wide(3), big: big)
                    + Golden.option(6, wide(900), big: big) + Golden.option(7, wide(2), big: big)
                    + Golden.option(8, wide(898), big: big), big: big)
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(
            contents.sections == [
                CaptureSection(
                    hardware: "box", operatingSystem: "Linux", application: "stallpoint", comments: ["first"])
            ])
        var interface = CaptureInterface(
            linkType: .linuxSLL2, snapLength: 96, name: "eth0", text: "uplink", filter: "tcp port 443",
            operatingSystem: "os", hardware: "nic", comments: ["note"], resolution: .nanoseconds,
            timestampOffsetSeconds: 100, frameCheckSequenceLength: 4)
        interface.statistics = InterfaceStatistics(
            start: CaptureTimestamp(nanosecondsSince1970: 100_000_000_005),
            end: CaptureTimestamp(nanosecondsSince1970: 100_000_000_050), received: 1000, droppedByInterface: 3,
            filterAccepted: 900, droppedByOS: 2, delivered: 898)
        #expect(contents.interfaces == [interface])
        #expect(
            contents.packets == [
                CaptureFile.Packet(
                    number: 1, bytes: [1, 2, 3, 4, 5], originalLength: 1500,
                    timestamp: CaptureTimestamp(nanosecondsSince1970: 100_000_000_007),
                    options: PacketOptions(
                        comments: ["one", "two"], flags: PacketFlags(direction: .outbound), dropCount: 9))
            ])
    }

    @Test func simplePacketsAreCutToTheSnapLength() {
        let file =
            Golden.section() + Golden.interface(snapLength: 3)
            + Golden.block(3, Golden.word(60, big: false) + [1, 2, 3])
            + Golden.block(3, Golden.word(2, big: false) + [8, 9])
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(contents.packets.map(\.bytes) == [[1, 2, 3], [8, 9]])
        #expect(contents.packets.map(\.originalLength) == [60, 2])
        #expect(contents.packets.allSatisfy { $0.timestamp == nil })
    }

    @Test(arguments: [false, true])
    func obsoletePacketBlock(big: Bool) {
        let file =
            Golden.section(big: big) + Golden.interface(big: big) + Golden.interface(linkType: 101, big: big)
            + Golden.block(
                2,
                Golden.half(1, big: big) + Golden.half(7, big: big) + Golden.word(0, big: big)
                    + Golden.word(1_000_000, big: big) + Golden.word(2, big: big) + Golden.word(40, big: big)
                    + [1, 2, 0, 0] + Golden.option(1, Array("old".utf8), big: big), big: big)
        let packet = CaptureFile.readAll(file).packets.first
        #expect(packet?.interface == 1)
        #expect(packet?.timestamp?.nanosecondsSince1970 == 1_000_000_000)
        #expect(packet?.bytes == [1, 2])
        #expect(packet?.options.comments == ["old"])
        #expect(packet?.options.dropCount == 7)
    }

    /// Interface numbers begin anew in each section; the reader's indices do not.
    @Test func sectionsOfDifferentOrder() {
        let file =
            Golden.section(big: false) + Golden.interface(linkType: 1) + Golden.enhanced(ticks: 1, [1])
            + Golden.section(minor: 2, big: true) + Golden.interface(linkType: 113, big: true)
            + Golden.interface(linkType: 101, big: true) + Golden.enhanced(interface: 1, ticks: 2, [2], big: true)
            + Golden.section(big: false) + Golden.enhanced(ticks: 3, [3])
        let contents = CaptureFile.readAll(file)
        #expect(contents.packets.map(\.interface) == [0, 2])
        #expect(contents.interfaces.map(\.linkType) == [.ethernet, .linuxSLL, .rawIP])
        #expect(contents.interfaces.map(\.section) == [0, 1, 1])
        #expect(contents.sections.count == 3)
        #expect(contents.problem == nil)
        #expect(contents.damage.map(\.problem.kind) == [.unknownInterface(0)], "the third section describes none")
    }

    @Test func namesAreCollected() {
        let names =
            Golden.option(1, [192, 0, 2, 1] + Array("a.example\0b.example\0".utf8))
            + Golden.option(9, [1]) + Golden.option(1, [1, 2])
            + Golden.option(
                2, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + Array("c.example\0".utf8))
            + Golden.option(0, [])
        let contents = CaptureFile.readAll(Golden.section() + Golden.block(4, names))
        #expect(
            contents.names == [
                NameRecord(.v4(IPv4Address(192, 0, 2, 1)), ["a.example", "b.example"]),
                NameRecord(.v6(IPv6Address(rawValue: 0x2001_0DB8 << 96 | 1)), ["c.example"]),
            ])
    }

    /// Custom and journal blocks count in Wireshark's numbering, unknown ones do not.
    @Test func unknownBlocksAreSkipped() {
        let file =
            Golden.section() + Golden.interface() + Golden.block(0xBAD, [0, 0, 0, 1]) + Golden.enhanced(ticks: 0, [1])
            + Golden.block(0x7777, [1, 2, 3, 4]) + Golden.block(10, []) + Golden.block(0x4000_0BAD, [0, 0, 0, 1])
            + Golden.block(9, [0, 0, 0, 1]) + Golden.enhanced(ticks: 0, [2])
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(contents.packets.map(\.bytes) == [[1], [2]])
        #expect(contents.packets.map(\.number) == [2, 5])
        #expect(contents.skippedBlocks.custom == 2)
        #expect(contents.skippedBlocks.journalEntries == 1)
        #expect(contents.skippedBlocks.decryptionSecrets == 1)
        #expect(contents.skippedBlocks.unknown == 1)
    }

    /// An option list that overruns its block costs the options behind, not the packet.
    @Test func brokenOptionsLoseOnlyThemselves() {
        let broken = Golden.option(1, Array("kept".utf8)) + [1, 0, 0xFF, 0xFF, 0, 0, 0, 0]
        let file = Golden.section() + Golden.interface() + Golden.enhanced(ticks: 0, [1], options: broken)
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(contents.packets.first?.options.comments == ["kept"])
    }

    @Test func optionsOfWrongSizeAreIgnored() {
        let options =
            Golden.option(9, [6, 6]) + Golden.option(14, [1]) + Golden.option(11, [1, 2, 3]) + Golden.option(13, [])
        let file =
            Golden.section() + Golden.interface(options: options)
            + Golden.enhanced(ticks: 1, [1], options: Golden.option(2, [1]) + Golden.option(4, [1, 2]))
        let contents = CaptureFile.readAll(file)
        #expect(
            contents.interfaces == [CaptureInterface(linkType: .ethernet, snapLength: 0, resolution: .microseconds)])
        #expect(contents.packets.first?.options == PacketOptions.none)
    }

    @Test(arguments: [
        (Golden.section(major: 2), CaptureFileError.Kind.unsupportedVersion(major: 2, minor: 0), 1),
        (Golden.section(minor: 1), .unsupportedVersion(major: 1, minor: 1), 1),
        (Golden.section() + Golden.enhanced(ticks: 0, []), .unknownInterface(0), 2),
        (Golden.section() + Golden.block(3, [0, 0, 0, 0]), .unknownInterface(0), 2),
        (
            Golden.section() + Golden.interface() + Golden.enhanced(ticks: 0, captured: 9, [1, 2, 3, 4]),
            .tooLarge(.capturedLength, found: 9, limit: 4), 3
        ),
        (
            Golden.section() + Golden.interface() + Golden.block(3, Golden.word(5, big: false) + [1, 2, 3, 4]),
            .tooLarge(.capturedLength, found: 5, limit: 4), 3
        ),
        (
            Golden.section() + Golden.block(6, [UInt8](repeating: 0, count: 16)),
            .tooSmall(.blockLength, found: 28, minimum: 32), 2
        ),
        (Golden.section() + Golden.block(1, [1, 0]), .tooSmall(.blockLength, found: 16, minimum: 20), 2),
        ([0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 1, 2, 3, 4], .badByteOrderMagic(0x0102_0304), 1),
        (
            Golden.section() + Golden.word(0x99, big: false) + Golden.word(14, big: false) + [0, 0, 0, 0, 0, 0],
            .unaligned(found: 14), 2
        ),
        (
            Golden.section() + Golden.word(0x99, big: false) + Golden.word(.max - 3, big: false) + [0, 0, 0, 0],
            .tooLarge(.blockLength, found: Int(UInt32.max) - 3, limit: 129 << 20), 2
        ),
        (Golden.section() + [UInt8](repeating: 0, count: 64), .tooSmall(.blockLength, found: 0, minimum: 12), 2),
        (
            Golden.section() + Golden.word(0x99, big: false) + Golden.word(12, big: false)
                + Golden.word(16, big: false),
            .lengthMismatch(front: 12, back: 16), 2
        ),
    ])
    func damageIsNamedAndPlaced(file: [UInt8], kind: CaptureFileError.Kind, block: Int) {
        let contents = CaptureFile.readAll(file)
        // Where the block's end is known, it is passed over and the file read to its end.
        let problem = contents.problem ?? contents.damage.first?.problem
        #expect(problem?.kind == kind)
        #expect(problem?.place == .block(block))
    }

    /// Statistics of an unknown interface, or too short to hold any, are skipped like an unknown block.
    @Test func uselessStatisticsAreIgnored() {
        let file =
            Golden.section() + Golden.interface()
            + Golden.block(5, Golden.word(9, big: false) + [UInt8](repeating: 0, count: 8))
            + Golden.block(5, [0, 0, 0, 0])
        let contents = CaptureFile.readAll(file)
        #expect(contents.problem == nil)
        #expect(contents.interfaces.first?.statistics == nil)
    }
}
