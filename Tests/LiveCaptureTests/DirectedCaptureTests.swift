#if os(Linux)
    import HostNetwork
    import PacketWire
    import Testing

    @testable import LiveCapture

    @Suite struct DirectedCaptureTests {
        private typealias Handles = CaptureHandleTests

        /// What is sent on loopback is received there too, and delivered once.
        @Test(.enabled(if: CaptureHandleTests.isPermitted))
        func loopbackHasNoDirection() throws {
            let traffic = try Handles.Traffic()
            let capture = try DirectedCapture(interface: "lo", isLoopback: true)
            #expect(capture.descriptors.count == 1)
            try capture.setFilter(traffic.filter)
            #expect(traffic.near.send([1]) == nil)
            try Handles.wait(capture.descriptors)
            var seen: [PacketDirection?] = []
            _ = try capture.dispatch { _, direction, _ in seen.append(direction) }
            #expect(seen == [nil])
        }

        /// Two handles, one for each direction: loopback counts as received, and so nothing is sent there.
        @Test(.enabled(if: CaptureHandleTests.isPermitted))
        func eachDirectionHasItsHandle() throws {
            let traffic = try Handles.Traffic()
            let capture = try DirectedCapture(interface: "lo", isLoopback: false)
            #expect(capture.descriptors.count == 2)
            try capture.setFilter(traffic.filter)
            for byte: UInt8 in 1...3 { #expect(traffic.near.send([byte]) == nil) }
            try Handles.wait(capture.descriptors)
            var seen: [UInt8] = []
            let counts = try (0..<3).map { _ in
                try capture.dispatch(limit: 2) { _, direction, bytes in
                    #expect(direction == .inbound)
                    seen.append(bytes[42])
                }
            }
            #expect(seen == [1, 2, 3])
            #expect(counts == [2, 1, 0])
            #expect(capture.statistics?.dropped == 0)
            capture.close()
            #expect(try capture.dispatch { _, _, _ in } == 0)
            #expect(capture.statistics == nil)
        }

        /// On "any" the header of each packet names its interface and its direction.
        @Test(.enabled(if: CaptureHandleTests.isPermitted))
        func anyTellsByItsHeader() throws {
            let traffic = try Handles.Traffic()
            let capture = try DirectedCapture(interface: "any", isLoopback: false)
            #expect(capture.linkType == .linuxSLL2)
            try capture.setFilter(traffic.filter)
            #expect(traffic.near.send([1]) == nil)
            try Handles.wait(capture.descriptors)
            var seen: [PacketDirection?] = []
            _ = try capture.dispatch { _, direction, _ in seen.append(direction) }
            #expect(seen == [.inbound])
        }

        @Test(
            arguments: [
                (LinkType.linuxSLL, [0, 4, 0, 1], PacketDirection.outbound), (.linuxSLL, [0, 0, 0, 1], .inbound),
                (.linuxSLL, [0], nil), (.linuxSLL, [], nil), (.linuxSLL, [4, 4], .inbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4], .outbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0], .inbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1], nil), (.ethernet, [0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4], nil),
            ] as [(LinkType, [UInt8], PacketDirection?)])
        func cookedHeadersTell(_ linkType: LinkType, _ bytes: [UInt8], _ expected: PacketDirection?) {
            let direction = PacketDirection(cooked: bytes.span, linkType: linkType)
            #expect(direction == expected)
        }

        @Test func devicesAreListedWithoutPrivilege() throws {
            let devices = try CaptureDevice.all()
            if Handles.isPermitted {
                let loopback = try #require(devices.first { $0.isLoopback })
                #expect(loopback.name == "lo")
                #expect(loopback.isUp)
                #expect(try loopback.linkTypes() == [.ethernet])
                let any = try #require(devices.first { $0.name == "any" })
                #expect(try Set(any.linkTypes()) == [.linuxSLL2, .linuxSLL])
            }
            #expect(Set(devices.map(\.name)).count == devices.count)
        }
    }
#endif
