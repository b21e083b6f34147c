import PacketWire
import StallpointTestKit
import Testing

/// Whoever passes a frame over by its ends must have been told the same by taking it apart.
struct SegmentEndsTests {
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
            #expect(expectSame(PlainFrames.segment(family, flags), "\(flags)"))
        }
        for flags in [.syn, [.syn, .ack]] as [TCPFlags] {
            #expect(!expectSame(PlainFrames.segment(family, flags), "\(flags)"))
        }
    }

    @Test("What is cut or changed anywhere has them only where they are the packet's", arguments: IPFamily.allCases)
    func changed(_ family: IPFamily) {
        let good = PlainFrames.segment(family, .ack)
        for length in good.indices { #expect(!expectSame(Array(good.prefix(length)), "cut at \(length)")) }
        var agreed = 0
        PlainFrames.changed(good) { frame, note in if expectSame(frame, note) { agreed += 1 } }
        #expect(agreed > 1_000)
    }

    @Test(arguments: GoodFrame.all)
    func frames(_ good: GoodFrame) {
        guard good.linkType == .ethernet else { return }
        expectSame(good.bytes, good.name)
    }
}
