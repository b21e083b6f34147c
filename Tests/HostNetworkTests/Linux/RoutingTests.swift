#if os(Linux)
    import Glibc
    import HostNetwork
    import PacketWire
    import Testing

    /// What the running kernel answers, as far as it is the same on every machine.
    @Suite struct RoutingTests {
        @Test(arguments: IPFamily.allCases)
        func loopbackIsLocal(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            guard case .route(let route) = try Route.lookup(to: Loopback.address(family)) else {
                Issue.record("the kernel has no route to its own loopback")
                return
            }
            #expect(route.type == 2)
            #expect(route.interface == "lo")
            #expect(route.interfaceIndex == 1)
            #expect(route.source == Loopback.address(family))
            #expect(route.gateway == nil)
        }

        @Test func aSourceOfTheOtherFamilyIsNoSource() throws {
            let answer = try Route.lookup(to: .v4(.loopback), from: .v6(.loopback))
            let plain = try Route.lookup(to: .v4(.loopback))
            #expect(answer == plain)
        }

        @Test func aSourceThatIsNotOursIsRefused() throws {
            // EINVAL, or ENETUNREACH where there is no route at all.
            guard case .refused = try Route.lookup(to: .v4(.loopback), from: IPAddress("192.0.2.77")) else {
                Issue.record("a route from an address of nobody")
                return
            }
        }

        @Test func anInterfaceThatIsNotThereIsThrown() {
            #expect(throws: SystemCallError("use interface", errno: ENODEV, subject: "no-such-device")) {
                try Route.lookup(to: .v4(.loopback), interface: "no-such-device")
            }
        }

        @Test func nobodyHasEverAskedForThisNeighbor() throws {
            let entries = try Neighbor.entries(for: .v4(IPv4Address(192, 0, 2, 77)))
            #expect(entries.isEmpty)
        }

        @Test func loopbackIsAnInterface() throws {
            let interfaces = try Interface.all()
            let loopback = try #require(interfaces.first { $0.isLoopback })
            #expect(loopback.name == "lo")
            #expect(loopback.index == 1)
            #expect(loopback.isRunning)
            #expect(loopback.mtu > 1_280)
            #expect(loopback.addresses.contains(Interface.Address(.v4(.loopback), prefixLength: 8)))
            #expect(interfaces.map(\.index) == interfaces.map(\.index).sorted())
        }
    }
#endif
