#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// What the routing table answers for one destination: RTM_GETROUTE, include/uapi/linux/rtnetlink.h.
    public struct Route: Sendable, Hashable {
        /// RTN_*: 1 unicast, 2 local, 3 broadcast, 5 multicast, 6 blackhole, 7 unreachable, 8 prohibit.
        public var type: UInt8
        public var source: IPAddress?
        /// Nil when the destination is on the link.
        public var gateway: IPAddress?
        public var interface: String?
        public var interfaceIndex: UInt32?
        /// 254 main, 255 local, 253 default; others by `ip rule`. While there are no such rules, IPv4 keeps "local"
        /// within "main" and says 254 for both.
        public var table: UInt32
        /// The path MTU that the route states or has learnt.
        public var mtu: UInt32?
        /// The largest segment that the route lets this machine announce.
        public var advertisedMSS: UInt32?
        /// TTL that the route prescribes.
        public var hopLimit: UInt32?

        public enum Answer: Sendable, Hashable {
            case route(Route)
            /// The kernel answers a lookup that ends at a blackhole, prohibit or unreachable route, or at none, with
            /// an errno: EINVAL, EACCES, EHOSTUNREACH, ENETUNREACH.
            case refused(errno: Int32)
        }

        /// Asks for the route that a packet of ours would take.
        ///
        /// - Parameter flow: what rules may look at besides addresses; without it those that do are not met.
        public static func lookup(
            to destination: IPAddress, from source: IPAddress? = nil, interface: String? = nil, flow: RouteFlow? = nil
        ) throws(SystemCallError) -> Answer {
            // RTM_F_LOOKUP_TABLE: without it the answer calls every table "main".
            let message = try ask(destination, source, interface, flow, flags: 0x1000)
            guard let answer = answer(message) else {
                throw SystemCallError("read the routing table", errno: EPROTO, subject: destination.description)
            }
            return answer
        }

        /// How long the prefix of the route is that such a packet takes: 0 for a default route.
        public static func prefixLength(
            to destination: IPAddress, from source: IPAddress? = nil, interface: String? = nil, flow: RouteFlow? = nil
        ) throws(SystemCallError) -> UInt8? {
            // RTM_F_FIB_MATCH: the table's entry instead of the answer that was made of it.
            let message = try ask(destination, source, interface, flow, flags: 0x3000)
            guard message.type == 24, message.body.count >= 12 else { return nil }
            return message.body[1]
        }

        private static func ask(
            _ destination: IPAddress, _ source: IPAddress?, _ interface: String?, _ flow: RouteFlow?, flags: UInt32
        ) throws(SystemCallError) -> NetlinkMessage {
            let bits: UInt8 = destination.family == .v4 ? 32 : 128
            // An address of the other family cannot be the source.
            let source = source?.family == destination.family ? source : nil
            var body = [UInt8(truncatingIfNeeded: destination.family.socketDomain), bits, source == nil ? 0 : bits]
            body += [0, 0, 0, 0, 0]
            body.appendNative(flags)
            // RTA_DST 1, RTA_SRC 2, RTA_OIF 4
            body += NetlinkMessage.attribute(1, destination.networkBytes)
            if let source { body += NetlinkMessage.attribute(2, source.networkBytes) }
            if let interface {
                // Zero would ask for any interface, and answer for another than was meant.
                let number = if_nametoindex(interface)
                guard number != 0 else { throw SystemCallError("use interface", errno: ENODEV, subject: interface) }
                var index: [UInt8] = []
                index.appendNative(number)
                body += NetlinkMessage.attribute(4, index)
            }
            if let flow { body += attributes(of: flow) }
            // RTM_GETROUTE 26, NLM_F_REQUEST 1
            let messages = try NetlinkSocket.ask(NetlinkMessage.request(26, flags: 1, body), isDump: false)
            guard let message = messages.first else {
                throw SystemCallError("read the routing table", errno: EPROTO, subject: destination.description)
            }
            return message
        }

        /// RTA_MARK 16, RTA_UID 25, RTA_IP_PROTO 27, RTA_SPORT 28, RTA_DPORT 29: ports in network order. Kernels before 4.18 pass
        /// over the last three.
        private static func attributes(of flow: RouteFlow) -> [UInt8] {
            func port(_ type: UInt16, _ port: UInt16) -> [UInt8] {
                NetlinkMessage.attribute(type, [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)])
            }
            var user: [UInt8] = []
            user.appendNative(flow.user)
            var bytes = NetlinkMessage.attribute(25, user)
            bytes += NetlinkMessage.attribute(27, [UInt8(flow.transport == .tcp ? IPPROTO_TCP : IPPROTO_UDP)])
            if flow.mark != 0 {
                var mark: [UInt8] = []
                mark.appendNative(flow.mark)
                bytes += NetlinkMessage.attribute(16, mark)
            }
            if let source = flow.sourcePort, source != 0 { bytes += port(28, source) }
            return bytes + port(29, flow.destinationPort)
        }

        /// Reads one message; nil for anything but a route or an error.
        static func answer(_ message: NetlinkMessage) -> Answer? {
            if message.type == 2 {
                guard message.body.count >= 4 else { return nil }
                let code = Int32(bitPattern: message.body.nativeUInt32(at: 0))
                return code < 0 && code > -4096 ? .refused(errno: -code) : nil
            }
            // RTM_NEWROUTE 24
            guard message.type == 24, message.body.count >= 12 else { return nil }
            let attributes = NetlinkMessage.attributes(message.body, from: 12)
            var route = Route(type: message.body[7], table: UInt32(message.body[4]))
            // RTA_OIF 4, RTA_GATEWAY 5, RTA_PREFSRC 7, RTA_METRICS 8, RTA_TABLE 15, RTA_VIA 18
            route.gateway = attributes[5].flatMap(IPAddress.init(octets:))
            if route.gateway == nil, let via = attributes[18], via.count > 2 {
                route.gateway = IPAddress(octets: via[2...])
            }
            route.source = attributes[7].flatMap(IPAddress.init(octets:))
            if let table = attributes[15] { route.table = table.nativeUInt32(at: 0) }
            if let metrics = attributes[8] {
                // RTAX_MTU 2, RTAX_ADVMSS 8, RTAX_HOPLIMIT 10
                let values = NetlinkMessage.attributes(metrics, from: 0)
                route.mtu = values[2]?.nativeUInt32(at: 0)
                route.advertisedMSS = values[8]?.nativeUInt32(at: 0)
                route.hopLimit = values[10]?.nativeUInt32(at: 0)
            }
            if let index = attributes[4]?.nativeUInt32(at: 0) {
                route.interfaceIndex = index
                route.interface = interfaceName(index)
            }
            return .route(route)
        }

        static func interfaceName(_ index: UInt32) -> String? {
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
                guard let name = unsafe if_indextoname(index, buffer.baseAddress!) else { return nil }
                return unsafe String(cString: name)
            }
        }
    }
#endif
