#if os(Linux)
    internal import CHostNetwork
    internal import Glibc
    public import PacketWire

    extension ProbeSocket {
        static func open(_ transport: Transport, _ family: IPFamily) -> Int32 {
            let type = transport == .tcp ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
            return socket(family.socketDomain, Int32(type | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }

        func applySystemOptions(_ options: Options) throws(SystemCallError) {
            _ = chn_set_error_queue(descriptor, family.socketDomain, 1)
            try? set(networkLevel, family == .v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1, "TTL")
            if transport == .tcp, let retries = options.synRetries {
                try set(Int32(IPPROTO_TCP), TCP_SYNCNT, Int32(clamping: retries), "TCP_SYNCNT")
            }
            if transport == .tcp, let seconds = options.keepAliveAfter {
                try set(SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE")
                try set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, Int32(clamping: seconds), "TCP_KEEPIDLE")
                try set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 1, "TCP_KEEPINTVL")
                try set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3, "TCP_KEEPCNT")
            }
            if options.forbidsFragments { try set(networkLevel, family.discoverPathMTU, 3, "IP_PMTUDISC_PROBE") }
            if options.sharesPort, family == .v6 {
                // Routers balance by flow label too (RFC 6438), and each socket would have another (ipv6(7)).
                try? set(Int32(IPPROTO_IPV6), chn_ipv6_auto_flow_label(), 0, "IPV6_AUTOFLOWLABEL")
            }
            if options.source != nil, options.sourcePort == nil {
                // The port is then chosen by connect() as without an address, and not by bind(), which prefers others
                // (net/ipv4/inet_hashtables.c): only the address is to differ. IP_BIND_ADDRESS_NO_PORT of in.h.
                _ = try? set(Int32(IPPROTO_IP), 24, 1, "IP_BIND_ADDRESS_NO_PORT")
            }
            guard let interface = options.interface else { return }
            let name = Array(interface.utf8)
            let result = unsafe name.withUnsafeBufferPointer { buffer in
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, buffer.baseAddress, socklen_t(buffer.count))
            }
            guard result == 0 else { throw SystemCallError("use interface", errno: errno, subject: interface) }
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

        /// TCP_INFO; nil for UDP.
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

        /// Receives at most 64 KiB.
        public func receive() -> Received { receiveFromAnybody().0 }

        /// The same, with the address that sent a datagram.
        public func receiveFromAnybody() -> (Received, sender: IPAddress?) {
            guard let message = ReceivedMessage(from: descriptor, most: 65_536) else {
                let isEmpty = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
                return (isEmpty ? .wouldBlock : .failed(errno), nil)
            }
            if message.bytes.isEmpty, transport == .tcp { return (.endOfStream, nil) }
            return (.bytes(message.bytes, timeToLive: message.timeToLive), message.sender)
        }
    }

    extension IPFamily {
        /// IP_MTU_DISCOVER of linux/in.h, IPV6_MTU_DISCOVER of linux/in6.h. The values are the same in both: 1
        /// (IP_PMTUDISC_WANT) is the default, 3 (IP_PMTUDISC_PROBE) forbids fragments and ignores what is known of the
        /// path.
        var discoverPathMTU: Int32 { self == .v4 ? 10 : 23 }
    }

    extension ErrorQueueEntry {
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
