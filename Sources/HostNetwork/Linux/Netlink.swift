#if os(Linux)
    internal import Glibc
    internal import PacketWire

    /// Messages of rtnetlink(7), built and read as bytes: every length is checked before it is used, because a
    /// kernel of another age may send other things than expected.
    struct NetlinkMessage: Hashable {
        var type: UInt16
        /// What the message is a part of changed while it was listed: NLM_F_DUMP_INTR.
        var isInterrupted = false
        var body: [UInt8]

        /// All messages of a datagram; what is cut or lies about its length ends the list.
        static func split(_ bytes: [UInt8]) -> [NetlinkMessage] {
            var messages: [NetlinkMessage] = []
            var offset = 0
            while bytes.count - offset >= 16 {
                let length = Int(bytes.nativeUInt32(at: offset))
                guard length >= 16, length <= bytes.count - offset else { break }
                messages.append(
                    NetlinkMessage(
                        type: bytes.nativeUInt16(at: offset + 4),
                        isInterrupted: bytes.nativeUInt16(at: offset + 6) & 0x10 != 0,
                        body: Array(bytes[offset + 16..<offset + length])))
                offset += (length + 3) & ~3
                guard offset <= bytes.count else { break }
            }
            return messages
        }

        /// A request with its header.
        static func request(_ type: UInt16, flags: UInt16, _ body: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.appendNative(UInt32(16 + body.count))
            bytes.appendNative(type)
            bytes.appendNative(flags)
            bytes.appendNative(UInt32(1))
            bytes.appendNative(UInt32(0))
            return bytes + body
        }

        /// The attributes (struct rtattr) after a fixed header.
        static func attributes(_ body: [UInt8], from start: Int) -> [UInt16: [UInt8]] {
            var found: [UInt16: [UInt8]] = [:]
            var offset = start
            while offset >= 0, body.count - offset >= 4 {
                let length = Int(body.nativeUInt16(at: offset))
                guard length >= 4, length <= body.count - offset else { break }
                // The upper two bits are flags: NLA_F_NESTED, NLA_F_NET_BYTEORDER.
                found[body.nativeUInt16(at: offset + 2) & 0x3FFF] = Array(body[offset + 4..<offset + length])
                offset += (length + 3) & ~3
            }
            return found
        }

        static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.appendNative(UInt16(4 + value.count))
            bytes.appendNative(type)
            bytes += value
            while bytes.count % 4 != 0 { bytes.append(0) }
            return bytes
        }
    }

    /// One question to the routing subsystem of the kernel.
    struct NetlinkSocket {
        /// Sends a request and gives the messages of the answer, until the kernel says that it is done.
        ///
        /// - Parameter isStrict: the kernel lists only what the request's header and attributes name, or refuses to.
        static func ask(
            _ request: [UInt8], isDump: Bool, isStrict: Bool = false
        ) throws(SystemCallError) -> [NetlinkMessage] {
            let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw SystemCallError("netlink socket", errno: errno) }
            defer { close(descriptor) }
            // The kernel answers at once; the bound is against surprises.
            var patience = timeval(tv_sec: 1, tv_usec: 0)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            if isStrict {
                // SOL_NETLINK 270, NETLINK_GET_STRICT_CHK 12
                var on: Int32 = 1
                let result = unsafe setsockopt(descriptor, 270, 12, &on, socklen_t(MemoryLayout<Int32>.size))
                guard result == 0 else { throw SystemCallError("ask the routing table", errno: errno) }
            }
            let sent = unsafe request.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, 0) }
            guard sent == request.count else { throw SystemCallError("ask the routing table", errno: errno) }
            var messages: [NetlinkMessage] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            for _ in 0..<256 {
                let count = unsafe buffer.withUnsafeMutableBytes {
                    unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
                }
                guard count > 0 else { throw SystemCallError("read the routing table", errno: errno) }
                let part = NetlinkMessage.split(Array(buffer.prefix(count)))
                messages += part
                // NLMSG_ERROR 2, NLMSG_DONE 3
                if !isDump || part.isEmpty || part.contains(where: { $0.type == 2 || $0.type == 3 }) { break }
            }
            return messages
        }
    }

    extension [UInt8] {
        func nativeUInt16(at offset: Int) -> UInt16 {
            guard offset >= 0, offset + 2 <= count else { return 0 }
            return UInt16(littleEndian: UInt16(self[offset]) | UInt16(self[offset + 1]) << 8)
        }

        func nativeUInt32(at offset: Int) -> UInt32 {
            UInt32(nativeUInt16(at: offset)) | UInt32(nativeUInt16(at: offset + 2)) << 16
        }

        mutating func appendNative(_ value: UInt16) {
            append(UInt8(truncatingIfNeeded: value))
            append(UInt8(truncatingIfNeeded: value >> 8))
        }

        mutating func appendNative(_ value: UInt32) {
            appendNative(UInt16(truncatingIfNeeded: value))
            appendNative(UInt16(truncatingIfNeeded: value >> 16))
        }
    }

    extension IPAddress {
        var networkBytes: [UInt8] {
            switch self {
            case .v4(let address): (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * UInt32($0))) }
            case .v6(let address):
                (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> (120 - 8 * UInt128($0))) }
            }
        }
    }
#endif
