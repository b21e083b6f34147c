import PacketWire
import Testing

/// A SYN behind each link header that is only read over.
struct LinkedFrame: Sendable, CustomTestStringConvertible {
    var linkType: LinkType
    var bytes: [UInt8]
    var testDescription: String { "\(linkType), \(bytes.count) bytes" }
    var good: GoodFrame { GoodFrame(testDescription, linkType, bytes) }

    private static let raw = TunnelledFrame.innerV4
    private static let rawV6 = TunnelledFrame.innerV6
    private static let frame = TunnelledFrame.innerFrame
    private static let snap = hex("aaaa03 000000 0800")

    private init(_ linkType: LinkType, _ header: String, _ rest: [UInt8]) {
        self.linkType = linkType
        bytes = hex(header) + rest
    }

    static let all: [LinkedFrame] = serial + wireless + wrapped + switches + others

    private static let serial = [
        LinkedFrame(.ciscoHDLC, "0f000800", raw), LinkedFrame(.ciscoHDLC, "8f0086dd", rawV6),
        LinkedFrame(.ciscoHDLC, "ff030021", raw), LinkedFrame(.ciscoHDLCWithDirection, "00 0f000800", raw),
        LinkedFrame(.frameRelay, "1861 0800", raw), LinkedFrame(.frameRelay, "1861 03cc", raw),
        LinkedFrame(.frameRelay, "1861 038e", rawV6), LinkedFrame(.frameRelay, "1861 0300 80 000000 0800", raw),
        LinkedFrame(.frameRelay, "1861 0380 0080c2 0007", frame), LinkedFrame(.frameRelay, "1861 03cf 0021", raw),
        LinkedFrame(.frameRelay, "1860 6001 03cc", raw), LinkedFrame(.frameRelayWithDirection, "01 1861 03cc", raw),
        LinkedFrame(.pppHDLC, "0f000800", raw), LinkedFrame(.pppHDLC, "8f0086dd", rawV6),
        LinkedFrame(.ppp, "ff03003d c0000001 0021", raw), LinkedFrame(.ppp, "3d c0000001 57", rawV6),
        LinkedFrame(.pppd, "01 ff030021", raw), LinkedFrame(.pppWithDirection, "00 0057", rawV6),
        LinkedFrame(.slip, "00" + String(repeating: "00", count: 15), raw),
        LinkedFrame(.arcnet, "50be d4 00 0001", raw), LinkedFrame(.arcnet, "50be f0", raw),
        LinkedFrame(.arcnet, "50be c4 ff ffff d4 00 0001", rawV6),
        LinkedFrame(.arcnetLinux, "be50 0000 d4 00 0166", raw),
    ]

    private static let station = "020000000001 020000000002 020000000003 1000"

    private static let wireless = [
        LinkedFrame(.ieee80211, "0800 0000 \(station)", snap + raw),
        LinkedFrame(.ieee80211, "0800 0000 \(station)", hex("aaaa03 000000 86dd") + rawV6),
        LinkedFrame(
            .ieee80211, "8802 0000 \(station) 8000 020000000001 020000000002 0030", snap + raw + hex("0000ffff")),
        LinkedFrame(.ieee80211Radiotap, "0000 0800 00000000 0800 0000 \(station)", snap + raw),
        LinkedFrame(
            .ieee80211Radiotap, "0000 1100 03000000 0000000000000000 10 0800 0000 \(station)",
            snap + raw + hex("01020304")),
        LinkedFrame(.ieee80211Radiotap, "0000 0d00 02000080 00000000 20 8800 0000 \(station) 0000 0000", snap + raw),
        LinkedFrame(.ieee80211AVS, "80211001 00000010 0000000000000000 0800 0000 \(station)", snap + raw),
        LinkedFrame(
            .ieee80211Prism, "44000000 90000000" + String(repeating: "00", count: 136) + "0800 0000 \(station)",
            snap + raw),
    ]

