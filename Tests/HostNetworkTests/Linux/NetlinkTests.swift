#if os(Linux)
    import Glibc
    import PacketWire
    import Testing

    @testable import HostNetwork

    @Suite struct NetlinkTests {
        private func route(_ text: String) throws -> Route {
            let message = try #require(RecordedNetlink.messages(text).first)
            guard case .route(let route) = Route.answer(message) else {
                Issue.record("no route in it")
                throw CancellationError()
            }
            return route
        }

        @Test func recordingsAreWhole() {
            for text in RecordedNetlink.all {
                let bytes = RecordedNetlink.bytes(text)
                // Headers are 16 bytes, every message of these is a multiple of four long.
                let length = NetlinkMessage.split(bytes).reduce(0) { $0 + 16 + $1.body.count }
                #expect(length == bytes.count)
            }
        }

        @Test func routeThroughAGateway() throws {
            let route = try route(RecordedNetlink.gatewayRoute)
            #expect(route.type == 1)
            #expect(route.source == IPAddress("10.0.0.2"))
            #expect(route.gateway == IPAddress("10.0.0.1"))
            #expect(route.interfaceIndex == 2)
            #expect(route.table == 254)
            #expect(route.mtu == 1_400)
            #expect(route.hopLimit == 50)
        }

        @Test func routeOnTheLinkHasNoGateway() throws {
            let route = try route(RecordedNetlink.onLinkRoute)
            #expect(route.type == 1)
            #expect(route.gateway == nil)
            #expect(route.source == IPAddress("10.0.0.2"))
            #expect(route.mtu == nil)
        }

        @Test func ownAddressIsLocal() throws {
            let route = try route(RecordedNetlink.localRoute)
            #expect(route.type == 2)
            #expect(route.source == .v4(.loopback))
            #expect(route.interfaceIndex == 1)
        }

        /// RFC 8950.
        @Test func ipv4BehindAnIPv6Gateway() throws {
            let route = try route(RecordedNetlink.viaRoute)
            #expect(route.gateway == IPAddress("fd00::1"))
            #expect(route.source == IPAddress("10.0.0.2"))
        }

        @Test func ipv6Route() throws {
            let route = try route(RecordedNetlink.ipv6Route)
            #expect(route.type == 1)
            #expect(route.source == IPAddress("fd00::2"))
            #expect(route.gateway == IPAddress("fd00::1"))
        }

        @Test(arguments: [
            (RecordedNetlink.blackhole, EINVAL), (RecordedNetlink.ipv6Prohibit, EACCES),
        ])
        func refusalIsAResult(_ text: String, _ number: Int32) throws {
            let message = try #require(RecordedNetlink.messages(text).first)
            #expect(Route.answer(message) == .refused(errno: number))
        }

        @Test func neighborEntries() {
            let messages = RecordedNetlink.messages(RecordedNetlink.neighbors)
            #expect(messages.map(\.type) == [28, 28, 3])
            let entries = messages.compactMap(Neighbor.entry)
            #expect(entries.map(\.address) == ["ff02::16", "ff02::1:ff70:e4e0"].map { IPAddress($0) })
            #expect(entries.map(\.state) == [64, 64])
            #expect(entries.first?.linkAddress?.description == "33:33:00:00:00:16")
        }

        @Test func addressesWithTheirFlags() {
            let entries = RecordedNetlink.messages(RecordedNetlink.addresses).compactMap(Interface.address)
            #expect(entries.map(\.index) == [1, 2, 1, 2, 2])
            #expect(
                entries.map { "\($0.address.address)/\($0.address.prefixLength)" } == [
                    "127.0.0.1/8", "10.0.0.2/24", "::1/128", "fd00::2/64", "fe80::7095:c3ff:fe70:e4e0/64",
                ])
            #expect(entries.map(\.address.isTentative) == [false, false, false, false, true])
            #expect(!entries.contains { $0.address.isDuplicate || $0.address.isDeprecated || $0.address.isTemporary })
        }

        /// This end of a tunnel is IFA_LOCAL; IFA_ADDRESS is the far one.
        @Test func pointToPointAddressIsThisEnd() throws {
            var body: [UInt8] = [UInt8(AF_INET), 32, 0, 0]
            body.appendNative(UInt32(7))
            body += NetlinkMessage.attribute(1, [10, 8, 0, 1]) + NetlinkMessage.attribute(2, [10, 8, 0, 2])
            body += NetlinkMessage.attribute(8, [0x29, 0, 0, 0])
            let entry = try #require(Interface.address(NetlinkMessage(type: 20, body: body)))
            #expect(entry.address.address == IPAddress("10.8.0.2"))
            // DADFAILED, DEPRECATED, and "secondary", which is no temporary address on IPv4.
            #expect(entry.address.isDuplicate)
            #expect(entry.address.isDeprecated)
            #expect(!entry.address.isTemporary)
        }

        @Test func linksAreJoinedWithTheirAddresses() throws {
            var body: [UInt8] = [0, 0, 1, 0]
            for number: UInt32 in [7, 0x1_0043, 0] { body.appendNative(number) }
            body +=
                NetlinkMessage.attribute(1, [2, 0, 0, 0, 0, 9]) + NetlinkMessage.attribute(3, Array("tun0\0x".utf8))
            body += NetlinkMessage.attribute(4, [0xDC, 5, 0, 0])
            let link = NetlinkMessage(type: 16, body: body)
            var address: [UInt8] = [UInt8(AF_INET6), 64, 1, 0]
            address.appendNative(UInt32(7))
            address += NetlinkMessage.attribute(1, [0xFD] + [UInt8](repeating: 0, count: 14) + [3])
            var strange = address
            strange[4] = 8
            let found = Interface.interfaces(
                links: [link], addresses: [strange, address].map { NetlinkMessage(type: 20, body: $0) })
            let interface = try #require(found.first)
            #expect(found.count == 1)
            #expect(interface.name == "tun0")
            #expect(interface.mtu == 1_500)
            #expect(interface.linkAddress?.description == "02:00:00:00:00:09")
            #expect(interface.isRunning)
            #expect(!interface.isLoopback)
            #expect(interface.addresses.map(\.address) == [IPAddress("fd00::3")])
            #expect(interface.addresses.map(\.isTemporary) == [true])
        }

        /// Whatever a kernel sends, nothing traps and nothing is read beyond the end.
        @Test func cutAndLyingAnswersAreRead() {
            func read(_ bytes: [UInt8]) -> Int {
                let messages = NetlinkMessage.split(bytes)
                for message in messages {
                    _ = Route.answer(message)
                    _ = Neighbor.entry(message)
                    _ = Interface.link(message)
                    _ = Interface.address(message)
                }
                return messages.count
            }
            for text in RecordedNetlink.all {
                let whole = RecordedNetlink.bytes(text)
                let count = read(whole)
                for length in 0..<whole.count { #expect(read(Array(whole[..<length])) < count) }
                for index in whole.indices {
                    for value: UInt8 in [0, 1, 3, 4, 5, 15, 16, 17, 0x7F, 0x80, 0xFF] {
                        var changed = whole
                        changed[index] = value
                        #expect(read(changed) <= whole.count / 16)
                    }
                }
            }
        }

        @Test(arguments: [0, 1, 15, 17, 0xFFFF_FFFF, 0x8000_0000] as [UInt32])
        func lengthThatLiesEndsTheList(_ length: UInt32) {
            var bytes: [UInt8] = []
            bytes.appendNative(length)
            bytes += [UInt8](repeating: 0, count: 12)
            #expect(NetlinkMessage.split(bytes).isEmpty)
        }

        @Test(arguments: [0, 3, 5, 0xFFFF] as [UInt16])
        func attributeThatLiesEndsTheList(_ length: UInt16) {
            var body = NetlinkMessage.attribute(1, [1, 2, 3, 4])
            body.appendNative(length)
            body.appendNative(UInt16(2))
            #expect(NetlinkMessage.attributes(body, from: 0) == [1: [1, 2, 3, 4]])
            #expect(NetlinkMessage.attributes(body, from: 4_000).isEmpty)
        }

        @Test func acknowledgementIsNoRefusal() {
            var body: [UInt8] = []
            body.appendNative(UInt32(0))
            #expect(Route.answer(NetlinkMessage(type: 2, body: body)) == nil)
            #expect(Route.answer(NetlinkMessage(type: 2, body: [0xEA])) == nil)
        }
    }
#endif
