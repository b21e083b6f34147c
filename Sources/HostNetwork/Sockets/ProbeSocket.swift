public import PacketWire

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One of the kernel's own sockets, non-blocking, as an application would use it: TCP, or connected UDP.
///
/// What the network makes of it (refused, unreachable, reset) is a result; only what keeps us from trying is
/// thrown. What each system does in its own way (the error queue, binding to an interface, TCP's state) is in its
/// folder.
public final class ProbeSocket {
    public struct Options: Sendable, Hashable {
        public var source: IPAddress?
        public var sourcePort: UInt16?
        /// Others leave from the same port, one after another: the packets of one flow.
        public var sharesPort = false
        public var interface: String?
        /// TTL or hop limit of everything it sends, 1 to 255; nil is the system's own.
        public var timeToLive: Int?
        /// How often the kernel repeats a SYN (Linux).
        public var synRetries: Int?
        public var maximumSegmentSize: Int?
        /// After so many seconds without a word the kernel asks whether the far end is still there, three times, a
        /// second apart (keep-alive: tcp(7)).
        public var keepAliveAfter: Int?
        /// Datagrams leave in one piece or not at all, whatever the kernel believes of the path (IP_PMTUDISC_PROBE).
        public var forbidsFragments = false

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
    let transport: Transport
    let family: IPFamily
    private var isOpen = true

    public init(_ transport: Transport, _ family: IPFamily, options: Options) throws(SystemCallError) {
        self.transport = transport
        self.family = family
        descriptor = Self.open(transport, family)
        guard descriptor >= 0 else { throw SystemCallError("socket", errno: errno) }
        try apply(options)
    }

    deinit { close() }

    /// IPPROTO_IP or IPPROTO_IPV6, for the options that both families have.
    var networkLevel: Int32 { Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6) }

    private func apply(_ options: Options) throws(SystemCallError) {
        try applySystemOptions(options)
        if let timeToLive = options.timeToLive {
            try setTimeToLive(timeToLive)
        }
        if transport == .tcp, let size = options.maximumSegmentSize {
            try set(Int32(IPPROTO_TCP), TCP_MAXSEG, Int32(clamping: size), "TCP_MAXSEG")
        }
        // Datagrams of one flow leave from one socket; with this its port might be somebody else's, too.
        if options.sourcePort != nil || options.sharesPort && transport == .tcp {
            try set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")
        }
        guard options.source != nil || options.sourcePort != nil else { return }
        // A port of all addresses would be IPv4's, too (RFC 3493 section 5.3), and hear what is meant for another socket.
        if family == .v6 { try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, "IPV6_V6ONLY") }
        let any: IPAddress = family == .v4 ? .v4(.any) : .v6(.any)
        let address = options.source.flatMap { $0.family == family ? $0 : nil } ?? any
        let endpoint = Endpoint(address, options.sourcePort ?? 0)
        let result = SocketAddress(endpoint).withPointer { unsafe bind(descriptor, $0, $1) }
        guard result == 0 else { throw SystemCallError("send from", errno: errno, subject: endpoint.description) }
    }

    /// TTL or hop limit of what is sent from now on.
    public func setTimeToLive(_ timeToLive: Int) throws(SystemCallError) {
        // IPv6 would take 0, and both take -1 for "the default".
        guard (1...255).contains(timeToLive) else { throw SystemCallError("set TTL", errno: EINVAL) }
        try set(networkLevel, family == .v4 ? IP_TTL : IPV6_UNICAST_HOPS, Int32(timeToLive), "TTL")
    }

    func set(_ level: Int32, _ option: Int32, _ value: Int32, _ name: String) throws(SystemCallError) {
        var value = value
        let result = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        guard result == 0 else { throw SystemCallError("set \(name)", errno: errno) }
    }

    public func connect(to remote: Endpoint, scope: UInt32 = 0) -> Connection {
        let result = SocketAddress(remote, scope: scope).withPointer { unsafe systemConnect(descriptor, $0, $1) }
        if result == 0 { return .connected }
        return errno == EINPROGRESS ? .inProgress : .failed(errno)
    }

    /// Forgets what came to the port from anybody before the socket was connected.
    public func discardReceived() {
        for _ in 0..<256 { guard case .bytes = receive() else { return } }
    }

    /// This end, as the kernel chose it.
    public var localEndpoint: Endpoint? {
        var address = SocketAddress()
        return address.fill { unsafe getsockname(descriptor, $0, $1) } == 0 ? address.endpoint : nil
    }

    /// Lets another socket of ours be bound to the same end. Only now that the kernel has chosen the port: before, it
    /// might have chosen one that somebody else allows to share.
    public func allowSharing() -> Bool {
        (try? set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR")) != nil
    }

    /// SO_ERROR, which reading clears. Read it before the error queue: reading that clears it too.
    public func socketError() -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return errno }
        return value
    }

    /// Sends; returns the errno of a failure.
    ///
    /// - Parameter endsSegment: a stream's later bytes go in segments of their own, where the system can be told so
    ///   (Linux: net/ipv4/tcp.c, MSG_EOR).
    public func send(_ bytes: [UInt8], endsSegment: Bool = false) -> Int32? {
        let result = unsafe bytes.withUnsafeBytes {
            unsafe systemSend(descriptor, $0.baseAddress, $0.count, endsSegment)
        }
        return result < 0 ? errno : nil
    }

    /// Small segments wait for nobody's acknowledgement: TCP_NODELAY.
    public func sendAtOnce() {
        try? set(Int32(IPPROTO_TCP), TCP_NODELAY, 1, "TCP_NODELAY")
    }

    /// Sends FIN: nothing more comes from this side, what the other side sends is still received.
    public func endSending() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes at once: a connection is reset rather than left to linger.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        if transport == .tcp {
            var linger = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        systemClose(descriptor)
    }
}

// The calls whose names the class's own methods hide.

private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    unsafe connect(descriptor, address, length)
}

private func systemSend(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ endsSegment: Bool
) -> Int {
    #if canImport(Glibc)
        let flags = Int32(MSG_NOSIGNAL) | (endsSegment ? Int32(MSG_EOR) : 0)
        return unsafe send(descriptor, bytes, count, flags)
    #else
        return unsafe send(descriptor, bytes, count, 0)
    #endif
}

private func systemClose(_ descriptor: Int32) {
    _ = close(descriptor)
}
