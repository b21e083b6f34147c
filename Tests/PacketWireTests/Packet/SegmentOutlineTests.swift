import PacketWire
import StallpointTestKit
import Testing

/// Whatever is read the short way is what taking the frame apart tells.
struct SegmentOutlineTests {
    private static let timestamps: [TCPOption] = [
        .noOperation, .noOperation, .timestamps(TCPTimestamps(value: 0x0102_0304, echoReply: 5)),
    ]

    /// Returns whether it is plain.
    @discardableResult
    private func expectSame(_ frame: [UInt8], length: Int? = nil, _ note: String) -> Bool {
        var plain = SegmentOutline()
        guard plain.fill(plain: frame.span, originalLength: length ?? frame.count) else { return false }
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
    }
}
