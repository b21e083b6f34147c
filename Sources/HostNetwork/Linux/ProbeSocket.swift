#if os(Linux)
    internal import CHostNetwork
    internal import Glibc
    public import PacketWire

    /// One of the kernel's own sockets, non-blocking, as an application would use it: TCP, or connected UDP.
    ///
    /// What the network makes of it (refused, unreachable, reset) is a result; only what keeps us from trying is
    /// thrown.
    public final class ProbeSocket {
        public struct Options: Sendable, Hashable {
            public var source: IPAddress?
            public var sourcePort: UInt16?
            public var interface: String?
            /// TTL or hop limit of everything it sends, 1 to 255; nil is the system's own.
            public var timeToLive: Int?
            /// How often the kernel repeats a SYN.
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
            /// A stream's bytes, or a datagram with the TTL it arrived with.
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
            let type = transport == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
            let flags = SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            descriptor = socket(family.socketDomain, Int32(type | flags), 0)
            guard descriptor >= 0 else { throw SystemCallError("socket", errno: errno) }
            try apply(options)
        }

        deinit { close() }

        private func apply(_ options: Options) throws(SystemCallError) {
            let isIPv4 = family == .v4
            _ = chn_set_error_queue(descriptor, family.socketDomain, 1)
            try? set(isIPv4 ? IPPROTO_IP : IPPROTO_IPV6, isIPv4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1, "TTL")
            if let timeToLive = options.timeToLive {
                // IPv6 would take 0, and both take -1 for "the default".
                guard (1...255).contains(timeToLive) else { throw SystemCallError("set TTL", errno: EINVAL) }
                try set(
                    isIPv4 ? IPPROTO_IP : IPPROTO_IPV6, isIPv4 ? IP_TTL : IPV6_UNICAST_HOPS,
                    Int32(clamping: timeToLive), "TTL")
            }
            if transport == .tcp {
                if let retries = options.synRetries {
                    try set(IPPROTO_TCP, TCP_SYNCNT, Int32(clamping: retries), "TCP_SYNCNT")
                }
                if let size = options.maximumSegmentSize {
                    try set(IPPROTO_TCP, TCP_MAXSEG, Int32(clamping: size), "TCP_MAXSEG")
                }
            }
            if let interface = options.interface {
                let name = Array(interface.utf8)
                let result = unsafe name.withUnsafeBufferPointer { buffer in
                    unsafe setsockopt(
                        descriptor, SOL_SOCKET, SO_BINDTODEVICE, buffer.baseAddress, socklen_t(buffer.count))
                }
                guard result == 0 else { throw SystemCallError("use interface", errno: errno, subject: interface) }
            }
            if options.source != nil || options.sourcePort != nil {
                let any: IPAddress = isIPv4 ? .v4(.any) : .v6(.any)
                let address = options.source.flatMap { $0.family == family ? $0 : nil } ?? any
                let endpoint = Endpoint(address, options.sourcePort ?? 0)
                if options.sourcePort != nil { try set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR") }
                let result = SocketAddress(endpoint).withPointer { unsafe bind(descriptor, $0, $1) }
                guard result == 0 else {
                    throw SystemCallError("send from", errno: errno, subject: endpoint.description)
                }
            }
        }

        private func set(_ level: Int, _ option: Int32, _ value: Int32, _ name: String) throws(SystemCallError) {
            try set(Int32(level), option, value, name)
        }

        private func set(_ level: Int32, _ option: Int32, _ value: Int32, _ name: String) throws(SystemCallError) {
            var value = value
            let result = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
            guard result == 0 else { throw SystemCallError("set \(name)", errno: errno) }
        }

        public func connect(to remote: Endpoint, scope: UInt32 = 0) -> Connection {
            let result = SocketAddress(remote, scope: scope).withPointer { unsafe Glibc.connect(descriptor, $0, $1) }
            if result == 0 { return .connected }
            return errno == EINPROGRESS ? .inProgress : .failed(errno)
        }

        /// This end, as the kernel chose it.
        public var localEndpoint: Endpoint? {
            var address = SocketAddress()
            let result = address.fill { unsafe getsockname(descriptor, $0, $1) }
            return result == 0 ? address.endpoint : nil
        }

        /// SO_ERROR, which reading clears. Read it before the error queue: reading that clears it too.
        public func socketError() -> Int32 {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return errno }
            return value
        }

        /// All that waits in the error queue, oldest first; at most 32 entries.
        public func errorQueue() -> [ErrorQueueEntry] {
            var entries: [ErrorQueueEntry] = []
            var entry = chn_error()
            while entries.count < 32, unsafe chn_error_queue_next(descriptor, &entry) == 1 {
                entries.append(ErrorQueueEntry(entry))
            }
            return entries
        }

        /// Without the queue an ICMP error is soft on an established connection.
        public func setErrorQueue(enabled: Bool) {
            _ = chn_set_error_queue(descriptor, family.socketDomain, enabled ? 1 : 0)
        }

        public func tcpInfo() -> TCPInfo? {
            guard transport == .tcp else { return nil }
            var bytes = [UInt8](repeating: 0, count: 280)
            var length = socklen_t(bytes.count)
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, buffer.baseAddress, &length)
            }
            guard result == 0 else { return nil }
            return TCPInfo(Array(bytes.prefix(Int(length))))
        }

        /// Sends; returns the errno of a failure.
        public func send(_ bytes: [UInt8]) -> Int32? {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            return result < 0 ? errno : nil
        }

        /// Receives at most 64 KiB.
        public func receive() -> Received {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var timeToLive: Int32 = -1
            var source = [UInt8](repeating: 0, count: 16)
            var sourceFamily: UInt8 = 0
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe source.withUnsafeMutableBufferPointer { address in
                    unsafe chn_receive(
                        descriptor, bytes.baseAddress, UInt64(bytes.count), &timeToLive, address.baseAddress,
                        &sourceFamily)
                }
            }
            if count < 0 {
                return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? .wouldBlock : .failed(errno)
            }
            if count == 0, transport == .tcp { return .endOfStream }
            return .bytes(
                Array(buffer.prefix(Int(count))), timeToLive: timeToLive >= 0 ? UInt8(clamping: timeToLive) : nil)
        }

        /// Closes at once: a connection is reset rather than left to linger.
        public func close() {
            guard isOpen else { return }
            isOpen = false
            if transport == .tcp {
                var linger = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            }
            Glibc.close(descriptor)
        }
    }

    /// One entry of a socket's error queue (ip(7), IP_RECVERR; struct sock_extended_err).
    public struct ErrorQueueEntry: Sendable, Hashable {
        public var errno: Int32
        /// The family of the ICMP message; nil for errors of this machine's own making.
        public var icmpFamily: IPFamily?
        public var type: UInt8
        public var code: UInt8
        /// Who sent the ICMP message.
        public var sender: IPAddress?
        /// The MTU that "too big" reports.
        public var info: UInt32
        /// TTL with which the ICMP message arrived.
        public var timeToLive: UInt8?

        init(_ entry: chn_error) {
            errno = entry.number
            icmpFamily = entry.origin == 2 ? .v4 : entry.origin == 3 ? .v6 : nil
            type = entry.type
            code = entry.code
            info = entry.info
            sender = unsafe withUnsafeBytes(of: entry.sender) { unsafe IPAddress(entry.sender_family, $0) }
            timeToLive = entry.time_to_live >= 0 ? UInt8(clamping: entry.time_to_live) : nil
        }
    }
#endif
