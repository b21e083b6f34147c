import CaptureFile
import Foundation
import PacketWire

/// The fields of one capture, ours beside tshark's.
struct Comparison {
    /// What is compared.
    static let fields: [String] = [
        "ip.src", "ip.dst", "ip.proto", "ip.ttl", "ip.len", "ip.hdr_len", "ip.id", "ip.flags.df", "ip.flags.mf",
        "ip.frag_offset", "ip.dsfield", "ip.checksum", "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.hlim", "ipv6.plen",
        "ipv6.tclass", "ipv6.flow", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident", "arp.opcode",
        "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "arp.src.hw_mac", "arp.dst.hw_mac", "tcp.srcport", "tcp.dstport",
        "tcp.seq", "tcp.ack", "tcp.flags", "tcp.window_size_value", "tcp.checksum", "tcp.urgent_pointer",
        "tcp.hdr_len", "tcp.len", "tcp.option_kind", "tcp.options.mss_val", "tcp.options.wscale.shift",
        "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.sack_le", "tcp.options.sack_re",
        "tcp.options.mptcp.subtype", "tcp.options.user_to_val", "udp.srcport", "udp.dstport", "udp.length",
        "udp.checksum", "icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq", "icmp.mtu",
        "icmpv6.type", "icmpv6.code", "icmpv6.checksum", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number",
        "icmpv6.mtu", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.nd.rd.target_address",
        "vlan.id", "ieee8021ad.id", "mpls.label", "pppoe.session_id", "vxlan.vni", "geneve.vni", "gtp.teid", "dns.id",
        "dns.flags.response", "dns.flags.rcode", "dns.qry.name", "dns.qry.type", "dns.resp.name", "dns.resp.type",
        "tls.handshake.version", "tls.handshake.extensions_server_name", "tls.handshake.ciphersuite",
        "tls.alert_message.level", "tls.alert_message.desc",
    ]

    /// The place of each in the list.
    static let places = Dictionary(uniqueKeysWithValues: fields.enumerated().map { ($0.element, $0.offset) })

    /// What tells of tshark's own reading; `frame.protocols` only tells what it found.
    private static let around = [
        "frame.number", "frame.encap_type", "frame.protocols", "_ws.malformed", "ieee8021ad.svid", "ieee8021ad.cvid",
    ]

    /// All that tshark is asked for: a row's columns.
    static let columns = around + fields

    /// Those whose text is the same for both only where it is the same letter by letter: numbers without letters and
    /// addresses, of which there can be several. Of the others, names may hold what divides values, and the options' list
    /// may end before the row does.
    private static let isPlain = fields.map {
        !$0.hasSuffix("name") && $0 != "tcp.option_kind" && $0 != "ieee8021ad.id"
    }

    /// What a quoted packet shows beyond our own view of it: we keep what tells whose packet it was.
    private static let unquoted = [
        "tcp.window_size_value", "tcp.checksum", "tcp.urgent_pointer", "tcp.hdr_len", "tcp.len", "tcp.option",
        "udp.length",
        "udp.checksum", "icmp.type", "icmp.code", "icmp.checksum", "icmpv6.type", "icmpv6.code", "icmpv6.checksum",
        "dns.",
        "tls.", "vxlan.", "geneve.", "gtp.", "mpls.", "ipv6.fraghdr.",
    ]

    var frames = 0
    var compared = 0
    var equal = 0
    var explained = 0
    /// Those that a rule explains, by its name.
    var ruled: [String: Int] = [:]
    var wrong: [Difference] = []
    /// Records that only one of the two read, or that could not be told apart.
    var unread = 0

    mutating func add(_ other: Comparison) {
        frames += other.frames
        compared += other.compared
        equal += other.equal
        explained += other.explained
        ruled.merge(other.ruled, uniquingKeysWith: +)
        wrong += other.wrong
        unread += other.unread
    }

