import PacketWire
import Testing

struct LinkTypeTests {
    @Test(arguments: LinkedFrame.all)
    func theSameSegmentIsBehindEachLink(_ linked: LinkedFrame) {
        let packet = decode(linked.bytes, linked.linkType)
        #expect(packet.stop == nil)
        #expect(packet.anomalies == [])
        #expect(packet.flow == builder(packet.family ?? .v4).flow)
        #expect(packet.payloadLengthOnWire == 0)
        #expect(packet.link != nil)
        #expect(packet.checksums(in: linked.bytes.span).transport == .valid)
    }

    /// Every link type that claims to be decoded is in the tests, and has a name of its own.
    @Test func everySupportedLinkIsTried() {
        let tried = Set(GoodFrame.all.map(\.linkType))
        for number in UInt32(0)...400 where LinkType(rawValue: number).isSupported {
            #expect(tried.contains(LinkType(rawValue: number)), "\(number)")
            #expect(LinkType(rawValue: number).description != "link type \(number)")
        }
    }

    @Test func namesAreTheirOwn() {
        // Three numbers for raw IP.
        let names = (UInt32(0)...400).map { LinkType(rawValue: $0).description }
        #expect(Set(names).count == names.count - 2)
        #expect(LinkType(rawValue: 147).description == "user-defined 0")
        #expect(LinkType(rawValue: 253).description == "Linux netlink")
    }

    @Test(arguments: [
        (LinkType.ppi, "00 00 0800 c0000000"), (.ieee80211, "8000 0000"), (.ieee80211Radiotap, "0000 0400 00000000"),
        (.pktap, "0c000000 00000000 01000000"), (.frameRelay, "1861 0308 50"), (.frameRelay, "1860606060"),
        (.arcnet, "50be d4 02 0001 45"), (.erf, "0000000000000000 15 04 0030 0000 0010"),
        (.nflog, "02000014 0000 0900"),
        (.ciscoHDLC, "8f008035 00"), (.mpls, "000640ff"), (.netAnalyzer, "01"),
        (.juniperEthernet, "4d4744 00 000000"), (.juniperPPP, "4d4743 80 ffff"), (.juniperEthernet, "4d4743 02"),
    ])
    func whatCarriesNoPacketSaysWhy(_ linkType: LinkType, _ text: String) {
        let frame = hex(text) + [UInt8](repeating: 0, count: linkType == .ppi ? 0 : 8)
        let packet = decode(frame, linkType)
        #expect(packet.network == nil)
        #expect(packet.stop != nil)
        #expect(isPlausible(packet, frame))
    }

    /// A header that says that another one follows, and so on.
    @Test func wrappersAreBounded() {
        let endless = [[UInt8]](repeating: hex("00 00 0800 c0000000"), count: 20).flatMap { $0 }
        #expect(decode(endless, .ppi).stop?.problem == .chainTooLong(limit: 4))
    }
}
