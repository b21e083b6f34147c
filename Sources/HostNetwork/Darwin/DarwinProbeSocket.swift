// Darwin has no socket error queue: ICMP shows as errno alone, and the ladder needs a capture there. Not yet built on
// a Mac; kept to calls that both systems share.
#if os(macOS)
    internal import Darwin
    public import PacketWire

    /// One of the kernel's own sockets, non-blocking, as an application would use it: TCP, or connected UDP.
    public final class ProbeSocket {
        public struct Options: Sendable, Hashable {
            public var source: IPAddress?
            public var sourcePort: UInt16?
            public var interface: String?
            /// TTL or hop limit of everything it sends; nil is the system's own.
            public var timeToLive: Int?
            /// Not settable on Darwin.
            public var synRetries: Int?
            public var maximumSegmentSize: Int?

            public init() {}
        }

        public enum Connection: Sendable, Hashable {
            case connected
            case inProgress
            /// The errno of the call itself.
            case failed(Int32)
        }

        public enum Received: Sendable, Hashable {
            case bytes([UInt8], timeToLive: UInt8?)
            case endOfStream
            case wouldBlock
            case failed(Int32)
        }

        public let descriptor: Int32
        private let transport: Transport
        private let family: IPFamily
        private var isOpen = true

        public init(_ transport: Transport, _ family: IPFamily, options: Options) throws(SystemCallError) {
            self.transport = transport
            self.family = family
            descriptor = socket(family.socketDomain, transport == .tcp ? SOCK_STREAM : SOCK_DGRAM, 0)
            guard descriptor >= 0 else { throw SystemCallError("socket", errno: errno) }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            try set(SOL_SOCKET, SO_NOSIGPIPE, 1, "SO_NOSIGPIPE")
            try apply(options)
        }

        deinit { close() }

        private func apply(_ options: Options) throws(SystemCallError) {
            let isIPv4 = family == .v4
            let level = isIPv4 ? IPPROTO_IP : IPPROTO_IPV6
            if let timeToLive = options.timeToLive {
                guard (1...255).contains(timeToLive) else { throw SystemCallError("set TTL", errno: EINVAL) }
                try set(level, isIPv4 ? IP_TTL : IPV6_UNICAST_HOPS, Int32(timeToLive), "TTL")
            }
            if transport == .tcp, let size = options.maximumSegmentSize {
                try set(IPPROTO_TCP, TCP_MAXSEG, Int32(clamping: size), "TCP_MAXSEG")
            }
            if let interface = options.interface {
                let index = if_nametoindex(interface)
                guard index != 0 else { throw SystemCallError("use interface", errno: ENXIO, subject: interface) }
                try set(level, isIPv4 ? IP_BOUND_IF : IPV6_BOUND_IF, Int32(bitPattern: index), "interface")
            }
            guard options.source != nil || options.sourcePort != nil else { return }
            let any: IPAddress = isIPv4 ? .v4(.any) : .v6(.any)
            let address = options.source.flatMap { $0.family == family ? $0 : nil } ?? any
            let endpoint = Endpoint(address, options.sourcePort ?? 0)
            if options.sourcePort != nil { try set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR") }
            let result = SocketAddress(endpoint).withPointer { unsafe bind(descriptor, $0, $1) }
            guard result == 0 else { throw SystemCallError("send from", errno: errno, subject: endpoint.description) }
        }

        private func set(_ level: Int32, _ option: Int32, _ value: Int32, _ name: String) throws(SystemCallError) {
            var value = value
            let result = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
            guard result == 0 else { throw SystemCallError("set \(name)", errno: errno) }
        }

        public func connect(to remote: Endpoint, scope: UInt32 = 0) -> Connection {
            let result = SocketAddress(remote, scope: scope).withPointer { unsafe Darwin.connect(descriptor, $0, $1) }
            if result == 0 { return .connected }
            return errno == EINPROGRESS ? .inProgress : .failed(errno)
        }

        public var localEndpoint: Endpoint? {
            var address = SocketAddress()
            return address.fill { unsafe getsockname(descriptor, $0, $1) } == 0 ? address.endpoint : nil
        }

        public func socketError() -> Int32 {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return errno }
            return value
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

        public func send(_ bytes: [UInt8]) -> Int32? {
            let result = unsafe bytes.withUnsafeBytes { unsafe Darwin.send(descriptor, $0.baseAddress, $0.count, 0) }
            return result < 0 ? errno : nil
        }

        /// Receives at most 64 KiB.
        public func receive() -> Received {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 { return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno) }
            if count == 0, transport == .tcp { return .endOfStream }
            return .bytes(Array(buffer.prefix(count)), timeToLive: nil)
        }

        /// Closes at once: a connection is reset rather than left to linger.
        public func close() {
            guard isOpen else { return }
            isOpen = false
            if transport == .tcp {
                var linger = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            }
            Darwin.close(descriptor)
        }
    }

    /// As on Linux, for the callers; Darwin never makes one.
    public struct ErrorQueueEntry: Sendable, Hashable {
        public var errno: Int32
        public var icmpFamily: IPFamily?
        public var type: UInt8
        public var code: UInt8
        public var sender: IPAddress?
        public var info: UInt32
        public var timeToLive: UInt8?
    }
#endif
