// Darwin has no socket error queue: ICMP shows as errno alone, and the ladder would need a capture there. Not yet
// built on a Mac.
#if os(macOS)
    internal import Darwin
    public import PacketWire

    extension ProbeSocket {
        static func open(_ transport: Transport, _ family: IPFamily) -> Int32 {
            let descriptor = socket(family.socketDomain, transport == .tcp ? SOCK_STREAM : SOCK_DGRAM, 0)
            guard descriptor >= 0 else { return descriptor }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }

        func applySystemOptions(_ options: Options) throws(SystemCallError) {
            try set(SOL_SOCKET, SO_NOSIGPIPE, 1, "SO_NOSIGPIPE")
            if transport == .tcp, let seconds = options.keepAliveAfter {
                try set(SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE")
                try set(Int32(IPPROTO_TCP), TCP_KEEPALIVE, Int32(clamping: seconds), "TCP_KEEPALIVE")
                try set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 1, "TCP_KEEPINTVL")
                try set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3, "TCP_KEEPCNT")
            }
            if options.forbidsFragments {
                // IP_DONTFRAG of netinet/in.h, IPV6_DONTFRAG of netinet6/in6.h.
                try set(networkLevel, family == .v4 ? 28 : 62, 1, "IP_DONTFRAG")
            }
            guard let interface = options.interface else { return }
            let index = if_nametoindex(interface)
            guard index != 0 else { throw SystemCallError("use interface", errno: ENXIO, subject: interface) }
            try set(networkLevel, family == .v4 ? IP_BOUND_IF : IPV6_BOUND_IF, Int32(bitPattern: index), "interface")
        }

        /// Always empty: there is none.
        public func errorQueue() -> [ErrorQueueEntry] { [] }

        public func setErrorQueue(enabled: Bool) {}

        /// Whether the handshake is through, by getpeername: SO_ERROR is 0 for a dropped SYN-SENT as well
        /// (bsd/netinet/tcp_subr.c).
        public func tcpInfo() -> TCPInfo? {
            guard transport == .tcp else { return nil }
            var address = SocketAddress()
            let hasPeer = address.fill { unsafe getpeername(descriptor, $0, $1) } == 0
            return TCPInfo(state: hasPeer ? 1 : 2)
        }

        /// Receives at most 64 KiB.
        public func receive() -> Received {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 { return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno) }
            if count == 0, transport == .tcp { return .endOfStream }
            return .bytes(Array(buffer.prefix(count)), timeToLive: nil)
        }

        /// The same, with the address that sent a datagram.
        public func receiveFromAnybody() -> (Received, sender: IPAddress?) {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var address = SocketAddress()
            var count = 0
            _ = address.fill { pointer, length in
                count = unsafe buffer.withUnsafeMutableBytes { bytes in
                    unsafe recvfrom(descriptor, bytes.baseAddress, bytes.count, 0, pointer, length)
                }
                return 0
            }
            if count < 0 { return (errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno), nil) }
            return (.bytes(Array(buffer.prefix(count)), timeToLive: nil), address.endpoint?.address)
        }
    }
#endif
