#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// A listener, or a bound datagram socket, on a loopback port that the kernel chose: the far end of a test.
    public final class FarEnd: Sendable {
        public let descriptor: Int32
        public let endpoint: Endpoint

        /// The call that failed: a machine without IPv6 has no ::1.
        public struct Failure: Error { public let call: String, errno: Int32 }

        public init(_ transport: Transport, _ family: IPFamily = .v4) throws {
            let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
            descriptor = socket(family == .v4 ? AF_INET : AF_INET6, Int32(type.rawValue), 0)
            guard descriptor >= 0 else {
                endpoint = Endpoint(.v4(.loopback), 0)
                throw Failure(call: "socket", errno: errno)
            }
            var storage = sockaddr_storage()
            storage.ss_family = sa_family_t(family == .v4 ? AF_INET : AF_INET6)
            withUnsafeMutableBytes(of: &storage) { bytes in
                if family == .v4 {
                    bytes.storeBytes(of: UInt32(0x7F00_0001).bigEndian, toByteOffset: 4, as: UInt32.self)
                } else {
                    bytes[23] = 1
                }
            }
            var length = socklen_t(family == .v4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size)
            let descriptor = descriptor
            let isBound = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            let port = withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
            endpoint = Endpoint(family == .v4 ? .v4(.loopback) : .v6(.loopback), port)
            guard isBound else { throw Failure(call: "bind", errno: errno) }
            guard transport == .udp || listen(descriptor, 8) == 0 else { throw Failure(call: "listen", errno: errno) }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        /// A port on which nobody listens: the kernel has just given it out and taken it back.
        public static func closedPort(_ transport: Transport, _ family: IPFamily = .v4) throws -> UInt16 {
            try FarEnd(transport, family).endpoint.port
        }
    }
#endif
