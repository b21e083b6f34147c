#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// What a table itself holds, for the lookups that the kernel answers with an error and without naming a table.
    extension Route {
        /// The types of routes in a table that cover a destination and lead nowhere: 6 blackhole, 7 unreachable,
        /// 8 prohibit, and 9 throw, which sends the lookup on to the next rule.
        ///
        /// The kernel sorts them out itself (NETLINK_GET_STRICT_CHK, Linux 4.20), so a table of a million routes is
        /// as short an answer as any.
        public static func deadEnds(in table: UInt32, for destination: IPAddress) throws(SystemCallError) -> Set<UInt8>
        {
            var found: Set<UInt8> = []
            for type: UInt8 in 6...9 {
                var body = [UInt8(truncatingIfNeeded: destination.family.socketDomain)]
                body += [0, 0, 0, 0, 0, 0, type, 0, 0, 0, 0]
                var number: [UInt8] = []
                number.appendNative(table)
                // RTA_TABLE 15, RTM_GETROUTE 26
                body += NetlinkMessage.attribute(15, number)
                let messages: [NetlinkMessage]
                do {
                    messages = try NetlinkSocket.dump(
                        NetlinkMessage.request(26, flags: 0x301, body), isStrict: true)
                } catch  where error.errno == ENOENT {
                    // There is no such table.
                    return []
                }
                for message in messages {
                    guard let covers = covers(message, destination, type: type, table: table) else {
                        throw SystemCallError("read the routing table", errno: EPROTO)
                    }
                    if covers { found.insert(type) }
                }
            }
            return found
        }

        /// Nil where the message cannot be read, or asks for more than the destination.
        static func covers(_ message: NetlinkMessage, _ destination: IPAddress, type: UInt8, table: UInt32) -> Bool? {
            guard message.type == 24, message.body.count >= 12,
                message.body[0] == UInt8(truncatingIfNeeded: destination.family.socketDomain)
            else { return nil }
            let attributes = NetlinkMessage.attributes(message.body, from: 12)
            let named = attributes[15]?.nativeUInt32(at: 0) ?? UInt32(message.body[4])
            guard message.body[7] == type, named == table else { return false }
            let length = Int(message.body[1])
            guard length > 0 else { return message.body[2] == 0 ? true : nil }
            guard let address = attributes[1].flatMap(IPAddress.init(octets:))?.networkBytes else { return nil }
            let wanted = destination.networkBytes
            guard address.count == wanted.count, length <= 8 * wanted.count else { return nil }
            for (index, (byte, other)) in zip(address, wanted).enumerated() where 8 * index < length {
                let bits = min(8, length - 8 * index)
                guard (byte ^ other) >> UInt8(8 - bits) == 0 else { return false }
            }
            return message.body[2] == 0 ? true : nil
        }
    }
#endif
