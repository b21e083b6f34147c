import PacketWire
import Testing

/// Real and hostile captures of other projects: nothing traps, and what is counted fits what tshark counts.
@Suite(.enabled(if: Corpora.folder != nil, "shared/corpora is not beside this checkout"))
struct CorpusTests {
    @Test func everyFrameOfEveryCaptureDecodes() {
        var total = 0
        var decoded = 0
        for name in Corpora.files {
            guard let (linkType, records) = Corpora.records(of: name) else { continue }
            for (index, record) in records.enumerated() {
                let packet = decode(record.bytes, linkType, originalLength: record.originalLength)
                #expect(isPlausible(packet, record.bytes), "\(name) frame \(index + 1)")
                #expect(exercise(packet, record.bytes) > 0)
                total += 1
                if packet.network != nil { decoded += 1 }
                // Every link type that is known reaches a network layer, or says why not.
                #expect(packet.network != nil || packet.stop != nil, "\(name) frame \(index + 1)")
            }
        }
        #expect(total > 1000)
        #expect(decoded * 10 > total * 7, "\(decoded) of \(total)")
    }

    /// Cards fill these in behind the capture; tshark calls them bad, and they are not.
    @Test(arguments: ["PcapPlusPlus__nanosecs_big_endian.pcap", "tcpdump__mptcp-v1.pcap"])
    func unfilledChecksumsAreToldFromWrongOnes(_ name: String) throws {
        let (linkType, records) = try #require(Corpora.records(of: name))
        for record in records {
            let packet = decode(record.bytes, linkType, originalLength: record.originalLength)
            #expect(packet.checksums(in: record.bytes.span).transport == .partial)
        }
    }

    /// Segmentation offload: 80,000 bytes behind a total length of 0.
    @Test func aGiantFrameIsOnePacket() throws {
        let (linkType, records) = try #require(Corpora.records(of: "tcpdump__bigtcp-ipv4.pcap"))
        let packet = decode(records[0].bytes, linkType, originalLength: records[0].originalLength)
        #expect(packet.payloadLengthOnWire == 80_000)
        #expect(packet.anomalies == .lengthFromFrame)
    }

    /// Frames by what they are, as `tshark -r FILE -q -z io,phs` counts them; tunnelled packets by what is inside.
    struct Count: Sendable, CustomTestStringConvertible {
        var file: String
        var frames: Int
        var tcp = 0
        var udp = 0
        var icmp = 0
        var arp = 0
        var testDescription: String { file }
    }

    static let counts = [
        Count(file: "PcapPlusPlus__sll2.pcap", frames: 3, tcp: 3),
        Count(file: "arkime__bigendian.pcap", frames: 2, icmp: 2),
        Count(file: "arkime__v6-http.pcap", frames: 55, tcp: 10, udp: 8, icmp: 37),
        Count(file: "community-id-spec__icmp.pcap", frames: 4, icmp: 4),
        Count(file: "community-id-spec__icmp6.pcap", frames: 20, icmp: 20),
        Count(file: "mercury__emix.pcap", frames: 7133, tcp: 5571, udp: 1353, icmp: 82, arp: 87),
        Count(file: "tcpdump__802.1ad_QinQ.pcap", frames: 2, arp: 2),
        Count(file: "tcpdump__LINKTYPE_IPV4.pcap", frames: 1, udp: 1),
        Count(file: "tcpdump__LINKTYPE_IPV6.pcap", frames: 1, udp: 1),
        Count(file: "tcpdump__loopback.pcap", frames: 6),
        Count(file: "tcpdump__mpls-traceroute.pcap", frames: 18, udp: 9, icmp: 9),
        Count(file: "tcpdump__mptcp-tcprst.pcap", frames: 2, tcp: 2),
        Count(file: "tcpdump__mptcp-v1.pcap", frames: 20, tcp: 20),
        Count(file: "tcpdump__pptp.pcap", frames: 23, tcp: 22),
        Count(file: "tcpdump__vxlan.pcap", frames: 10, icmp: 8, arp: 2),
        Count(file: "tcpdump__geneve.pcap", frames: 39, tcp: 33, icmp: 6),
        Count(file: "arkime__6-4-gre-ppp-udp-4-dns.pcap", frames: 2, udp: 2),
        Count(file: "arkime__icmp-frame-relay.pcap", frames: 10, icmp: 10),
        Count(file: "libpcap__arcnet-rfc1201-arp-icmp-http.pcap", frames: 15, tcp: 3, udp: 4, icmp: 4, arp: 4),
        Count(file: "tcpdump__ipoib.pcap", frames: 30, tcp: 20, icmp: 6, arp: 4),
        Count(file: "tcpdump__nflog.pcap", frames: 4, udp: 4),
        Count(file: "tcpdump__HDLC.pcap", frames: 38, icmp: 10),
    ]

    @Test(arguments: counts)
    func countsAgreeWithTshark(_ expected: Count) throws {
        let (linkType, records) = try #require(Corpora.records(of: expected.file))
        let packets = records.map { decode($0.bytes, linkType, originalLength: $0.originalLength) }
        #expect(packets.count == expected.frames)
        #expect(packets.count { $0.tcp != nil } == expected.tcp)
        #expect(packets.count { $0.udp != nil } == expected.udp)
        #expect(packets.count { $0.icmp != nil } == expected.icmp)
        #expect(packets.count { $0.arp != nil } == expected.arp)
    }
}
