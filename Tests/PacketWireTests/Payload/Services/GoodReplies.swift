import PacketWire
import StallpointTestKit
import Testing

/// What a well-behaved server answers to the question of a transaction, and what is to be said of it.
struct GoodReply: Sendable, CustomTestStringConvertible {
    var service: String
    var bytes: [UInt8]
    var says: String

    var testDescription: String { "\(service): \(says)" }

    init(_ service: String, _ bytes: [UInt8], _ says: String) {
        (self.service, self.bytes, self.says) = (service, bytes, says)
    }

    private static func text(_ lines: String...) -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// All to `ServiceQuestionTests.transaction`.
    static let all: [GoodReply] = [
        GoodReply("dns", hex("0708 8180 0001 0000 0000 0000 00 0002 0001"), "NOERROR, recursion available"),
        GoodReply("dns", hex("0708 8105 0001 0000 0000 0000 00 0002 0001"), "REFUSED"),
        // Who cannot read the question leaves it out.
        GoodReply("dns", hex("0708 8001 0000 0000 0000 0000"), "FORMERR"),
        GoodReply(
            "mdns",
            hex(
                """
                0708 8400 0001 0001 0000 0000 09 5f7365727669636573 07 5f646e732d7364 04 5f756470 05 6c6f63616c 00
                000c 0001 c00c 000c 0001 0000000a 000c 05 5f68747470 04 5f746370 c0
                """
            ).dropLast() + hex("00"), "NOERROR, 1 record"),
        GoodReply(
            "ntp",
            hex(
                """
                24 02 03 e9 00000000 00000000 c0000201 0000000000000000 0102030405060708 ea00000000000000
                ea00000000000001
                """), "version 4, stratum 2"),
        GoodReply(
            "ntp",
            hex(
                """
                dc 10 03 e9 00000000 00000000 00000000 0000000000000000 0102030405060708 0000000000000000
                0000000000000000
                """), "version 3, stratum 16, not synchronized"),
        GoodReply(
            "ntp",
            hex(
                """
                e4 00 03 e9 00000000 00000000 52415445 0000000000000000 0102030405060708 0000000000000000
                0000000000000000
                """), "version 4, kiss code RATE: it was asked too often, and gives no time"),
        // RFC 5769 section 2.2 has such an answer: 192.0.2.1:32853, obscured.
        GoodReply(
            "stun",
            hex(
                "0101 0018 2112a442 0102030405060708 0acc9c17 8022 0005 6d79737276 000000 0020 0008 0001 a147 e112a643"),
            "software mysrv, it sees this end as 192.0.2.1:32853"),
        GoodReply("stun", hex("0111 0008 2112a442 0102030405060708 0acc9c17 0009 0004 00000414"), "error 420"),
        GoodReply("tftp", hex("0005 0001 4e6f20737563682066696c65 00"), "error 1 (No such file)"),
        GoodReply("tftp", hex("0003 0001 616263"), "the first block of a file"),
        GoodReply("portmap", hex("05060708 00000001 00000000 00000000 00000000 00000000"), "version 2"),
        GoodReply(
            "portmap", hex("05060708 00000001 00000000 00000000 00000000 00000002 00000003 00000004"),
            "versions 3 to 4"),
        GoodReply(
            "portmap", hex("05060708 00000001 00000001 00000001 00000001"), "call denied, credentials wanted"),
        GoodReply(
            "netbios",
            hex(
                """
                0708 8400 0000 0001 0000 0000 20 434b4141414141414141414141414141414141414141414141414141414141 41 00
                0021 0001 00000000 0065 03
                46494c455345525645522020202020 00 0400
                46494c455345525645522020202020 20 0400
                574f524b47524f5550202020202020 00 8400
                """) + [UInt8](repeating: 0, count: 46), "name FILESERVER, group WORKGROUP"),
        GoodReply(
            "snmp",
            hex(
                """
                30 6a 020103 30 11 0204 05060708 0203 00ffe3 0401 00 020103
                041d 30 1b 040c 80001f88 8059dc486145a265 020109 02023039 0400 0400 0400
                30 33 040c 80001f88 8059dc486145a265 0400
                a8 21 0204 05060708 020100 020100 30 13 30 11 060a 2b060106030f01010400 4103 000001
                """), "version 3, enterprise 8072, boot 9, up 12345 s"),
        GoodReply(
            "snmpv2c",
            hex(
                """
                30 33 020101 0406 7075626c6963 a2 26 0204 05060708 020100 020100
                30 18 30 16 0608 2b06010201010100 040a 526f757465722076 1b37
                """), "version 2c, Router v\\x1b7"),
        GoodReply(
            "snmpv1",
            hex(
                """
                30 29 020100 0406 7075626c6963 a2 1c 0204 05060708 020102 020101
                30 0e 30 0c 0608 2b06010201010100 0500
                """), "version 1, error 2"),
        GoodReply(
            "quic",
            hex("ca 00000000 08 ") + ServiceTransactionBytes.second
                + hex("08 0102030405060708 00000001 6b3343cf 1a2a3a4a"),
            "version 1, version 2"),
        GoodReply(
            "ike",
            hex(
                """
                0102030405060708 0000000000000000 29 20 22 20 00000000 00000024
                00 00 0008 00 00 000e
                """), "version 2.0, NO_PROPOSAL_CHOSEN"),
        GoodReply(
            "ike-nat",
            hex("00000000 0102030405060708 1122334455667788 21 20 22 20 00000000 00000020 00 00 0004"),
            "version 2.0, a proposal accepted"),
        GoodReply("ike", hex("0102030405060708 1122334455667788 0b 10 05 00 00000000 0000001c"), "version 1.0"),
        GoodReply("openvpn", hex("40 1122334455667788 01 00000000 0102030405060708 00000000"), "server reset"),
        GoodReply(
            "l2tp",
            hex("c802 001e 0708 0000 0000 0001 8008 0000 0000 0002 800a 0000 0007 6c6e7331"),
            "tunnel offered, host lns1"),
        GoodReply("l2tp", hex("c802 0014 0708 0000 0000 0001 8008 0000 0000 0004"), "tunnel refused"),
        GoodReply("l2tp", hex("c802 000c 0708 0000 0000 0001"), "acknowledged"),
        GoodReply("radius", hex("02 08 0014") + [UInt8](repeating: 7, count: 16), "Access-Accept"),
        GoodReply("radius", hex("05 08 0014") + [UInt8](repeating: 7, count: 16), "Accounting-Response"),
        GoodReply(
            "ssdp",
            text(
                "HTTP/1.1 200 OK", "CACHE-CONTROL: max-age=1800", "ST: upnp:rootdevice",
                "SERVER: Linux/5 UPnP/1.0 Box/1\u{1B}[2J", "USN: uuid:1"),
            "200 OK, server Linux/5 UPnP/1.0 Box/1\\x1b[2J"),
        GoodReply(
            "sip",
            text(
                "SIP/2.0 404 Not Found", "Via: SIP/2.0/UDP stallpoint.invalid;branch=z9hG4bK0102030405060708",
                "i: 0102030405060708@stallpoint.invalid", "User-Agent: Asterisk PBX"),
            "404 Not Found, server Asterisk PBX"),
        GoodReply("coap", hex("64 45 0708 01020304 c1 28 ff 3c2f3e"), "2.05"),
        GoodReply("coap", hex("54 84 1111 01020304"), "4.04"),
        GoodReply("coap", hex("70 00 0708"), "reset"),
        GoodReply("coap", hex("60 00 0708"), "acknowledged"),
        GoodReply(
            "dtls",
            hex("16 feff 0000 000000000000 0017 03 00000b 0000 000000 00000b feff 08 0102030405060708"),
            "HelloVerifyRequest"),
        GoodReply("dtls", hex("15 fefd 0000 000000000000 0002 02 28"), "alert handshake_failure"),
        GoodReply(
            "dtls",
            hex("16 fefd 0000 000000000001 0012 02 000026 0000 000000 000006 fefd 01020304"), "ServerHello, DTLS 1.2"),
        GoodReply(
            "wireguard", hex("02000000 11223344 01020304") + [UInt8](repeating: 1, count: 80), "handshake response"),
        GoodReply("wireguard", hex("03000000 01020304") + [UInt8](repeating: 1, count: 56), "cookie"),
    ]
}

/// What the generator makes of `ServiceQuestionTests.transaction`, behind its own eight bytes.
enum ServiceTransactionBytes {
    static let second: [UInt8] = {
        // The question bears it: behind first byte, version, and both lengths.
        let question = UDPService.named("quic")?.question(ServiceQuestionTests.transaction) ?? []
        return Array(question[15..<23])
    }()
}