    private static let wrapped = [
        LinkedFrame(.ppi, "00 00 0800 69000000 0800 0000 \(station)", snap + raw),
        LinkedFrame(.ppi, "00 00 0c00 01000000 deadbeef", frame),
        LinkedFrame(.pktap, "6c000000 01000000 01000000" + String(repeating: "00", count: 96), frame),
        LinkedFrame(.pktap, "6c000000 01000000 00000000" + String(repeating: "00", count: 96) + "1e000000", rawV6),
        LinkedFrame(.nflog, "02 00 0014 0800 0100 0800 0127 0500 0a00 00000000 2c00 0900", raw),
        LinkedFrame(.nflog, "0a 00 0014 0008 0001 0800 0127 0040 0009", rawV6),
        LinkedFrame(.erf, "0000000000000000 02 04 0048 0000 0036 0000", frame),
        LinkedFrame(.erf, "0000000000000000 82 04 0050 0000 0036 0300000000000000 0000", frame),
        LinkedFrame(.erf, "0000000000000000 16 04 0038 0000 0028", raw),
    ]

    private static let addresses = "020000000002 020000000001"

    private static let switches = [
        LinkedFrame(.marvellDSA, "\(addresses) c00a0000 0800", raw),
        LinkedFrame(.marvellEDSA, "\(addresses) dada 0000 c00a0000 0800", raw),
        LinkedFrame(.broadcomTag, "\(addresses) 20000001 86dd", rawV6),
        LinkedFrame(.broadcomPrepended, "20000001", frame),
        LinkedFrame(.netAnalyzer, "01020304", frame),
        LinkedFrame(.netAnalyzerTransparent, "01020304 55555555555555d5", frame),
        LinkedFrame(.epon, "5555d55555000100", frame), LinkedFrame(.mPacket, "55555555555555d5", frame),
    ]

    private static let others = [
        LinkedFrame(.loop, "00000002", raw), LinkedFrame(.loop, "00000018", rawV6),
        LinkedFrame(.tokenRing, "1040 020000000002 020000000001", snap + raw),
        LinkedFrame(.tokenRing, "1040 020000000002 820000000001 0630 0011 0020", snap + raw),
        LinkedFrame(.fddi, "50 020000000002 020000000001", snap + raw), LinkedFrame(.atm, "", snap + raw),
        LinkedFrame(.atmDLT, "", snap + raw),
        // Cisco's ISL, VLAN 5, and the checks of both frames.
        LinkedFrame(
            .ethernet, "01000c0000 00 020000000009 0048 aaaa03 00000c 000a 0001 0000", frame + hex("0000000000000000")),

        LinkedFrame(.sunATM, "02 00 0021", snap + raw),
        LinkedFrame(.fibreChannelIP, "0000020000000001 0000020000000002", snap + raw),
        LinkedFrame(.ipOverInfiniBand, String(repeating: "00", count: 40) + "86dd 0000", rawV6),
        LinkedFrame(.ieee1394, "0000000000000001 0000000000000002 0800", raw), LinkedFrame(.mpls, "000641ff", raw),
        LinkedFrame(.enc, "02000000 00001234 00000000", raw), LinkedFrame(.ipv4, "", raw),
        LinkedFrame(.ipv6, "", rawV6),
        LinkedFrame(.rawIPDLT12, "", rawV6), LinkedFrame(.rawIPDLT14, "", raw),
        LinkedFrame(.pflog, "3d 02 00 00" + String(repeating: "00", count: 60), raw),
        LinkedFrame(.ipnet, "01 02 0008" + String(repeating: "00", count: 20), raw),
        LinkedFrame(.juniperEthernet, "4d4743 80 0006 01 01 0e 02 01 4a", frame),
        LinkedFrame(.juniperEthernet, "4d4743 03 02000000", raw),
        LinkedFrame(.juniperPPP, "4d4743 00 ff03 0057", rawV6),
        LinkedFrame(.juniperFrameRelay, "4d4743 01 1841 03 cc", raw),
        LinkedFrame(.juniperCiscoHDLC, "4d4743 81 0000 0f00 0800", raw),
        LinkedFrame(.pppoe, "1100 0009 002a 0021", raw), LinkedFrame(.pppHDLC, "ff03 0057", rawV6),
    ]
}
