import PacketWire
import StallpointTestKit
import Testing

/// The bytes of each question, laid out by hand from the service's RFC.
@Suite struct ServiceQuestionTests {
    static let transaction = ServiceTransaction(0x0102_0304_0506_0708)

    static func question(_ name: String, filling: Int = 0) throws -> [UInt8] {
        try #require(UDPService.named(name)).question(transaction, filling: filling)
    }

    /// Those that are short, whole.
    static let layouts: [(name: String, bytes: String)] = [
        // RFC 1035 section 4.1: identifier, RD, one question; root, NS, IN.
        ("dns", "0708 0100 0001 0000 0000 0000 00 0002 0001"),
        // No recursion; _services._dns-sd._udp.local, PTR, IN.
        (
            "mdns",
            """
            0708 0000 0001 0000 0000 0000 09 5f7365727669636573 07 5f646e732d7364 04 5f756470 05 6c6f63616c 00
            000c 0001
            """
        ),
        // RFC 5905 figure 8: LI 0, VN 4, mode 3; all zero but the transmit timestamp.
        (
            "ntp",
            """
            23 00 00 00 00000000 00000000 00000000 0000000000000000 0000000000000000 0000000000000000
            0102030405060708
            """
        ),
        // RFC 8489 figure 2; the rest of the transaction is the generator's.
        ("stun", "0001 0000 2112a442 0102030405060708 0acc9c17"),
        // RFC 1350 figure 5-1: "stallpoint-0102030405060708", "octet".
        (
            "tftp",
            "0001 7374616c6c706f696e742d30313032303330343035303630373038 00 6f63746574 00"
        ),
        // RFC 5531 section 9: xid, CALL, RPC 2, program 100000, version 2, procedure 0, AUTH_NONE twice.
        (
            "portmap",
            "05060708 00000000 00000002 000186a0 00000002 00000000 00000000 00000000 00000000 00000000"
        ),
        // RFC 1002 section 4.2.17.
        (
            "netbios",
            """
            0708 0000 0001 0000 0000 0000 20 434b4141414141414141414141414141414141414141414141414141414141 41 00
            0021 0001
            """
        ),
        // RFC 1157 section 4.1.2: version 1 is 0; community public; GetRequest, sysDescr.0.
        (
            "snmpv1",
            """
            30 29 020100 0406 7075626c6963 a0 1c 0204 05060708 020100 020100
            30 0e 30 0c 0608 2b06010201010100 0500
            """
        ),
        (
            "snmpv2c",
            """
            30 29 020101 0406 7075626c6963 a0 1c 0204 05060708 020100 020100
            30 0e 30 0c 0608 2b06010201010100 0500
            """
        ),
        // RFC 3412 section 6: version 3, id, size, flags reportable, model 3; empty user; empty scope; GetRequest.
        (
            "snmp",
            """
            30 3e 020103 30 11 0204 05060708 0203 00ffe3 0401 04 020103
            0410 30 0e 0400 020100 020100 0400 0400 0400
            30 14 0400 0400 a0 0e 0204 05060708 020100 020100 3000
            """
        ),
        // ssl_pkt.h: opcode 7, key 0; session; no acknowledgements; packet 0.
        ("openvpn", "38 0102030405060708 00 00000000"),
        // RFC 2661 section 3.1, then the attributes 0, 2, 3, 7 and 9.
        (
            "l2tp",
            """
            c802 003e 0000 0000 0000 0000 8008 0000 0000 0001 8008 0000 0002 0100 800a 0000 0003 00000003
            8010 0000 0007 7374616c6c706f696e74 8008 0000 0009 0708
            """
        ),
        // RFC 7252 section 3: CON with a token of 4, GET; two Uri-Paths.
        ("coap", "44 01 0708 01020304 bb 2e77656c6c2d6b6e6f776e 04 636f7265"),
    ]

    @Test("A short question, byte for byte", arguments: layouts.map(\.name))
    func layout(_ name: String) throws {
        let expected = try #require(Self.layouts.first { $0.name == name })
        #expect(try Self.question(name) == hex(expected.bytes))
    }

    /// RFC 5997 section 3 and RFC 2865 section 3: code 12, identifier, length, authenticator; Message-Authenticator,
    /// NAS-Identifier.
    @Test func radius() throws {
        let bytes = try Self.question("radius")
        #expect(Array(bytes[0..<4]) == [12, 8, 0, 50])
        #expect(bytes.count == 50)
        #expect(Array(bytes[20..<22]) == [80, 18])
        #expect(Array(bytes[38...]) == [32, 12] + Array("stallpoint".utf8))
    }

