#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// One entry of the kernel's neighbour table: ARP for IPv4, neighbour discovery for IPv6.
    public struct Neighbor: Sendable, Hashable {
        public var address: IPAddress
        public var interface: String?
        /// NUD_*: 1 incomplete, 2 reachable, 4 stale, 8 delay, 16 probe, 32 failed, 64 no ARP, 128 permanent.
        public var state: UInt16
        public var linkAddress: MACAddress?

        /// The table's entries for one address, on any interface.
        public static func entries(for address: IPAddress) throws(SystemCallError) -> [Neighbor] {
            let body: [UInt8] =
                [UInt8(truncatingIfNeeded: address.family.socketDomain)] + [UInt8](repeating: 0, count: 11)
            // RTM_GETNEIGH 30, NLM_F_REQUEST 1 | NLM_F_DUMP 0x300
            let messages = try NetlinkSocket.ask(NetlinkMessage.request(30, flags: 0x301, body), isDump: true)
            return messages.compactMap(entry).filter { $0.address == address }
        }

        static func entry(_ message: NetlinkMessage) -> Neighbor? {
            // RTM_NEWNEIGH 28; struct ndmsg is 12 bytes: family, index at 4, state at 8.
            guard message.type == 28, message.body.count >= 12 else { return nil }
            let attributes = NetlinkMessage.attributes(message.body, from: 12)
            // NDA_DST 1, NDA_LLADDR 2
            guard let address = attributes[1].flatMap(IPAddress.init(octets:)) else { return nil }
            let link = attributes[2].flatMap { bytes in
                bytes.count == 6 ? MACAddress(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
            }
            return Neighbor(
                address: address, interface: Route.interfaceName(message.body.nativeUInt32(at: 4)),
                state: message.body.nativeUInt16(at: 8), linkAddress: link)
        }
    }
#endif
