#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// RTM_GETRULE: include/uapi/linux/fib_rules.h, net/core/fib_rules.c.
    extension PolicyRule {
        /// More are not kept: a listing that is cut says nothing.
        static let most = 8_192

        /// Every rule of a family, in the order in which the kernel asks them.
        public static func all(_ family: IPFamily) throws(SystemCallError) -> [PolicyRule] {
            // struct fib_rule_hdr is 12 bytes.
            let body = [UInt8(truncatingIfNeeded: family.socketDomain)] + [UInt8](repeating: 0, count: 11)
            // RTM_GETRULE 34, NLM_F_REQUEST 1 | NLM_F_DUMP 0x300
            let messages = try NetlinkSocket.dump(NetlinkMessage.request(34, flags: 0x301, body))
            return try rules(messages, family)
        }

        /// A rule that cannot be read makes the list unknown: the walk would go past it.
        static func rules(_ messages: [NetlinkMessage], _ family: IPFamily) throws(SystemCallError) -> [PolicyRule] {
            var found: [PolicyRule] = []
            // RTM_NEWRULE 32
            for message in messages where message.type == 32 {
                guard found.count < most, let rule = PolicyRule(message, family) else {
                    throw SystemCallError("read the routing rules", errno: EPROTO)
                }
                found.append(rule)
            }
            return found
        }

        /// Reads one message; nil for a rule that is cut, contradicts itself or is of another family.
        init?(_ message: NetlinkMessage, _ family: IPFamily) {
            guard message.type == 32, message.body.count >= 12,
                message.body[0] == UInt8(truncatingIfNeeded: family.socketDomain)
            else { return nil }
            self.init()
            let body = message.body
            let attributes = NetlinkMessage.attributes(body, from: 12)
            func number(_ type: UInt16) -> UInt32? {
                attributes[type].flatMap { $0.count == 4 ? $0.nativeUInt32(at: 0) : nil }
            }
            typeOfService = body[3]
            action = body[7]
            let flags = body.nativeUInt32(at: 8)
            isInverted = flags & 0x2 != 0
            // FRA_GOTO 4, FRA_PRIORITY 6, FRA_TABLE 15. The kernel leaves out a priority of zero.
            priority = number(6) ?? 0
            table = number(15) ?? UInt32(body[4])
            jump = number(4)
            // FRA_DST 1, FRA_SRC 2, with their lengths in the header.
            switch (
                Self.prefix(attributes[1], length: body[1], family), Self.prefix(attributes[2], length: body[2], family)
            ) {
            case (.some(let destination), .some(let source)): (self.destination, self.source) = (destination, source)
            default: return nil
            }
            // FRA_IIFNAME 3, FRA_OIFNAME 17, FIB_RULE_IIF_DETACHED 0x8, FIB_RULE_OIF_DETACHED 0x10
            inputDevice = attributes[3].map { Device(Self.name($0), isThere: flags & 0x8 == 0) }
            outputDevice = attributes[17].map { Device(Self.name($0), isThere: flags & 0x10 == 0) }
            // FRA_FWMARK 10, FRA_FWMASK 16
            mark = number(10) ?? 0
            markMask = number(16) ?? (mark == 0 ? 0 : .max)
            // FRA_L3MDEV 19, FRA_IP_PROTO 22
            isForVRF = attributes[19]?.first.map { $0 != 0 } ?? false
            ipProtocol = attributes[22]?.first.flatMap { $0 == 0 ? nil : $0 }
            // FRA_SUPPRESS_PREFIXLEN 14: -1 is none.
            suppressedPrefixLength = number(14).flatMap { $0 == .max ? nil : $0 }
            guard readRanges(attributes) else { return nil }
            readOthers(attributes, flags)
        }

        /// FRA_UID_RANGE 20, FRA_SPORT_RANGE 23, FRA_DPORT_RANGE 24, FRA_SPORT_MASK 28, FRA_DPORT_MASK 29.
        private mutating func readRanges(_ attributes: [UInt16: [UInt8]]) -> Bool {
            if let bytes = attributes[20] {
                let (low, high) = (bytes.nativeUInt32(at: 0), bytes.nativeUInt32(at: 4))
                guard bytes.count == 8, low <= high else { return false }
                // The kernel tells of everybody as 0 to -1 in some versions.
                users = low == 0 && high == .max ? nil : low...high
            }
            func ports(_ type: UInt16, mask: UInt16) -> Ports?? {
                guard let bytes = attributes[type] else { return .some(nil) }
                let (low, high) = (bytes.nativeUInt16(at: 0), bytes.nativeUInt16(at: 2))
                guard bytes.count == 4, low <= high else { return nil }
                let bits = attributes[mask]?.nativeUInt16(at: 0) ?? 0
                // All bits of one port are that port.
                return .some(Ports(low...high, mask: bits == .max ? 0 : bits))
            }
            guard let source = ports(23, mask: 28), let destination = ports(24, mask: 29) else { return false }
            (sourcePorts, destinationPorts) = (source, destination)
            return true
        }

        /// What is selected by besides, and what a newer kernel may have added.
        private mutating func readOthers(_ attributes: [UInt16: [UInt8]], _ flags: UInt32) {
            let names: [UInt16: String] = [12: "tun_id", 13: "suppress_ifgroup", 25: "dscp", 26: "flowlabel"]
            // FRA_FLOW 11, FRA_PAD 18 and FRA_PROTOCOL 21 select nothing; 27 to 30 are masks of what is named.
            let known: Set<UInt16> = [
                1, 2, 3, 4, 6, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 27, 28, 29, 30,
            ]
            for type in attributes.keys.sorted() where !known.contains(type) {
                // Zero is "no tunnel", and -1 "no group".
                if type == 12, attributes[type]?.contains(where: { $0 != 0 }) != true { continue }
                if type == 13, attributes[type]?.contains(where: { $0 != 0xFF }) != true { continue }
                others.append(names[type] ?? "attribute \(type)")
            }
            // FIB_RULE_FIND_SADDR: the source is compared after a route was found (net/ipv6/fib6_rules.c).
            if flags & 0x1_0000 != 0 { others.append("find_saddr") }
        }

        /// Nil where address and length do not fit; no prefix where the length is zero.
        private static func prefix(_ bytes: [UInt8]?, length: UInt8, _ family: IPFamily) -> Prefix?? {
            guard length > 0 else { return .some(nil) }
            guard let address = bytes.flatMap(IPAddress.init(octets:)), address.family == family,
                length <= (family == .v4 ? 32 : 128)
            else { return nil }
            return .some(Prefix(address, length: length))
        }

        private static func name(_ bytes: [UInt8]) -> String {
            String(decoding: bytes.prefix { $0 != 0 }.prefix(Int(IF_NAMESIZE)), as: UTF8.self)
        }
    }
#endif
