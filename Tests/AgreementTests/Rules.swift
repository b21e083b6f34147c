import PacketWire

/// Differences that have one reason, in whatever file they are: beside `explained.tsv`, which has those of single frames.
///
/// A rule asks for the reason itself in our packet, or in what tshark says of its own reading, and for what follows from it
/// in the values: nearly always that the one list only goes on where the other stops.
struct Rule: Sendable {
    /// One field of one frame, as both have it, and what is around it.
    struct Case {
        var packet: Packet
        var field: String
        var ours: [String]
        var theirs: [String]
        /// tshark's protocols, outermost first.
        var layers: [Substring]
        /// What tshark takes for malformed, so that it reads no further.
        var malformed: [String]
        /// The payload is nothing but whole TLS records.
        var isTLS: Bool
        /// Records that list types of records.
        var listsTypes: Bool

        /// We have all that they have, and more.
        var isOursLonger: Bool { ours.starts(with: theirs) }
        var isTheirsLonger: Bool { theirs.starts(with: ours) }
        /// The protocols behind the last of ours.
        func layers(behind name: String) -> ArraySlice<Substring> {
            layers.firstIndex(where: { $0.hasPrefix(name) }).map { layers[($0 + 1)...] } ?? []
        }
    }

    let name: String
    let reason: String
    let explains: @Sendable (Case) -> Bool

    static func explaining(_ difference: Case) -> Rule? { all.first { $0.explains(difference) } }

