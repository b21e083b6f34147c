import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

/// What is whole stays byte for byte, what is not goes, and the result is a whole capture.
@Suite struct RepairTests {
    @Test(arguments: RecoveryTests.kinds)
    func aSoundFileStaysAsItIs(kind: String) {
        let built = RecoveryTests.build(kind)
        let repaired = Repaired(built.bytes)
        #expect(repaired.findings.isWhole)
        #expect(repaired.findings.packets == RecoveryTests.frames.count)
        #expect(repaired.bytes == built.bytes)
        #expect(Repaired(built.bytes, piece: 7).bytes == built.bytes)
    }

    @Test(arguments: RecoveryTests.kinds)
    func aCutFileEndsBeforeTheCut(kind: String) {
        let built = RecoveryTests.build(kind)
        for place in built.places {
            let cut = Array(built.bytes[..<(place.upperBound - 3)])
            let repaired = Repaired(cut, comment: nil)
            #expect(repaired.findings.cut?.offset == place.lowerBound)
            #expect(repaired.bytes == Array(built.bytes[..<place.lowerBound]))
        }
    }

    /// What is in the way goes, and nothing else.
    @Test(arguments: RecoveryTests.kinds)
    func garbageBetweenRecordsGoes(kind: String) {
        let built = RecoveryTests.build(kind)
        for place in built.places.dropFirst() {
            var damaged = built.bytes
            damaged.insert(contentsOf: [UInt8](repeating: 0xEE, count: 61), at: place.lowerBound)
            let repaired = Repaired(damaged, comment: nil)
            #expect(repaired.bytes == built.bytes, "\(kind) at \(place.lowerBound)")
            #expect(repaired.findings.totals.bytes == 61)
            #expect(Repaired(damaged, comment: nil, piece: 100).bytes == built.bytes)
        }
    }

    @Test(arguments: ["pcapng little", "pcapng big"])
    func aWrongLengthIsPutRight(kind: String) {
        let built = RecoveryTests.build(kind)
        for place in built.places {
            for index in [place.lowerBound + 4, place.upperBound - 2] {
                var damaged = built.bytes
                damaged[index] ^= 0x11
                #expect(Repaired(damaged, comment: nil).bytes == built.bytes, "byte \(index)")
            }
        }
    }

    /// A flipped captured length of a whole packet is the original one again.
    @Test(arguments: ["pcap little", "pcap big"])
    func aWrongCapturedLengthIsPutRight(kind: String) {
        let built = RecoveryTests.build(kind)
        for place in built.places {
            for index in 8..<12 {
                var damaged = built.bytes
                damaged[place.lowerBound + index] ^= 0x10
                let repaired = Repaired(damaged)
                #expect(repaired.bytes == built.bytes, "byte \(place.lowerBound + index)")
                #expect(repaired.findings.totals.mended == 1)
            }
        }
    }

    @Test(arguments: [false, true])
    func theCommentSaysWhatIsGone(big: Bool) throws {
        for options in [[], Golden.option(4, Array("dumper".utf8), big: big) + Golden.option(0, [], big: big)] {
            let file =
                Golden.section(options: options, big: big) + Golden.interface(big: big)
                + Golden.enhanced(ticks: 1, [1, 2], big: big)
            let repaired = Repaired(file + [6, 0, 0], comment: "three bytes are gone")
            let contents = CaptureFile.readAll(repaired.bytes)
            #expect(contents.sections.first?.comments == ["three bytes are gone"])
            #expect(contents.sections.first?.application == (options.isEmpty ? nil : "dumper"))
            #expect(contents.packets.map(\.bytes) == [[1, 2]])
            #expect(contents.problem == nil)
            #expect(Repaired(repaired.bytes, comment: "again").bytes == repaired.bytes)
        }
    }

    /// A section that states its length would lie about it afterwards; one that lost nothing does not.
    @Test func aStatedSectionLengthIsWithdrawn() {
        func section(_ content: [UInt8]) -> [UInt8] {
            var header = Golden.section()
            header.replaceSubrange(16..<24, with: Golden.word(UInt32(content.count), big: false) + [0, 0, 0, 0])
            return header + content
        }
        let content = Golden.interface() + Golden.enhanced(ticks: 1, [1]) + Golden.enhanced(ticks: 1, [2])
        var damaged = content
        damaged.insert(contentsOf: [7, 7, 7, 7, 7], at: 20)
        let repaired = Repaired(section(content) + section(damaged) + section(content), comment: nil)
        #expect(repaired.bytes == section(content) + Golden.section() + content + section(content))
    }

    /// The number of a lost interface stays taken in what is written, too.
    @Test func aLostInterfaceKeepsItsPlace() {
        var lost = Golden.interface()
        lost[4] = 0xEE
        lost[16] = 0xEE
        let file =
            Golden.section() + lost + Golden.interface(linkType: 101) + Golden.enhanced(interface: 1, ticks: 2, [2])
        let contents = CaptureFile.readAll(Repaired(file).bytes)
        #expect(contents.interfaces.map(\.linkType.rawValue) == [147, 101])
        #expect(contents.packets.map(\.interface) == [1])
        #expect(contents.totals.isEmpty && contents.problem == nil)
    }

    @Test(
        arguments: [[], [1, 2, 3, 4, 5], Array("hello, this is text".utf8), [0xD4, 0xC3, 0xB2, 0xA1, 2, 0]] as [[UInt8]]
    )
    func whatIsNoCaptureIsRefused(bytes: [UInt8]) {
        let repaired = Repaired(bytes)
        #expect(repaired.refusal != nil)
        #expect(repaired.bytes.isEmpty)
    }
}
