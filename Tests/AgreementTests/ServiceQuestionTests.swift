import CaptureFile
import Foundation
import PacketWire
import StallpointTestKit
import Testing

/// The questions to UDP services, as tshark reads them: of the right protocol, and whole.
@Suite(.enabled(if: Tshark.path != nil, "tshark is not installed"))
struct ServiceQuestionTests {
    /// What tshark calls each, and the port by which it knows it; and what it must read in it.
    static let known: [(name: String, port: UInt16, protocols: String, field: String, value: String)] = [
        ("dns", 53, "dns", "dns.qry.type", "2"), ("mdns", 5353, "mdns", "dns.qry.type", "12"),
        ("tftp", 69, "tftp", "tftp.opcode", "1"), ("portmap", 111, "rpc", "rpc.procedure", "0"),
        ("ntp", 123, "ntp", "ntp.flags.mode", "3"), ("netbios", 137, "nbns", "nbns.type", "33"),
        ("snmp", 161, "snmp", "snmp.msgVersion", "3"), ("snmpv2c", 161, "snmp", "snmp.version", "1"),
        ("snmpv1", 161, "snmp", "snmp.version", "0"), ("quic", 443, "quic", "quic.version", "1516927626"),
        ("ike", 500, "isakmp", "isakmp.exchangetype", "34"),
        ("ike-nat", 4500, "udpencap:isakmp", "isakmp.exchangetype", "34"),
        ("openvpn", 1194, "openvpn", "openvpn.opcode", "7"), ("l2tp", 1701, "l2tp", "l2tp.avp.message_type", "1"),
        ("radius", 1812, "radius", "radius.code", "12"), ("ssdp", 1900, "ssdp", "http.request.method", "M-SEARCH"),
        ("stun", 3478, "stun", "stun.type", "1"), ("sip", 5060, "sip", "sip.Method", "OPTIONS"),
        ("dtls", 4433, "dtls", "dtls.handshake.type", "1"), ("coap", 5683, "coap", "coap.code", "1"),
        ("wireguard", 51_820, "wg", "wg.type", "1"),
    ]

    @Test("tshark knows every question by its protocol, and finds none malformed", arguments: [0, 1, 20])
    func questions(filling: Int) async throws {
        #expect(Set(Self.known.map(\.name)) == Set(UDPService.all.map(\.name)))
        let folder = FileManager.default.temporaryDirectory.appending(path: "questions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "questions.pcap")
        try Data(Self.capture(filling)).write(to: file)
        let fields = ["frame.protocols", "_ws.malformed", "_ws.expert.message"] + Self.known.map(\.field)
        let rows = try await Tshark.rows(of: file, fields: fields, decodesQUIC: true)
        try #require(rows.count == Self.known.count)
        for (known, row) in zip(Self.known, rows) {
            #expect(row["frame.protocols"]?.first == "raw:ip:udp:\(known.protocols)", "\(known.name)")
            #expect(row["_ws.malformed"] == nil, "\(known.name): \(row["_ws.expert.message"] ?? [])")
            #expect(row[known.field]?.first == known.value, "\(known.name): \(row[known.field] ?? [])")
        }
    }

    private static func capture(_ filling: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        let builder = FrameBuilder(from: .v4(IPv4Address(10, 1, 1, 1)), to: .v4(IPv4Address(10, 9, 9, 9)))
        for (index, known) in known.enumerated() {
            let service = try #require(UDPService.named(known.name))
            let transaction = ServiceTransaction(0x0102_0304_0506_0708 + UInt64(index))
            // Ports of their own: tshark puts the packets of a flow together.
            let frame = builder.udp(
                from: 40_000 + UInt16(index), to: known.port,
                payload: service.question(transaction, filling: filling))
            writer.append(
                frame.span, at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000),
                originalLength: frame.count, to: &bytes)
        }
        return bytes
    }
}
