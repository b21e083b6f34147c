#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import StallpointTestKit
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

    extension FarEnd {
        /// Takes the next connection; the caller closes it.
        func accept() throws -> Int32 {
            try Loopback.waitFor(descriptor)
            let accepted = Glibc.accept(descriptor, nil, nil)
            try #require(accepted >= 0)
            return accepted
        }
    }
#endif