    /// Every difference in one file.
    ///
    /// - Parameter lines: tshark's, with its `columns`.
    static func differences(
        _ file: URL, named name: String, _ lines: [Substring]
    ) throws -> (counts: Comparison, differences: [Difference]) {
        var result = Comparison()
        var differences: [Difference] = []
        // Blocks of a file that are no packets are rows of tshark's as well; they have no link type.
        let rows = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }.filter { !$0[1].isEmpty }
        let bytes = [UInt8](try Data(contentsOf: file))
        var reader = CaptureReader()
        var index = 0
        reading: while index < rows.count {
            let step: CaptureReader.Step
            do { step = try reader.next(in: bytes.span, isComplete: true) } catch { break }
            guard case .record(let record) = step else { break reading }
            let frame = bytes.span.extracting(record.frame)
            let packet = Packet.decode(frame, linkType: record.linkType, originalLength: record.originalLength)
            result.compare(packet, OurFields(packet, frame), rows[index], name, index + 1, &differences)
            index += 1
        }
        result.unread = rows.count - index
        return (result, differences)
    }

    private mutating func compare(
        _ packet: Packet, _ ours: OurFields, _ row: [Substring], _ file: String, _ number: Int,
        _ differences: inout [Difference]
    ) {
        frames += 1
        for place in Self.fields.indices {
            let own = ours.values[place]
            let column = row[Self.around.count + place]
            if Self.isPlain[place] {
                if own.isEmpty, column.isEmpty { continue }
                // Nearly all: one value, as tshark writes it or in hexadecimal digits.
                if own.count == 1, column == own[0] || Tshark.values(column) == own {
                    compared += 1
                    equal += 1
                    continue
                }
            }
            if let difference = difference(packet, ours, row, place) {
                differences.append(
                    Difference(
                        file: file, frame: number, field: difference.field, ours: difference.ours,
                        theirs: difference.theirs, layers: difference.layers.joined(separator: ":"),
                        rule: Rule.explaining(difference)?.name))
            }
        }
    }

    /// What is different in a field, if it is compared at all.
    private mutating func difference(
        _ packet: Packet, _ ours: OurFields, _ row: [Substring], _ place: Int
    ) -> Rule.Case? {
        let field = Self.fields[place]
        let own = ours.values[place]
        var other = Tshark.values(row[Self.around.count + place])
        // Two tags of the kind in a row have names of their own.
        if field == "ieee8021ad.id" { other = Tshark.values(row[4]) + Tshark.values(row[5]) + other }
        if packet.icmp?.quoted != nil, Self.unquoted.contains(where: field.hasPrefix), other.count > own.count {
            other = Array(other.prefix(own.count))
        }
        // The list ends with the first; what fills up the header behind it is no option (RFC 9293 section 3.1).
        if field == "tcp.option_kind", let end = other.firstIndex(of: "0") {
            if other[end...].allSatisfy({ $0 == "0" }) { other = Array(other.prefix(through: end)) }
        }
        // Of an option that the end of the packet cuts tshark shows the front; we read whole ones.
        let areOptionsCut = packet.tcp != nil && packet.stop?.layer == .tcp
        if areOptionsCut, field.hasPrefix("tcp.option"), other.count > own.count {
            other = Array(other.prefix(own.count))
        }
        // tshark shows what it reads at once, or nothing of it.
        if ours.cutFields.contains(field), other.count == own.count - 1 { return nil }
        // Less than its header is no DNS message (RFC 1035 section 4.1.1): of it tshark shows what there is.
        let shortestDNS = packet.tcp == nil ? 12 : 14
        if field.hasPrefix("dns."), own.isEmpty, packet.payload.count < shortestDNS { return nil }
        if own.isEmpty, other.isEmpty { return nil }
        compared += 1
        if own == other
            || own.map({ Self.canonical($0, field) }) == other.map({ Self.canonical($0, field, isTheirs: true) })
        {
            equal += 1
            return nil
        }
        return Rule.Case(
            packet: packet, field: field, ours: own, theirs: other,
            layers: Tshark.values(row[2]).joined().split(separator: ":"),
            malformed: Tshark.values(row[3]).compactMap {
                $0.split(separator: "Malformed Packet: ").dropFirst().first.map(String.init)
            },
            isTLS: ours.isTLS, listsTypes: ours.listsTypes)
    }

    /// One text for what is written in two ways: addresses (RFC 5952 has one form, the C library others), and names,
    /// whose bytes we escape as RFC 1035 section 5.1 does and tshark shows as UTF-8.
    private static func canonical(_ value: String, _ field: String, isTheirs: Bool = false) -> String {
        if field.hasPrefix("ipv6.") || field.hasPrefix("icmpv6.nd") {
            return IPAddress(value).map { "\($0)" } ?? value
        }
        guard field.hasSuffix(".name"), value.contains("\\") else { return value }
        if isTheirs { return shown(value) }
        var bytes: [UInt8] = []
        var rest = Array(value.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let escaped = UInt8(digits) {
                bytes.append(escaped)
                rest = rest.dropFirst(3)
            } else if byte != UInt8(ascii: "\\") {
                bytes.append(byte)
            } else if let next = rest.popFirst() {
                bytes.append(next)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What tshark escapes in a table: the characters that would break its lines, and in octal what cannot be shown.
    private static func shown(_ value: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(value.utf8)[...]
        while let byte = rest.popFirst() {
            let next = rest.first.map { Character(UnicodeScalar($0)) }
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let octal = UInt8(digits, radix: 8) {
                bytes.append(octal)
                rest = rest.dropFirst(3)
            } else if byte == UInt8(ascii: "\\"), let next, let control = controls[next] {
                bytes.append(control)
                rest = rest.dropFirst()
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let controls: [Character: UInt8] = ["t": 9, "n": 10, "r": 13]
}
