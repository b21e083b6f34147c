import PacketWire
import StallpointTestKit
import Testing

/// Whoever passes a frame over by its ends must have been told the same by taking it apart.
struct SegmentEndsTests {
    private static func segment(_ family: IPFamily, _ flags: TCPFlags) -> [UInt8] {
        let one = IPAddress(family == .v4 ? "198.51.100.2" : "2001:db8:1::2")!
        let other = IPAddress(family == .v4 ? "203.0.113.10" : "2001:db8:5::10")!
        let header = TCPHeader(from: 40_000, to: 443, flags, sequenceNumber: 7, acknowledgementNumber: 9)
        let link = FrameBuilder.Link.ethernet(
            from: MACAddress(rawValue: 0x0200_0000_0001), to: MACAddress(rawValue: 0x0200_0000_0002))
        return FrameBuilder(link, from: one, to: other).tcp(header, payload: [1, 2, 3])
    }

    /// Returns whether there are any.
    @discardableResult
    private func expectSame(_ frame: [UInt8], _ note: String) -> Bool {
        guard let ends = SegmentEnds(frame.span) else { return false }
        let packet = Packet.decode(frame.span, linkType: .ethernet, originalLength: frame.count)
        #expect(packet.source == ends.source && packet.destination == ends.destination, "\(note)")
        #expect(packet.tcpFlags?.contains(.syn) == false && packet.stop == nil, "\(note)")
        #expect(packet.fragment == nil && packet.encapsulations.isEmpty && packet.flow != nil, "\(note)")
        return true
    }

    @Test("Plain segments have ends, and those that open none", arguments: IPFamily.allCases)
    func plain(_ family: IPFamily) {
        for flags in [.ack, [.ack, .psh], [.ack, .fin], .rst, [.rst, .ack]] as [TCPFlags] {
            #expect(expectSame(Self.segment(family, flags), "\(flags)"))
        }
        for flags in [.syn, [.syn, .ack]] as [TCPFlags] {
            #expect(!expectSame(Self.segment(family, flags), "\(flags)"))
        }
    }

    @Test("What is cut or changed anywhere has them only where they are the packet's", arguments: IPFamily.allCases)
    func changed(_ family: IPFamily) {
        let good = Self.segment(family, .ack)
        for length in good.indices { #expect(!expectSame(Array(good.prefix(length)), "cut at \(length)")) }
        var agreed = 0
        for place in good.indices {
            for value in UInt8.min...UInt8.max {
                var frame = good
                frame[place] = value
                if expectSame(frame, "byte \(place) is \(value)") { agreed += 1 }
            }
        }
        #expect(agreed > 1_000)
    }

    @Test(arguments: GoodFrame.all)
    func frames(_ good: GoodFrame) {
        guard good.linkType == .ethernet else { return }
        expectSame(good.bytes, good.name)
    }
}