    static let all: [Rule] = [
        Rule(
            name: "given up",
            reason:
                "An option or extension has a length that its kind cannot have. tshark stops there; a receiver skips it."
        ) { difference in
            difference.malformed.contains { name in ["TCP", "MPTCP", "IPv4", "IPv6"].contains { name.hasPrefix($0) } }
                && (difference.isOursLonger || difference.field == "tcp.option_kind"
                    || difference.field.hasPrefix("ipv6.fraghdr."))
        },
        Rule(
            name: "partial option",
            reason: "An option whose length fits no whole value has none; tshark shows the front of it."
        ) {
            $0.field.hasPrefix("tcp.options.") && $0.packet.tcp?.options.isMalformed == true && $0.isTheirsLonger
        },
        Rule(
            name: "cut inner header",
            reason: "The capture ends within the header of the packet inside, so that the packet is the outer one; "
                + "tshark shows the fields in front of the cut."
        ) {
            $0.packet.isCut && isOutside($0.field) && $0.theirs.count == $0.ours.count + 1 && $0.isTheirsLonger
                && mayCarry($0.packet)
        },
        Rule(
            name: "first fragment",
            reason:
                "The first fragment of a packet that carries another: that is read when the rest is there, and tshark reads "
                + "what there is."
        ) { $0.packet.fragment?.isFirst == true && $0.isTheirsLonger && mayCarry($0.packet) },
        Rule(
            name: "first fragment's extensions",
            reason:
                "RFC 7112: all extensions stand in the first fragment, and so does the header behind them; tshark shows what "
                + "follows as data."
        ) {
            $0.packet.fragment?.isFirst == true && $0.packet.extensions != .fragment && $0.isOursLonger
                && $0.layers.last?.hasPrefix("ipv6.") == true
        },
        Rule(
            name: "several fragment headers",
            reason: "A packet has room for the last of them; tshark lists all."
        ) {
            $0.field.hasPrefix("ipv6.fraghdr.") && $0.layers.filter { $0 == "ipv6.fraghdr" }.count > 1
                && $0.theirs.suffix($0.ours.count) == $0.ours[...]
        },
        Rule(
            name: "mobility, HIP, shim6",
            reason: "Extension headers by RFC 7045, behind which the next one is; tshark takes them for the last."
        ) {
            $0.isOursLonger && !Set($0.layers).isDisjoint(with: ["mipv6", "hip", "shim6"])
        },
        Rule(
            name: "the other family's ICMP",
            reason: "Protocol 1 is none of IPv6's (RFC 4443 section 1): no host reads it."
        ) { $0.packet.family == .v6 && $0.field.hasPrefix("icmp.") && $0.ours.isEmpty && $0.packet.icmp == nil },
        Rule(
            name: "unclear pseudowire",
            reason:
                "RFC 4385 section 3: a frame to a station whose address begins with 0, or a control word. A type that is known "
                + "where one must stand tells; tshark guesses."
        ) {
            $0.layers.contains("pwethheuristic") && $0.isOursLonger
                && $0.packet.encapsulations.contains { $0.kind == .pseudowire }
        },
        Rule(
            name: "quoted carrier",
            reason:
                "An error quotes a packet that carries another, or an error: whose packet was refused is told by the outer "
                + "header, and tshark reads on."
        ) { difference in
            guard let quoted = difference.packet.icmp?.quoted else { return false }
            let isCarrier = carriers.contains(quoted.protocolNumber) || isTunnel(quoted.destinationPort)
            return isCarrier && difference.isTheirsLonger && difference.layers(behind: "icmp").count > 1
        },
        Rule(
            name: "short quote",
            reason: "The quote ends within TCP's header; tshark shows less of it than there is."
        ) {
            guard let quoted = $0.packet.icmp?.quoted, quoted.protocolNumber == .tcp else { return false }
            return ["tcp.seq", "tcp.ack", "tcp.flags"].contains($0.field) && $0.isOursLonger
                && quoted.range.upperBound - quoted.transportOffset < longestTCPHeader
        },
        Rule(
            name: "unknown error",
            reason:
                "RFC 4443 section 2.4: an error of a type that is not known quotes as all errors do; tshark shows it as data."
        ) {
            guard let message = $0.packet.icmp, message.family == .v6, message.quoted != nil else { return false }
            return (message.type == 0 || (5..<128).contains(message.type)) && $0.isOursLonger
        },
        Rule(
            name: "cut options",
            reason:
                "The fixed fields of the header are all there, and only options are cut: tshark gives up before the addresses."
        ) {
            guard $0.field.hasPrefix("ip."), $0.isOursLonger else { return false }
            if let quoted = $0.packet.icmp?.quoted {
                return quoted.family == .v4 && quoted.transportOffset > quoted.range.upperBound
            }
            guard $0.packet.stop?.layer == .ipv4, case .truncated = $0.packet.stop?.problem else { return false }
            return true
        },
        Rule(
            name: "source route",
            reason:
                "A source route that leads nowhere, because its pointer or its length is wrong: the destination is the "
                + "header's, and tshark shows none."
        ) { $0.field == "ip.dst" && $0.theirs.isEmpty && $0.packet.anomalies.contains(.sourceRoute) },
        Rule(
            name: "short redirect",
            reason: "It ends before the destination that is redirected: RFC 4861 section 8.1 has it thrown away."
        ) {
            $0.field == "icmpv6.nd.rd.target_address" && $0.ours.isEmpty
                && ($0.packet.isCut || $0.packet.anomalies.contains(.malformedNeighborDiscovery))
        },
        Rule(
            name: "header too short",
            reason:
                "TCP's header claims to be shorter than its 20 bytes: nothing in it can be believed but where it went."
        ) {
            guard $0.packet.tcp == nil, case .badLength = $0.packet.stop?.problem else { return false }
            return $0.packet.stop?.layer == .tcp && $0.field.hasPrefix("tcp.") && $0.ours.isEmpty
        },
        Rule(
            name: "other addresses",
            reason: "Address resolution for something else than IPv4 and Ethernet: no addresses that are known here."
        ) { $0.packet.stop?.layer == .arp && $0.field.hasPrefix("arp.") && $0.ours.isEmpty },
        Rule(
            name: "length lies",
            reason: "The datagram's length is less than its header; the checksum stands where it stands."
        ) {
            guard let length = $0.packet.udp?.totalLength, length < UDPHeader.length else { return false }
            return $0.field == "udp.checksum" && $0.theirs.isEmpty
        },
        Rule(
            name: "total length lies",
            reason:
                "The total length is less than the header's: the fields stand there all the same, and tshark does not show them."
        ) {
            guard $0.packet.stop?.layer == .ipv4, case .badLength = $0.packet.stop?.problem else { return false }
            return $0.field.hasPrefix("ip.") && ($0.isOursLonger || $0.field == "ip.hdr_len")
        },
        Rule(
            name: "another protocol's port",
            reason:
                "The payload is nothing but whole TLS records; tshark looks at the port, and takes it for something else."
        ) { $0.field.hasPrefix("tls.") && $0.theirs.isEmpty && $0.isTLS && !$0.layers.contains("tls") },
        Rule(
            name: "record's content",
            reason:
                "What a record holds is not what its type says: the record ends all the same where its length says, and tshark "
                + "reads no further."
        ) { difference in
            difference.field.hasPrefix("dns.resp.") && difference.isOursLonger
                && difference.malformed.contains { ["DNS", "mDNS", "LLMNR"].contains($0) }
        },
        Rule(
            name: "list of types",
            reason: "Of NSEC, NSEC3 and CSYNC tshark shows the types that they list under the name of the record's own."
        ) { $0.field == "dns.resp.type" && $0.listsTypes && isSubsequence($0.ours, of: $0.theirs) },
        Rule(
            name: "discovery",
            reason: "RFC 2516 section 5: discovery frames carry no packet; the session of most is 0, as tshark shows."
        ) { $0.field == "pppoe.session_id" && $0.ours.isEmpty && $0.layers.last == "pppoed" },
        Rule(
            name: "control message",
            reason:
                "GTP's own messages, and frames of PPP: no IP packet is inside, so that the packet is the outer datagram."
        ) {
            $0.field == "gtp.teid" && $0.ours.isEmpty
                && $0.layers(behind: "gtp").allSatisfy { !$0.hasPrefix("ip") || $0 == "ipcp" }
        },
        Rule(
            name: "flow label",
            reason:
                "Version 0 has a flow label where version 1 has the endpoint identifier: tshark shows it as another field."
        ) {
            $0.field == "gtp.teid" && $0.theirs.isEmpty && $0.isOursLonger
                && ($0.packet.encapsulations.contains { $0.kind == .gtp })
        },
        Rule(
            name: "unknown version",
            reason:
                "RFC 8926 section 3.4: a header of a version that is not known is not read; tshark shows its fields."
        ) { $0.field == "geneve.vni" && $0.ours.isEmpty && $0.layers.last == "geneve" },
        Rule(
            name: "domain name",
            reason:
                "RFC 1788: these messages have an identifier and a sequence number as those of echo have; tshark reads none."
        ) {
            ["icmp.ident", "icmp.seq"].contains($0.field) && $0.theirs.isEmpty
                && ($0.packet.icmp.map { [37, 38].contains($0.type) } ?? false)
        },
    ]

