import CaptureFile
import PacketWire
import StallpointTestKit
import Testing

/// Reading goes on behind damage, and says what it passed over.
@Suite struct RecoveryTests {
    /// Eight frames of different content and length, all in one second.
    static let frames: [[UInt8]] = (0..<8).map { number in
        (0..<40 + number * 7).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number &* 11) }
    }

    struct Built {
        var bytes: [UInt8]
        /// Where each packet's record or block lies.
        var places: [Range<Int>]
    }

    static func pcap(_ frames: [[UInt8]] = frames, big: Bool = false) -> Built {
        var built = Built(bytes: Golden.pcapHeader(big: big), places: [])
        for (number, frame) in frames.enumerated() {
            let start = built.bytes.count
            let count = UInt32(frame.count)
            built.bytes += Golden.pcapRecord(
                1_700_000_000, UInt32(number * 100), captured: count, original: count, frame, big: big)
            built.places.append(start..<built.bytes.count)
        }
        return built
    }

    static func pcapng(_ frames: [[UInt8]] = frames, big: Bool = false) -> Built {
        var built = Built(bytes: Golden.section(big: big) + Golden.interface(big: big), places: [])
        for (number, frame) in frames.enumerated() {
            let start = built.bytes.count
            built.bytes += Golden.enhanced(ticks: 1_700_000_000_000_000 + UInt64(number), frame, big: big)
            built.places.append(start..<built.bytes.count)
        }
        return built
    }

    static func snoop(_ frames: [[UInt8]] = frames) -> Built {
        var built = Built(bytes: SnoopTests.file([]), places: [])
        for (number, frame) in frames.enumerated() {
            let start = built.bytes.count
            built.bytes += SnoopTests.record(1_700_000_000, UInt32(number), frame)
            built.places.append(start..<built.bytes.count)
        }
        return built
    }

    static func build(_ kind: String) -> Built {
        switch kind {
        case "pcap little": pcap()
        case "pcap big": pcap(big: true)
        case "pcapng little": pcapng()
        case "pcapng big": pcapng(big: true)
        default: snoop()
        }
    }

    static let kinds = ["pcap little", "pcap big", "pcapng little", "pcapng big", "snoop"]

    private func expectOthers(
        _ contents: CaptureFile.Contents, without lost: Set<Int>, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = Self.frames.indices.filter { !lost.contains($0) }.map { Self.frames[$0] }
        let found = contents.packets.map(\.bytes).filter { expected.contains($0) }
        #expect(found.count == expected.count, comment, sourceLocation: sourceLocation)
        #expect(found == expected, comment, sourceLocation: sourceLocation)
        // Behind the last packet there is nothing to go on with.
        if !lost.contains(Self.frames.count - 1) {
            #expect(contents.problem == nil, comment, sourceLocation: sourceLocation)
        }
    }

    /// Each byte of each record's header in turn becomes nonsense: no other packet is lost.
    @Test(arguments: kinds, [0xFF as UInt8, 0x80, 0x01, 0x20])
    func oneHeaderByte(kind: String, flip: UInt8) {
        let built = Self.build(kind)
        for (number, place) in built.places.enumerated() {
            let header = kind.hasPrefix("pcapng") ? 28 : kind == "snoop" ? 24 : 16
            for index in place.prefix(header) {
                var damaged = built.bytes
                damaged[index] ^= flip
                let contents = CaptureFile.readAll(damaged)
                expectOthers(contents, without: [number], "\(kind), packet \(number), byte \(index - place.lowerBound)")
            }
        }
    }

    /// The length behind a block is there twice: the packet is not lost.
    @Test(arguments: ["pcapng little", "pcapng big"], [0xFF as UInt8, 0x01])
    func oneLengthOfTwo(kind: String, flip: UInt8) {
        let built = Self.build(kind)
        for place in built.places {
            for index in [place.lowerBound + 4, place.lowerBound + 6, place.upperBound - 1, place.upperBound - 3] {
                var damaged = built.bytes
                damaged[index] ^= flip
                let contents = CaptureFile.readAll(damaged)
                expectOthers(contents, without: [], "byte \(index)")
                #expect(contents.totals.mended == 1 && contents.totals.bytes == 0, "byte \(index)")
                #expect(contents.damage.first?.isMended == true)
            }
        }
    }

    /// Bytes that were put in or taken out shift all that follows.
    @Test(arguments: kinds, [-9, -1, 1, 2, 3, 4, 17, 700])
    func shifted(kind: String, by count: Int) {
        let built = Self.build(kind)
        for (number, place) in built.places.enumerated() {
            for index in [place.lowerBound, place.lowerBound + 5, place.lowerBound + 30, place.upperBound - 10] {
                var damaged = built.bytes
                if count < 0 {
                    damaged.removeSubrange(index..<index - count)
                } else {
                    damaged.insert(contentsOf: [UInt8](repeating: 0xEE, count: count), at: index)
                }
                let contents = CaptureFile.readAll(damaged)
                let comment: Comment = "\(kind), packet \(number), byte \(index - place.lowerBound)"
                if index == place.lowerBound, count < 0 {
                    // The last byte of the packet before may be missing as well.
                    #expect(contents.packets.count >= Self.frames.count - 2, comment)
                } else {
                    expectOthers(contents, without: [number], comment)
                }
            }
        }
    }

    /// What a file system leaves of blocks that were never written.
    @Test(arguments: kinds)
    func holesOfZeros(kind: String) {
        let built = Self.build(kind)
        for first in 1..<5 {
            var damaged = built.bytes
            let hole = built.places[first].lowerBound + 10..<built.places[first + 2].lowerBound + 10
            damaged.replaceSubrange(hole, with: [UInt8](repeating: 0, count: hole.count))
            let contents = CaptureFile.readAll(damaged)
            expectOthers(contents, without: [first, first + 1, first + 2], "\(kind), from \(first)")
            #expect(contents.packets.count <= Self.frames.count)
            #expect(contents.totals.places >= 1)
        }
    }

    @Test func whatWasPassedOverIsSaid() throws {
        let built = Self.pcapng()
        var damaged = built.bytes
        // Both lengths and the type are gone.
        for index in [0, 4, 5] { damaged[built.places[2].lowerBound + index] = 0xEE }
        damaged[built.places[2].upperBound - 4] = 0xEE
        let contents = CaptureFile.readAll(damaged)
        let damage = try #require(contents.damage.first)
        #expect(contents.damage.count == 1)
        #expect(damage.range == built.places[2])
        #expect(damage.lostBytes == built.places[2].count)
        #expect(damage.estimatedPackets == 1)
        #expect(damage.problem.packets == 2)
        #expect(damage.problem.place == .block(5))
        #expect(
            damage.description.hasSuffix("skipped \(damage.range.count) bytes, to offset \(damage.range.upperBound)"))
        #expect(contents.totals.places == 1 && contents.totals.bytes == damage.range.count)
    }

    /// A new section is understood whatever came before it, also in the other order.
    @Test func theNextSection() {
        let damaged = [UInt8](repeating: 0x55, count: 41)
        let file = Self.pcapng().bytes + damaged + Self.pcapng(big: true).bytes
        let contents = CaptureFile.readAll(file)
        #expect(contents.packets.map(\.bytes) == Self.frames + Self.frames)
        #expect(contents.sections.count == 2)
        #expect(contents.damage.map(\.lostBytes) == [41])
    }

    /// A section that cannot be understood is passed over whole: its packets would be taken for another's.
    @Test func aSectionOfAnotherVersion() {
        let strange = Golden.section(major: 9) + Golden.interface(linkType: 101) + Golden.enhanced(ticks: 1, [1])
        let contents = CaptureFile.readAll(Self.pcapng().bytes + strange + Self.pcapng().bytes)
        #expect(contents.packets.map(\.bytes) == Self.frames + Self.frames)
        #expect(contents.damage.map(\.lostBytes) == [strange.count])
        #expect(contents.damage.map(\.problem.kind) == [.unsupportedVersion(major: 9, minor: 0)])
    }

    /// The interfaces behind a damaged description keep their numbers.
    @Test func aLostInterface() {
        var lost = Golden.interface(linkType: 1)
        lost[4] = 16  // too short for a description, and so at its end
        lost[16] = 16
        lost.removeSubrange(12..<16)
        let file =
            Golden.section() + lost + Golden.interface(linkType: 101) + Golden.enhanced(interface: 0, ticks: 1, [1])
            + Golden.enhanced(interface: 1, ticks: 2, [2])
        let contents = CaptureFile.readAll(file)
        #expect(contents.packets.map(\.bytes) == [[2]])
        #expect(contents.packets.map(\.interface) == [1])
        #expect(contents.interfaces.map(\.linkType.rawValue) == [147, 101])
        #expect(contents.damage.map(\.problem.kind).last == .unknownInterface(0))
    }

    /// A capture inside a packet is a packet's content, also where the file ends inside it.
    @Test(arguments: kinds)
    func aCaptureInsideAPacket(kind: String) {
        let inner = Self.build(kind).bytes
        var frames = Self.frames
        frames[3] = inner
        let built =
            kind.hasPrefix("pcapng")
            ? Self.pcapng(frames, big: kind.hasSuffix("big"))
            : kind == "snoop" ? Self.snoop(frames) : Self.pcap(frames, big: kind.hasSuffix("big"))
        #expect(CaptureFile.readAll(built.bytes).packets.map(\.bytes) == frames)
        let cut = Array(built.bytes[..<(built.places[3].upperBound - 30)])
        let contents = CaptureFile.readAll(cut)
        #expect(contents.packets.map(\.bytes) == Array(frames[..<3]))
        #expect(contents.problem?.isTruncation == true)
        // The packet behind it is damaged: it is still no reason to look inside.
        var damaged = built.bytes
        for index in 4..<16 { damaged[built.places[4].lowerBound + index] ^= 0x5A }
        let others = CaptureFile.readAll(damaged).packets.map(\.bytes)
        #expect(others == Array(frames[..<4]) + Array(frames[5...]))
    }

    /// Unusual is not damaged: files of clocks that stand at zero, fractions above a second, lengths the wrong way
    /// round, packets of no bytes, packets years apart.
    @Test(
        arguments: [
            [(0, 0, 4, 4), (0, 0, 4, 4), (0, 0, 0, 0)], [(9, 2_000_000, 4, 4), (9, 3_000_000, 4, 4)],
            [(9, 0, 4, 2), (9, 1, 4, 0), (9, 2, 4, 3)], [(9, 0, 0, 0), (9, 0, 0, 0)],
            [(9, 0, 4, 4), (1_700_000_000, 0, 4, 4), (5, 0, 4, 4), (4_000_000_000, 0, 4, 4), (1, 1, 4, 4)],
            [(1_700_000_000, 0, 70_000, 70_000), (1_700_000_000, 0, 70_000, 70_000)],
        ] as [[(UInt32, UInt32, UInt32, UInt32)]])
    func unusualFilesAreWhole(records: [(UInt32, UInt32, UInt32, UInt32)]) {
        var file = Golden.pcapHeader()
        for (seconds, fraction, captured, original) in records {
            file += Golden.pcapRecord(
                seconds, fraction, captured: captured, original: original,
                [UInt8](repeating: 0xAB, count: Int(captured)))
        }
        let contents = CaptureFile.readAll(file)
        #expect(contents.packets.count == records.count)
        #expect(contents.totals.isEmpty && contents.problem == nil)
    }

    /// However much damage there is, the list stays short and the sums are right.
    @Test func theListOfDamageIsBounded() {
        var file = Golden.section() + Golden.interface()
        for number in 0..<3000 { file += Golden.enhanced(interface: 1, ticks: UInt64(number), [1]) }
        file += Golden.enhanced(ticks: 1, [7])
        let contents = CaptureFile.readAll(file)
        #expect(contents.packets.map(\.bytes) == [[7]])
        #expect(contents.damage.count == 1000)
        #expect(contents.totals.places == 3000)
        #expect(contents.totals.bytes == 3000 * 36)
    }
}
