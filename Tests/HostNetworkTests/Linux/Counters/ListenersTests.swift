#if os(Linux)
    import PacketWire
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    /// The kernel's tables of sockets, read for who listens.
    struct ListenersTests {
        private static let head = "  sl  local_address rem_address   st tx_queue rx_queue\n"
        private static let tcp =
            head + """
                   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000
                   1: 0205A8C0:1538 00000000:0000 0A 00000000:00000000 00:00000000
                   2: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000
                   3: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000
                """
        private static let tcp6 =
            head + """
                   0: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A 0
                   1: 0000000000000000FFFF00000100007F:1539 00000000000000000000000000000000:0000 0A 0
                   2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0
                """

        private func named(_ table: String, _ port: UInt16, _ transport: Transport = .tcp) -> [String] {
            Listeners.addresses(in: table, on: port, transport).map(\.description)
        }

        @Test("Those that listen on the port, at whatever address, and no connection of theirs")
        func listening() {
            #expect(named(Self.tcp, 5_432) == ["127.0.0.1", "192.168.5.2"])
            #expect(named(Self.tcp, 80) == ["0.0.0.0"])
            #expect(named(Self.tcp, 81) == [])
            #expect(named(Self.tcp6, 5_432) == ["::1"])
            #expect(named(Self.tcp6, 5_433) == ["127.0.0.1"])
            #expect(named(Self.tcp6, 80) == ["::"])
        }

        @Test("Of datagram sockets those that take them from anybody")
        func datagrams() {
            let udp =
                Self.head + """
                       7: 0100007F:0035 00000000:0000 07 00000000:00000000
                       8: 0205A8C0:0035 0100007F:0035 01 00000000:00000000
                    """
            #expect(named(udp, 53, .udp) == ["127.0.0.1"])
        }

        @Test(
            "What is no such table lists nobody",
            arguments: [
                "", "x", "\n\n\n", head + "0: :1538 x 0A", head + "0: 0100007F1538 0 0A 0",
                head + "0: 0100007:1538 0 0A 0",
                head + "0: 0100ZZ7F:1538 0 0A 0", head + "0: ééééZZ7F:1538 0 0A 0", head + "0: 0100007F:1538 0",
            ])
        func strange(_ table: String) { #expect(named(table, 5_432) == []) }

        @Test("The kernel names a listener, and nobody where it has gone")
        func real() throws {
            var end: FarEnd? = try FarEnd(.tcp, .v4)
            let port = try #require(end?.endpoint.port)
            #expect(Listeners.addresses(on: port, .tcp) == [Loopback.address(.v4)])
            #expect(Listeners.addresses(on: port, .udp) != nil)
            end = nil
            #expect(Listeners.addresses(on: port, .tcp) == [])
        }
    }
#endif
