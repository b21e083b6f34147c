#if os(Linux)
    import Glibc
    import PacketWire
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    /// The program in the running kernel, on this machine's own loopback.
    @Suite struct DropMonitorTests {
        static let isPermitted: Bool = {
            if Privileges.current().canLoadBPF { return true }
            print("skipped: watching the kernel's drops needs CAP_BPF and CAP_PERFMON")
            return false
        }()

        /// Sends one datagram to a port where nobody listens; returns the flow.
        private func sendForNobody(_ family: IPFamily) throws -> (from: Endpoint, to: Endpoint) {
            let socket = try ProbeSocket(.udp, family, options: .init())
            let remote = Endpoint(Loopback.address(family), try FarEnd.closedPort(.udp, family))
            _ = socket.connect(to: remote)
            #expect(socket.send([1, 2, 3]) == nil)
            return (try #require(socket.localEndpoint), remote)
        }

        private func drops(_ monitor: DropMonitor) -> [DroppedPacket] {
            var drops: [DroppedPacket] = []
            monitor.read { drops.append($0) }
            return drops
        }

        @Test(.enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"), arguments: [IPFamily.v4, .v6])
        func aDatagramForNobodyIsSeen(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let monitor = try DropMonitor(addresses: [Loopback.address(family)])
            let before = Clock.monotonicNanoseconds()
            let (from, to) = try sendForNobody(family)
            let after = Clock.monotonicNanoseconds()
            try Loopback.waitFor(monitor.descriptor)
            let drop = try #require(drops(monitor).first { $0.packet.flow?.source == from })
            #expect(drop.reason == "NO_SOCKET")
            #expect(drop.packet.flow?.destination == to)
            #expect(drop.interfaceIndex == DescriptorLimit.interfaceIndex("lo"))
            #expect((before...after).contains(drop.monotonicNanoseconds))
            #expect(drop.bytes.suffix(3) == [1, 2, 3])
            #expect(!monitor.hasLostSome)
            if KernelSymbols() != nil, Privileges.current().isRoot {
                let name = monitor.functions(at: [drop.place])[drop.place]
                #expect(name?.hasPrefix("__udp") ?? true)
            }
        }

        @Test("Nobody else's packets leave the kernel", .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func othersAreNotSeen() throws {
            let elsewhere = try DropMonitor(addresses: [IPAddress("192.0.2.1")!, IPAddress("2001:db8::1")!])
            let nobody = try DropMonitor(addresses: [])
            let here = try DropMonitor(addresses: [.v4(.loopback)])
            _ = try sendForNobody(.v4)
            try Loopback.waitFor(here.descriptor)
            #expect(!drops(here).isEmpty)
            #expect(drops(elsewhere).isEmpty)
            #expect(drops(nobody).isEmpty)
        }

        @Test("A ring that ran over says so", .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func lossIsKnown() throws {
            let monitor = try DropMonitor(addresses: [.v4(.loopback)])
            let socket = try ProbeSocket(.udp, .v4, options: .init())
            _ = socket.connect(to: Endpoint(.v4(.loopback), try FarEnd.closedPort(.udp, .v4)))
            // Every other send only takes the refusal of the one before.
            for _ in 0..<12_000 {
                _ = socket.send([0])
                _ = socket.errorQueue()
            }
            #expect(!drops(monitor).isEmpty)
            #expect(monitor.hasLostSome)
        }

        @Test("Who may not is told so, with the permission as the reason")
        func refusal() async {
            guard Self.isPermitted else {
                #expect(throws: DropMonitorUnavailable.self) { try DropMonitor(addresses: [.v4(.loopback)]) }
                return
            }
            await #expect(processExitsWith: .success) {
                unsetenv("SUDO_UID")
                _ = try Privileges.drop()
                do throws(DropMonitorUnavailable) {
                    _ = try DropMonitor(addresses: [.v4(.loopback)])
                    exit(2)
                } catch {
                    exit(error.isPermission ? 0 : 3)
                }
            }
        }

        @Test("Nothing stays in the kernel", .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func nothingIsLeft() throws {
            let descriptors = try {
                let monitor = try DropMonitor(addresses: [.v4(.loopback)])
                return monitor.descriptor
            }()
            #expect(fcntl(descriptors, F_GETFD) == -1)
        }
    }
#endif
