#if os(macOS)
    internal import Darwin
    public import PacketWire

    /// The route that a packet would take, as far as a connected datagram socket tells: its source address. The
    /// gateway would need a routing socket (route(4)); until that is written it stays unknown.
    public struct Route: Sendable, Hashable {
        /// As on Linux: 1 unicast, 2 local.
        public var type: UInt8
        public var source: IPAddress?
        public var gateway: IPAddress?
        public var interface: String?
        public var interfaceIndex: UInt32?
        /// Darwin has one table, and its metrics are not read.
        public var table: UInt32 = 0
        public var mtu: UInt32?
        public var advertisedMSS: UInt32?

        public enum Answer: Sendable, Hashable {
            case route(Route)
            case refused(errno: Int32)
        }

        public static func lookup(
            to destination: IPAddress, from source: IPAddress? = nil, interface: String? = nil, flow: RouteFlow? = nil
        ) throws(SystemCallError) -> Answer {
            var options = ProbeSocket.Options()
            options.source = source
            options.interface = interface
            let probe = try ProbeSocket(.udp, destination.family, options: options)
            if case .failed(let errno) = probe.connect(to: Endpoint(destination, 9)) { return .refused(errno: errno) }
            let chosen = probe.localEndpoint?.address
            let isLocal = chosen == destination || destination.isLoopback
            let name = isLocal ? LoopbackInterface.name : interface ?? chosen.flatMap(interfaceName)
            return .route(
                Route(
                    type: isLocal ? 2 : 1, source: chosen, gateway: nil, interface: name,
                    interfaceIndex: name.map { if_nametoindex($0) }))
        }

        /// Not told.
        public static func prefixLength(
            to destination: IPAddress, from source: IPAddress? = nil, interface: String? = nil, flow: RouteFlow? = nil
        ) throws(SystemCallError) -> UInt8? { nil }

        /// Not told.
        public static func deadEnds(in table: UInt32, for destination: IPAddress) throws(SystemCallError) -> Set<UInt8>
        { throw SystemCallError("read the routing table", errno: ENOTSUP) }

        /// The interface that holds an address.
        private static func interfaceName(of address: IPAddress) -> String? {
            var list: UnsafeMutablePointer<ifaddrs>?
            guard unsafe getifaddrs(&list) == 0 else { return nil }
            defer { unsafe freeifaddrs(list) }
            var next = unsafe list
            while let entry = unsafe next {
                if let raw = unsafe entry.pointee.ifa_addr {
                    var copy = SocketAddress()
                    _ = copy.fill { destination, length in
                        unsafe memcpy(destination, raw, Int(min(socklen_t(raw.pointee.sa_len), length.pointee)))
                        return 0
                    }
                    if copy.endpoint?.address == address { return unsafe String(cString: entry.pointee.ifa_name) }
                }
                unsafe next = entry.pointee.ifa_next
            }
            return nil
        }
    }

    /// The neighbour table needs a routing socket too: no entries are known here yet.
    public struct Neighbor: Sendable, Hashable {
        public var address: IPAddress
        public var interface: String?
        public var state: UInt16
        public var linkAddress: MACAddress?

        public static func entries(for address: IPAddress) throws(SystemCallError) -> [Neighbor] {
            throw SystemCallError("read the neighbour table", errno: ENOTSUP)
        }
    }
#endif
