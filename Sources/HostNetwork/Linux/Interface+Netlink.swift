#if os(Linux)
    internal import PacketWire

    /// RTM_GETLINK and RTM_GETADDR: include/uapi/linux/if_link.h and if_addr.h.
    extension Interface {
        /// Every interface of this network namespace, in the order of their numbers.
        public static func all() throws(SystemCallError) -> [Interface] {
            // struct ifinfomsg is 16 bytes, struct ifaddrmsg 8; all zero asks for everything. NLM_F_DUMP.
            let links = try NetlinkSocket.ask(
                NetlinkMessage.request(18, flags: 0x301, [UInt8](repeating: 0, count: 16)), isDump: true)
            let addresses = try NetlinkSocket.ask(
                NetlinkMessage.request(22, flags: 0x301, [UInt8](repeating: 0, count: 8)), isDump: true)
            return interfaces(links: links, addresses: addresses)
        }

        static func interfaces(links: [NetlinkMessage], addresses: [NetlinkMessage]) -> [Interface] {
            var found: [UInt32: Interface] = [:]
            for interface in links.compactMap(link) { found[interface.index] = interface }
            for entry in addresses.compactMap(address) { found[entry.index]?.addresses.append(entry.address) }
            return found.values.sorted { $0.index < $1.index }
        }

        static func link(_ message: NetlinkMessage) -> Interface? {
            // RTM_NEWLINK 16: index at 4, flags at 8.
            guard message.type == 16, message.body.count >= 16 else { return nil }
            let attributes = NetlinkMessage.attributes(message.body, from: 16)
            // IFLA_ADDRESS 1, IFLA_IFNAME 3, IFLA_MTU 4
            guard let name = attributes[3] else { return nil }
            let link = attributes[1].flatMap { bytes in
                bytes.count == 6 ? MACAddress(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
            }
            var interface = Interface(
                name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self),
                index: message.body.nativeUInt32(at: 4), flags: Flags(rawValue: message.body.nativeUInt32(at: 8)),
                mtu: attributes[4]?.nativeUInt32(at: 0) ?? 0, linkAddress: link)
            // IFLA_MASTER 10, IFLA_LINKINFO 18 with IFLA_INFO_KIND 1
            interface.master = attributes[10]?.nativeUInt32(at: 0)
            if let kind = attributes[18].map({ NetlinkMessage.attributes($0, from: 0) })?[1] {
                interface.kind = String(decoding: kind.prefix { $0 != 0 }, as: UTF8.self)
            }
            return interface
        }

        static func address(_ message: NetlinkMessage) -> (index: UInt32, address: Address)? {
            // RTM_NEWADDR 20: prefix length at 1, flags at 2, index at 4.
            guard message.type == 20, message.body.count >= 8 else { return nil }
            let attributes = NetlinkMessage.attributes(message.body, from: 8)
            // IFA_LOCAL 2 is this end of a point-to-point link, where IFA_ADDRESS 1 is the other.
            guard let own = (attributes[2] ?? attributes[1]).flatMap(IPAddress.init(octets:)) else { return nil }
            var address = Address(own, prefixLength: message.body[1])
            // IFA_FLAGS 8 has all of them, the header only the first eight.
            let flags = attributes[8]?.nativeUInt32(at: 0) ?? UInt32(message.body[2])
            address.isDuplicate = flags & 0x08 != 0
            address.isDeprecated = flags & 0x20 != 0
            address.isTentative = flags & 0x40 != 0
            // IFA_F_TEMPORARY; on IPv4 the same bit says "secondary".
            if case .v6 = own { address.isTemporary = flags & 0x01 != 0 }
            return (message.body.nativeUInt32(at: 4), address)
        }
    }
#endif
