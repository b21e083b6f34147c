#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import StallpointTestKit
    import Testing

    /// Whole packets of our own, to this machine's own loopback and nowhere else.
    @Suite struct RawSenderTests {
        /// Nil, said aloud, where raw sockets are not permitted: the system's refusal is checked all the same.
        private func sender(_ family: IPFamily) throws -> RawSender? {
            guard Loopback.has(family) else { return nil }
            guard Privileges.current().has(.netRaw) else {
                #expect(throws: SystemCallError("raw socket", errno: EPERM)) { try RawSender(family) }
                print("skipped for \(family.rawValue): raw sockets need CAP_NET_RAW, which this user lacks")
                return nil
            }
            return try RawSender(family)
        }

        private func datagram(_ family: IPFamily, to port: UInt16, _ payload: [UInt8], timeToLive: UInt8 = 9) -> [UInt8]
        {
            let here = Loopback.address(family)
            return FrameBuilder(.rawIP, from: here, to: here, timeToLive: timeToLive)
                .udp(from: 40_001, to: port, payload: payload)
        }

        @Test("A packet of ours arrives as it was made", arguments: IPFamily.allCases)
        func arrives(_ family: IPFamily) throws {
            guard let sender = try sender(family) else { return }
            let farEnd = try FarEnd(.udp, family)
            let port = farEnd.endpoint.port
            #expect(sender.send(datagram(family, to: port, [1, 2, 3]), to: Loopback.address(family)) == nil)
            try Loopback.waitFor(farEnd.descriptor)
            var buffer = [UInt8](repeating: 0, count: 16)
            var from = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &from) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(farEnd.descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            #expect(Array(buffer.prefix(max(0, count))) == [1, 2, 3])
            let source = withUnsafeBytes(of: from) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
            #expect(source == 40_001, "the port is the packet's own, not one that the system chose")
        }

        @Test("What cannot be sent is an errno, and the next packet goes all the same", arguments: IPFamily.allCases)
        func failures(_ family: IPFamily) throws {
            guard let sender = try sender(family) else { return }
            let farEnd = try FarEnd(.udp, family)
            let here = Loopback.address(family)
            let other: IPFamily = family == .v4 ? .v6 : .v4
            let good = datagram(family, to: farEnd.endpoint.port, [7])
            #expect(sender.send(good, to: Loopback.address(other)) == EAFNOSUPPORT)
            #expect(sender.send([], to: here) == EINVAL)
            #expect(sender.send([UInt8](repeating: 0, count: 70_000), to: here) != nil)
            #expect(sender.send(good, to: here) == nil)
            try Loopback.waitFor(farEnd.descriptor)
            var byte: UInt8 = 0
            #expect(recv(farEnd.descriptor, &byte, 1, 0) == 1 && byte == 7)
        }
    }
#endif