    private static let longestTCPHeader = 60

    private static let carriers: Set<IPProtocol> = [
        .icmpv4, .icmpv6, .ipv4, .ipv6, .gre, .etherIP, .ethernet, .mplsInIP, .ah, .udpLite,
    ]

    /// Networks, and what packets are in.
    private static func isOutside(_ field: String) -> Bool {
        [
            "ip.", "ipv6.", "vlan.", "ieee8021ad.", "mpls.", "pppoe.", "vxlan.", "geneve.", "gtp.",
        ].contains { field.hasPrefix($0) }
    }

    private static func isTunnel(_ port: UInt16?) -> Bool {
        port.map { [4789, 8472, 6081, 2152, 3386, 3544, 1701, 4341, 4790, 4754, 6635, 37008].contains($0) } ?? false
    }

    /// Whether it is of a protocol, or to a port, behind which another packet may be.
    private static func mayCarry(_ packet: Packet) -> Bool {
        if let ports = packet.ports { return isTunnel(ports.destination) || isTunnel(ports.source) }
        return packet.transportProtocol.map { carriers.contains($0) } ?? false
    }

    private static func isSubsequence(_ some: [String], of all: [String]) -> Bool {
        var rest = all[...]
        return some.allSatisfy { value in
            guard let place = rest.firstIndex(of: value) else { return false }
            rest = rest[(place + 1)...]
            return true
        }
    }
}
