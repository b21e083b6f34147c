import PacketWire
import Testing

@Suite struct TLSRegistryTests {
    @Test func unknownNumbersKeepTheirValue() {
        #expect(TLSVersion(rawValue: 0x0304).description == "TLS 1.3")
        #expect(TLSVersion(rawValue: 0x7F1C).description == "0x7f1c")
        #expect(TLSVersion(rawValue: 0x3A3A).description == "GREASE")
        #expect(TLSVersion(rawValue: 0x3A4A).description == "0x3a4a")
        #expect(TLSCipherSuite(rawValue: 0x1301).description == "TLS_AES_128_GCM_SHA256")
        #expect(TLSCipherSuite(rawValue: 0xFEFE).description == "0xfefe")
        #expect(TLSNamedGroup(rawValue: 0x11EC).description == "X25519MLKEM768")
        #expect(TLSNamedGroup(rawValue: 0x0001).description == "0x0001")
        #expect(TLSContentType(rawValue: 99).description == "content type 99")
        #expect(TLSHandshakeType(rawValue: 99).description == "handshake type 99")
        #expect(DNSType(rawValue: 4711).description == "TYPE4711")
        #expect(DNSResponseCode(rawValue: 3).description == "NXDOMAIN")
        #expect(DNSResponseCode(rawValue: 4000).description == "RCODE4000")
        #expect(DNSClass(rawValue: 9).description == "CLASS9")
        #expect(DNSOpcode(rawValue: 9).description == "OPCODE9")
    }

    @Test func namesAreDistinct() {
        let alerts = (0...UInt8.max).map { TLSAlert.Code(rawValue: $0).description }
        #expect(Set(alerts).count == 256)
        let types = (0...UInt8.max).map { TLSHandshakeType(rawValue: $0).description }
        #expect(Set(types).count == 256)
        let suites = (0...UInt16.max).map { TLSCipherSuite(rawValue: $0).description }.filter { $0 != "GREASE" }
        #expect(Set(suites).count == 65_536 - 16)
        let records = (0...UInt16.max).map { DNSType(rawValue: $0).description }
        #expect(Set(records).count == 65_536)
    }
}
