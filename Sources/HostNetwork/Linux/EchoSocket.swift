#if os(Linux)
    internal import CHostNetwork
    internal import Glibc
    public import PacketWire

    /// ICMP echo (RFC 792, RFC 4443 section 4) as a control: one socket a family for a whole run, because the kind
    /// that needs a privilege must be open before the privilege is dropped.
    ///
    /// A datagram ping socket where net.ipv4.ping_group_range allows it, else a raw one.
    public final class EchoSocket {
        public enum Event: Sendable, Hashable {
            case reply(sequence: UInt16, from: IPAddress, timeToLive: UInt8?)
            case error(sequence: UInt16, ErrorQueueEntry)
        }

        public let family: IPFamily
        public let descriptor: Int32
        private let isRaw: Bool
        // Not the process number: in containers many processes have the same, and raw sockets hear each other's.
        private let rawIdentifier = UInt16.random(in: 1 ... .max)

        /// Nil where neither kind is permitted.
        public init?(_ family: IPFamily) {
            self.family = family
            let flags = SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            let icmp = Int32(family == .v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
            var opened = socket(family.socketDomain, Int32(SOCK_DGRAM.rawValue | flags), icmp)
            let needsRaw = opened < 0
            if needsRaw { opened = socket(family.socketDomain, Int32(SOCK_RAW.rawValue | flags), icmp) }
            guard opened >= 0 else { return nil }
            (descriptor, isRaw) = (opened, needsRaw)
            _ = chn_set_error_queue(descriptor, family.socketDomain, 1)
            set(family == .v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1)
        }

        deinit { close(descriptor) }

        /// The identifier in its packets; the kernel chooses a datagram socket's when it first sends.
        public var identifier: UInt16? {
            if isRaw { return rawIdentifier }
            var address = SocketAddress()
            guard address.fill({ unsafe getsockname(descriptor, $0, $1) }) == 0 else { return nil }
            return address.endpoint?.port
        }

        private func set(_ option: Int32, _ value: Int32) {
            var value = value
            let level = Int32(family == .v4 ? IPPROTO_IP : IPPROTO_IPV6)
            unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }

        /// Sends one request; returns the errno of a failure.
        ///
        /// - Parameter size: of the whole IP packet, which then leaves in one piece or not at all; nil is a small one.
        public func send(
            to address: IPAddress, sequence: UInt16, timeToLive: Int?, size: Int? = nil, scope: UInt32 = 0
        ) -> Int32? {
            set(family.discoverPathMTU, size == nil ? 1 : 3)
            set(family == .v4 ? IP_TTL : IPV6_UNICAST_HOPS, timeToLive.map { Int32(clamping: $0) } ?? -1)
            var packet: [UInt8] = [family == .v4 ? 8 : 128, 0, 0, 0]
            packet += [UInt8(rawIdentifier >> 8), UInt8(truncatingIfNeeded: rawIdentifier)]
            packet += [UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence)]
            packet += Array("stallpoint echo.".utf8)
            if let size {
                let length = max(packet.count, min(size, 65_535) - (family == .v4 ? 20 : 40))
                packet += [UInt8](repeating: 0x2E, count: length - packet.count)
            }
            // The kernel fills in ICMPv6's, which covers addresses.
            if family == .v4 {
                let sum = internetChecksum(packet)
                packet[2] = UInt8(sum >> 8)
                packet[3] = UInt8(truncatingIfNeeded: sum)
            }
            let target = address.networkBytes
            // What an earlier request met waits on a datagram socket and fails the next send, whoever that is for.
            // The failure takes it away, so that a second one is this request's own.
            for _ in 0..<2 {
                let sent = unsafe packet.withUnsafeBytes { bytes in
                    unsafe target.withUnsafeBufferPointer { target in
                        unsafe chn_send_to_address(
                            descriptor, bytes.baseAddress, UInt64(bytes.count), target.baseAddress,
                            family.socketDomain, scope)
                    }
                }
                if sent >= 0 { return nil }
            }
            return errno
        }

        /// RFC 1071: an odd last byte counts as the first of two.
        private func internetChecksum(_ bytes: [UInt8]) -> UInt16 {
            var sum: UInt32 = 0
            for index in stride(from: 0, to: bytes.count, by: 2) {
                sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
            }
            while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
            return ~UInt16(truncatingIfNeeded: sum)
        }

        /// All that has come, replies and errors; at most 256 of each.
        public func receive() -> [Event] {
            var events: [Event] = []
            for _ in 0..<256 {
                guard let message = ReceivedMessage(from: descriptor, most: 2_048) else {
                    if errno == EAGAIN || errno == EWOULDBLOCK { break }
                    // An ICMP error that announces itself before the replies; it is in the queue below.
                    continue
                }
                guard let from = message.sender, let sequence = replySequence(message.bytes) else { continue }
                events.append(.reply(sequence: sequence, from: from, timeToLive: message.timeToLive))
            }
            var entry = chn_error()
            for _ in 0..<256 {
                guard unsafe chn_error_queue_next(descriptor, &entry) == 1 else { break }
                let quoted = unsafe withUnsafeBytes(of: entry.quoted) {
                    Array($0.prefix(Int(min(entry.quoted_length, 16))))
                }
                guard quoted.count >= 8, !isRaw || UInt16(quoted[4]) << 8 | UInt16(quoted[5]) == rawIdentifier else {
                    continue
                }
                events.append(.error(sequence: UInt16(quoted[6]) << 8 | UInt16(quoted[7]), ErrorQueueEntry(entry)))
            }
            return events
        }

        /// The sequence number of an echo reply that answers one of ours.
        private func replySequence(_ bytes: [UInt8]) -> UInt16? {
            var start = 0
            if isRaw, family == .v4 {
                guard let first = bytes.first, first >> 4 == 4, first & 0xF >= 5 else { return nil }
                start = Int(first & 0xF) * 4
            }
            guard bytes.count >= start + 8, bytes[start] == (family == .v4 ? 0 : 129) else { return nil }
            if isRaw, UInt16(bytes[start + 4]) << 8 | UInt16(bytes[start + 5]) != rawIdentifier { return nil }
            return UInt16(bytes[start + 6]) << 8 | UInt16(bytes[start + 7])
        }
    }
#endif