    /// RFC 7296 section 3: header, SA with one proposal of four transforms, KE of group 14, nonce of 32 bytes.
    @Test(arguments: ["ike", "ike-nat"])
    func ike(_ name: String) throws {
        var bytes = try Self.question(name)
        if name == "ike-nat" {
            #expect(Array(bytes[0..<4]) == [0, 0, 0, 0])
            bytes.removeFirst(4)
        }
        #expect(Array(bytes[0..<28]) == hex("0102030405060708 0000000000000000 21 20 22 08 00000000 000001 78"))
        #expect(
            Array(bytes[28..<76])
                == hex(
                    """
                    22 00 0030 00 00 002c 01 01 00 04
                    03 00 000c 01 00 000c 800e0080 03 00 0008 02 00 0005 03 00 0008 03 00 000c 00 00 0008 04 00 000e
                    """))
        #expect(Array(bytes[76..<85]) == hex("28 00 0108 000e 0000 7f"))
        #expect(Array(bytes[340..<344]) == hex("00 00 0024"))
        #expect(bytes.count == 344 + 32)
    }

    /// RFC 6347 sections 4.1 and 4.2.2: the record, the fragment, the ClientHello without session and cookie.
    @Test func dtls() throws {
        let bytes = try Self.question("dtls")
        #expect(Array(bytes[0..<11]) == hex("16 feff 0000 000000000000"))
        #expect(Int(bytes[11]) << 8 | Int(bytes[12]) == bytes.count - 13)
        let length = UInt8(bytes.count - 25)
        #expect(Array(bytes[13..<27]) == [1, 0, 0, length, 0, 0, 0, 0, 0, 0, 0, length, 0xFE, 0xFD])
        #expect(Array(bytes[27..<35]) == hex("0102030405060708"))
        #expect(Array(bytes[59..<63]) == [0, 0, 0, 20])
    }

    /// RFC 9000 section 15 for the version, section 14.1 for the length.
    @Test func quic() throws {
        let bytes = try Self.question("quic")
        #expect(bytes.count == 1_200)
        #expect(Array(bytes[0..<14]) == hex("c0 5a6a7a8a 08 0102030405060708"))
        #expect(bytes[14] == 8)
        // As an Initial: no token, and the length of all the rest.
        #expect(Array(bytes[23..<26]) == [0, 0x44, 0x96])
    }

    /// Section 5.4.2 of the paper: type, three reserved bytes, sender, and all in all 148.
    @Test func wireguard() throws {
        let bytes = try Self.question("wireguard")
        #expect(bytes.count == 148)
        #expect(Array(bytes[0..<8]) == hex("01000000 01020304"))
    }

    @Test func sip() throws {
        let text = String(decoding: try Self.question("sip"), as: UTF8.self)
        #expect(text.hasPrefix("OPTIONS sip:ping@stallpoint.invalid SIP/2.0\r\n"))
        #expect(text.hasSuffix("\r\nContent-Length: 0\r\n\r\n"))
        // RFC 3261 section 8.1.1: what each request must have.
        for header in ["To", "From", "CSeq", "Call-ID", "Max-Forwards", "Via"] {
            #expect(text.contains("\r\n\(header): "))
        }
        #expect(text.contains(";branch=z9hG4bK0102030405060708\r\n"))
    }

    @Test func ssdp() throws {
        #expect(
            String(decoding: try Self.question("ssdp"), as: UTF8.self)
                == "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n"
                + "ST: upnp:rootdevice\r\n\r\n")
    }

    @Test("Each filling has a length of its own, beside the plain question's, and none is large")
    func fillings() {
        for service in UDPService.all {
            let lengths = (0...service.fillings).map { service.question(Self.transaction, filling: $0).count }
            #expect(Set(lengths).count == lengths.count, "\(service.name)")
            #expect(lengths.allSatisfy { $0 <= 1_232 }, "\(service.name)")
            #expect(service.question(Self.transaction, filling: 9_999).count == lengths.last, "\(service.name)")
        }
    }

    @Test("The same transaction asks in the same bytes, another in others")
    func transactions() {
        for service in UDPService.all where service.name != "ssdp" {
            let other = ServiceTransaction(Self.transaction.number + 1)
            #expect(service.question(Self.transaction) == service.question(Self.transaction))
            #expect(service.question(Self.transaction) != service.question(other), "\(service.name)")
        }
    }
}

@Suite struct ServiceRegistryTests {
    @Test("Every name is one service's, and every port at most one's")
    func unique() {
        let names = UDPService.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() && !$0.contains(where: { ":@ ".contains($0) }) })
        let ports = UDPService.all.flatMap(\.ports)
        #expect(Set(ports).count == ports.count)
        #expect(UDPService.all.count == 21)
    }

    @Test(
        "By port",
        arguments: [
            (53, "dns"), (69, "tftp"), (111, "portmap"), (123, "ntp"), (137, "netbios"), (161, "snmp"), (443, "quic"),
            (500, "ike"), (1194, "openvpn"), (1645, "radius"), (1701, "l2tp"), (1812, "radius"), (1900, "ssdp"),
            (3478, "stun"), (4433, "dtls"), (4500, "ike-nat"), (5060, "sip"), (5353, "mdns"), (5683, "coap"),
            (5684, "dtls"), (51_820, "wireguard"), (7, nil), (9_999, nil),
        ] as [(UInt16, String?)])
    func ports(_ port: UInt16, _ name: String?) {
        #expect(UDPService.on(port: port)?.name == name)
    }

    @Test func names() {
        for service in UDPService.all {
            #expect(UDPService.named(service.name) == service)
            #expect(UDPService.named(service.name.uppercased()) == service)
        }
        #expect(UDPService.named("") == nil)
        #expect(UDPService.named("hex:00") == nil)
    }

    @Test("What silence means is said of each, in a sentence")
    func silence() {
        for service in UDPService.all {
            #expect(service.silence.meaning.hasSuffix("."), "\(service.name)")
            #expect(service.silence.advice.hasSuffix(".") || service.silence.advice.hasSuffix("?"), "\(service.name)")
        }
        #expect(UDPService.all.filter(\.isSilentByDesign).map(\.name) == ["wireguard"])
        let strangers = UDPService.all.filter { $0.silence.reason == .towardsStrangers }.map(\.name)
        #expect(Set(["snmp", "snmpv2c", "snmpv1", "radius"]).isSubset(of: strangers))
        let unusual = UDPService.all.filter { $0.silence.reason == .unusual }.map(\.name)
        #expect(Set(["dns", "ntp", "stun"]).isSubset(of: unusual))
    }
}
