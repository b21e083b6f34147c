import PacketWire
import Testing

/// Numbers that nobody gave a name survive and print.
struct RegistryTests {
    @Test func unknownNumbersKeepTheirValue() {
        #expect(EtherType(rawValue: 0x1234).description == "EtherType 0x1234")
        #expect(IPProtocol(rawValue: 253).description == "IP protocol 253")
        #expect(MultipathSubtype(rawValue: 15).description == "MPTCP subtype 15")
        #expect(CookedPacketType(rawValue: 77).description == "packet type 77")
        #expect(ARPPacket.Operation(rawValue: 9).description == "operation 9")
        #expect(ICMPv4.MessageType(rawValue: 99).description == "type 99")
        #expect(ICMPv6.MessageType(rawValue: 99).description == "type 99")
        #expect(IPv4Option(kind: 99).description == "IP option 99")
    }

    @Test func noTwoNumbersShareAName() {
        #expect(Set((UInt8.min...UInt8.max).map { IPProtocol(rawValue: $0).description }).count == 256)
        #expect(Set((UInt16.min...UInt16.max).map { EtherType(rawValue: $0).description }).count == 65536)
    }

    @Test func everyAnomalyHasAName() {
        let all = (0..<22).map { Anomalies(rawValue: 1 << $0).description }
        #expect(all.allSatisfy { !$0.isEmpty })
        #expect(Set(all).count == all.count)
        #expect(Anomalies([.portZero, .sourceRoute]).description == "source route, port 0")
        #expect(Anomalies([]).description.isEmpty)
    }

    @Test func errorsReadAsSentences() {
        let errors: [(DecodeError, String)] = [
            (
                DecodeError(.tcp, at: 34, .truncated(needed: 20, available: 8)),
                "TCP at offset 34: needs 20 bytes, 8 there"
            ),
            (
                DecodeError(.ipv4, at: 16, .badLength(found: 4, minimum: 20)),
                "IPv4 at offset 16: length 4 where at least 20 is needed"
            ),
            (DecodeError(.ip, at: 14, .badVersion(5)), "IP at offset 14: version 5"),
            (DecodeError(.link, at: 14, .unknownProtocol(0x88CC)), "link layer at offset 14: unknown protocol 0x88cc"),
            (
                DecodeError(.vlan, at: 78, .chainTooLong(limit: 16)),
                "VLAN tag at offset 78: more than 16 headers in a row"
            ),
        ]
        for (error, text) in errors { #expect(error.description == text) }
    }
}
