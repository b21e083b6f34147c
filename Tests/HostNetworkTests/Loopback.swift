#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import Testing

    /// This machine's own loopback: the far ends of the tests.
    enum Loopback {
        static func address(_ family: IPFamily) -> IPAddress { family == .v4 ? .v4(.loopback) : .v6(.loopback) }

        /// A machine without IPv6 has no ::1; said aloud, because a test that tests nothing must not look like one.
        static func has(_ family: IPFamily) -> Bool {
            if (try? FarEnd(.udp, family)) != nil { return true }
            print("skipped for \(family.rawValue): this machine has no \(address(family))")
            return false
        }

        /// Waits until a descriptor has something to say. The bound only ends a test that has already failed.
        @discardableResult
        static func waitFor(_ descriptor: Int32, readable: Bool = true, writable: Bool = false) throws -> Poller.Event?
        {
            let poller = try Poller()
            try poller.add(descriptor, token: 1, readable: readable, writable: writable)
            var event: Poller.Event?
            poller.wait(nanoseconds: 10_000_000_000) { event = $0 }
            return event
        }
    }

    /// A listener, or a bound datagram socket, on a port that the kernel chose.
    final class FarEnd {
        let descriptor: Int32
        let endpoint: Endpoint

        init(_ transport: Transport, _ family: IPFamily) throws {
            let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
            descriptor = socket(family == .v4 ? AF_INET : AF_INET6, Int32(type.rawValue), 0)
            try #require(descriptor >= 0)
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
            let bound = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            let port = withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
            endpoint = Endpoint(Loopback.address(family), port)
            try #require(bound)
            if transport == .tcp { try #require(listen(descriptor, 8) == 0) }
        }

        deinit { close(descriptor) }

        /// Takes the next connection; the caller closes it.
        func accept() throws -> Int32 {
            try Loopback.waitFor(descriptor)
            let accepted = Glibc.accept(descriptor, nil, nil)
            try #require(accepted >= 0)
            return accepted
        }

        /// A port on which nobody listens: the kernel has just given it out and taken it back.
        static func closedPort(_ transport: Transport, _ family: IPFamily) throws -> UInt16 {
            try FarEnd(transport, family).endpoint.port
        }
    }
#endif
