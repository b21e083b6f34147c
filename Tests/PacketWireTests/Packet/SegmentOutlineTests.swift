import PacketWire
import StallpointTestKit
import Testing

/// Whatever is read the short way is what taking the frame apart tells.
struct SegmentOutlineTests {
    private static func segment(
        _ family: IPFamily, _ flags: TCPFlags, options: [TCPOption] = [], payload: [UInt8] = [1, 2, 3]
    ) -> [UInt8] {
        let one = IPAddress(family == .v4 ? "198.51.100.2" : "2001:db8:1::2")!
        let other = IPAddress(family == .v4 ? "203.0.113.10" : "2001:db8:5::10")!
        let header = TCPHeader(from: 40_000, to: 443, flags, sequenceNumber: 7, acknowledgementNumber: 9)
        let link = FrameBuilder.Link.ethernet(
            from: MACAddress(rawValue: 0x0200_0000_0001), to: MACAddress(rawValue: 0x0200_0000_0002))
        return FrameBuilder(link, from: one, to: other).tcp(header, options: options, payload: payload)
    }

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
            #expect(expectSame(Self.segment(family, flags), "\(flags)"))
            #expect(expectSame(Self.segment(family, flags, options: Self.timestamps, payload: []), "\(flags)"))
        }
        for flags in [.syn, [.syn, .ack], .rst, [.rst, .ack]] as [TCPFlags] {
            #expect(!expectSame(Self.segment(family, flags), "\(flags)"))
        }
        #expect(!expectSame(Self.segment(family, .ack, options: [.maximumSegmentSize(1_460)]), "another option"))
        let good = Self.segment(family, .ack)
        #expect(!expectSame(good, length: good.count + 1, "cut"))
        #expect(expectSame(good + [0, 0, 0], "padding"))
        #expect(expectSame(good, length: 0, "no length"))
    }

    @Test("What is cut or changed anywhere is plain only as it is", arguments: IPFamily.allCases)
    func changed(_ family: IPFamily) {
        var agreed = 0
        for options in [[], Self.timestamps] {
            let good = Self.segment(family, .ack, options: options)
            for length in good.indices { #expect(!expectSame(Array(good.prefix(length)), "cut at \(length)")) }
            for place in good.indices {
                for value in UInt8.min...UInt8.max {
                    var frame = good
                    frame[place] = value
                    if expectSame(frame, "byte \(place) is \(value)") { agreed += 1 }
                }
            }
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
            var frame = Self.segment(
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
