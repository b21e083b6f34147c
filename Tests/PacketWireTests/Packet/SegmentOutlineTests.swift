import PacketWire
import StallpointTestKit
import Testing

/// Whatever is read the short way is what taking the frame apart tells.
struct SegmentOutlineTests {
    private static let timestamps: [TCPOption] = [
        .noOperation, .noOperation, .timestamps(TCPTimestamps(value: 0x0102_0304, echoReply: 5)),
    ]

    private static let offered: [TCPOption] = [
        .maximumSegmentSize(1_460), .sackPermitted, .timestamps(TCPTimestamps(value: 7, echoReply: 0)), .noOperation,
        .windowScale(7),
    ]

    /// Returns whether it is plain or, where that is asked, one that opens or resets.
    @discardableResult
    private func expectSame(_ frame: [UInt8], length: Int? = nil, opens: Bool = false, _ note: String) -> Bool {
        var plain = SegmentOutline()
        let originalLength = length ?? frame.count
        let isTaken =
            opens
            ? plain.fill(opening: frame.span, originalLength: originalLength)
            : plain.fill(plain: frame.span, originalLength: originalLength)
        guard isTaken else { return false }
        let packet = Packet.decode(frame.span, linkType: .ethernet, originalLength: length ?? frame.count)
        guard let whole = SegmentOutline(packet) else {
            Issue.record("\(note): no segment")
            return true
        }
        #expect(plain.flow == whole.flow && plain.flow == packet.flow, "\(note)")
        #expect(plain.header.header == packet.tcp && !whole.hasSACKBlocks, "\(note)")
        #expect(plain.payload == packet.payload && plain.originalLength == packet.originalLength, "\(note)")
        #expect(plain.payloadLengthOnWire == packet.payloadLengthOnWire, "\(note)")
        #expect(plain.identification == packet.ipIdentification && plain.timeToLive == packet.timeToLive, "\(note)")
        #expect(plain.trafficClass == packet.network?.trafficClass, "\(note)")
        #expect(!packet.isCut && !plain.areOptionsCut && packet.fragment == nil, "\(note)")
        #expect(packet.stop == nil && packet.encapsulations.isEmpty, "\(note)")
        let report = packet.checksums(in: frame.span)
        let isRight = report.transport == .valid && (report.ipv4Header ?? .valid) == .valid
        #expect(plain.hasRightChecksums(in: frame.span) == isRight, "\(note)")
        return true
    }

    @Test("Segments without options but timestamps are plain, and open or reset nothing", arguments: IPFamily.allCases)
    func plain(_ family: IPFamily) {
        for flags in [.ack, [.ack, .psh], [.ack, .fin], [], [.ack, .ece, .reserved]] as [TCPFlags] {
            #expect(expectSame(PlainFrames.segment(family, flags), "\(flags)"))
            #expect(expectSame(PlainFrames.segment(family, flags, options: Self.timestamps, payload: []), "\(flags)"))
        }
        for flags in [.syn, [.syn, .ack], .rst, [.rst, .ack]] as [TCPFlags] {
            #expect(!expectSame(PlainFrames.segment(family, flags), "\(flags)"))
        }
        #expect(!expectSame(PlainFrames.segment(family, .ack, options: [.maximumSegmentSize(1_460)]), "another option"))
        let good = PlainFrames.segment(family, .ack)
        #expect(!expectSame(good, length: good.count + 1, "cut"))
        #expect(expectSame(good + [0, 0, 0], "padding"))
        #expect(expectSame(good, length: 0, "no length"))
    }

    @Test("What is cut or changed anywhere is plain only as it is", arguments: IPFamily.allCases)
    func changed(_ family: IPFamily) {
        var agreed = 0
        for options in [[], Self.timestamps] {
            let good = PlainFrames.segment(family, .ack, options: options)
            for length in good.indices { #expect(!expectSame(Array(good.prefix(length)), "cut at \(length)")) }
            PlainFrames.changed(good) { frame, note in if expectSame(frame, note) { agreed += 1 } }
        }
        #expect(agreed > 2_000)
    }

    @Test("Segments that open or reset, without payload and with any options", arguments: IPFamily.allCases)
    func opening(_ family: IPFamily) {
        for flags in [.syn, [.syn, .ack], .rst, [.rst, .ack], [.syn, .ece, .cwr], [.syn, .rst]] as [TCPFlags] {
            for options in [[], Self.timestamps, Self.offered] {
                let frame = PlainFrames.segment(family, flags, options: options, payload: [])
                #expect(expectSame(frame, opens: true, "\(flags)"))
                #expect(expectSame(frame + [0, 0, 0], opens: true, "padding"))
                #expect(!expectSame(frame, length: frame.count + 1, opens: true, "cut"))
            }
        }
        var blocks = SACKBlocks()
        blocks.append(SACKBlock(left: 1, right: 2))
        for frame in [
            PlainFrames.segment(family, .ack, payload: []), PlainFrames.segment(family, [.syn, .fin], payload: []),
            PlainFrames.segment(family, .syn, payload: [1]),
            PlainFrames.segment(family, .rst, options: [.sack(blocks)], payload: []),
        ] {
            #expect(!expectSame(frame, opens: true, "none that opens"))
        }
    }

    @Test("What opens, cut or changed anywhere, is taken only as it is", arguments: IPFamily.allCases)
    func changedOpening(_ family: IPFamily) {
        var agreed = 0
        for options in [[], Self.offered] {
            let good = PlainFrames.segment(family, .syn, options: options, payload: [])
            for length in good.indices {
                #expect(!expectSame(Array(good.prefix(length)), opens: true, "cut at \(length)"))
            }
            PlainFrames.changed(good) { frame, note in if expectSame(frame, opens: true, note) { agreed += 1 } }
        }
        #expect(agreed > 1_000)
    }

    @Test("Noise behind a plain beginning")
    func noise() {
        var random = SeededGenerator(seed: 31)
        var agreed = 0
        for _ in 0..<2_000 {
            let family: IPFamily = Bool.random(using: &random) ? .v4 : .v6
            let options = Bool.random(using: &random) ? Self.timestamps : []
            var frame = PlainFrames.segment(
                family, .ack, options: options, payload: random.bytes(.random(in: 0...90, using: &random)))
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                frame[.random(in: frame.indices, using: &random)] = UInt8.random(in: 0 ... .max, using: &random)
            }
            if expectSame(frame, "\(frame)") { agreed += 1 }
        }
        #expect(agreed > 500)
    }

    @Test(arguments: GoodFrame.all)
    func frames(_ good: GoodFrame) {
        guard good.linkType == .ethernet else { return }
        expectSame(good.bytes, good.name)
        expectSame(good.bytes, opens: true, good.name)
    }
}
