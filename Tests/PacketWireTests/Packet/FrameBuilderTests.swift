import PacketWire
import Testing

struct FrameBuilderTests {
    static let links: [FrameBuilder.Link] = [
        .ethernet(from: clientMAC, to: serverMAC), .linuxSLL(.fromUs), .linuxSLL2(.toUs, interfaceIndex: 4), .null,
        .rawIP,
    ]

    @Test(arguments: links, IPFamily.allCases)
    func whatIsBuiltIsDecoded(_ link: FrameBuilder.Link, _ family: IPFamily) {
        var from = builder(family, link)
        from.timeToLive = 17
        from.trafficClass = 0xB8
        let header = TCPHeader(from: 40000, to: 443, .syn, sequenceNumber: 5, options: TCPOptions(windowScale: 3))
        let frame = from.tcp(header, payload: [1, 2])
        let packet = decode(frame, from.linkType)
        #expect(packet.stop == nil && packet.anomalies == [])
        #expect(packet.timeToLive == 17)
        #expect(packet.network?.trafficClass == 0xB8)
        #expect(packet.source == from.source && packet.destination == from.destination)
        #expect(packet.tcp?.options == header.options)
        #expect(packet.payload.map { frame[$0] } == [1, 2])
        #expect(packet.networkBytes(of: frame) == builderBytes(from, header))
    }

    private func builderBytes(_ builder: FrameBuilder, _ header: TCPHeader) -> [UInt8] {
        var raw = builder
        raw.link = .rawIP
        return raw.tcp(header, payload: [1, 2])
    }

    @Test(arguments: links)
    func theAnswerTravelsTheOtherWay(_ link: FrameBuilder.Link) {
        let from = builder(.v4, link)
        let there = decode(from.udp(from: 1, to: 2), from.linkType)
        let back = decode(from.reversed.udp(from: 2, to: 1), from.linkType)
        #expect(back.flow == there.flow?.reversed)
        #expect(from.reversed.reversed == from || link == .linuxSLL2(.toUs, interfaceIndex: 4))
        if case .ethernet = link {
            #expect(back.link?.source == there.link?.destination)
        }
    }

    @Test func aPacketCanBeDecodedFromItsNetworkLayerOn() {
        let frame = builder(.v6).udp(from: 1, to: 2, payload: [7])
        let inner = Packet.decode(frame.span, networkLayerAt: 14, originalLength: frame.count)
        #expect(inner.network == decode(frame).network)
        #expect(inner.flow == decode(frame).flow)
        #expect(inner.payload == decode(frame).payload)
        #expect(inner.link == .rawIP)
    }
}
