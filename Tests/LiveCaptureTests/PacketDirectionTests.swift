#if os(Linux)
    import HostNetwork
    import PacketWire
    import Testing

    @testable import LiveCapture

    @Suite struct PacketDirectionTests {
        @Test(
            arguments: [
                (LinkType.linuxSLL, [0, 4, 0, 1], PacketDirection.outbound), (.linuxSLL, [0, 0, 0, 1], .inbound),
                (.linuxSLL, [0], nil), (.linuxSLL, [], nil), (.linuxSLL, [4, 4], .inbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4], .outbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0], .inbound),
                (.linuxSLL2, [8, 0, 0, 0, 0, 0, 0, 2, 0, 1], nil), (.ethernet, [0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4], nil),
            ] as [(LinkType, [UInt8], PacketDirection?)])
        func cookedHeadersTell(_ linkType: LinkType, _ bytes: [UInt8], _ expected: PacketDirection?) {
            let direction = DirectionRule(linkType: linkType, ownAddress: nil).direction(of: bytes.span)
            #expect(direction == expected)
        }

        static let own: [UInt8] = [2, 0, 0, 0, 0, 1]
        static let other: [UInt8] = [2, 0, 0, 0, 0, 2]
        static let everybody = [UInt8](repeating: 0xFF, count: 6)

        @Test(
            arguments: [
                (other + own, PacketDirection.outbound), (own + other, .inbound), (own + own, .outbound),
                (everybody + own, .outbound),
                // Of others to others, or to a group: a bridge, a macvlan and a mirror port look alike.
                (everybody + other, nil), (other + other, nil), (Array((own + other).dropLast()), nil), ([], nil),
            ] as [([UInt8], PacketDirection?)])
        func linkAddressesTell(_ bytes: [UInt8], _ expected: PacketDirection?) {
            let rule = DirectionRule(linkType: .ethernet, ownAddress: MACAddress(rawValue: 0x02_00_00_00_00_01))
            let direction = rule.direction(of: bytes.span)
            #expect(direction == expected)
            let without = DirectionRule(linkType: .rawIP, ownAddress: nil).direction(of: bytes.span)
            #expect(without == nil)
        }

        @Test(
            arguments: [
                (other + other, true), (own + other, false), (everybody + other, false), (other + own, false),
                // 33:33:… is a group of IPv6.
                ([0x33, 0x33, 0, 0, 0, 1] + other, false), (Array((other + other).dropLast()), false), ([], false),
            ] as [([UInt8], Bool)])
        func framesForOthers(_ bytes: [UInt8], _ expected: Bool) {
            let rule = DirectionRule(linkType: .ethernet, ownAddress: MACAddress(rawValue: 0x02_00_00_00_00_01))
            let isForAnother = rule.isForAnother(bytes.span)
            #expect(isForAnother == expected)
            let unknown = DirectionRule(linkType: .ethernet, ownAddress: nil).isForAnother(bytes.span)
            #expect(!unknown)
        }

        /// All frames of loopback bear zeros as both addresses.
        @Test func loopbackHasNoDirection() {
            let rule = DirectionRule(linkType: .ethernet, ownAddress: MACAddress(rawValue: 0))
            let frame = [UInt8](repeating: 0, count: 14)
            let direction = rule.direction(of: frame.span)
            #expect(direction == nil)
        }

        /// On "any" the header of each packet names its interface and its direction.
        @Test(.enabled(if: CaptureHandleTests.isPermitted))
        func anyTellsByItsHeader() throws {
            let traffic = try CaptureHandleTests.Traffic()
            let capture = try CaptureHandle(interface: "any")
            #expect(capture.linkType == .linuxSLL2)
            try capture.setFilter(traffic.filter)
            #expect(traffic.near.send([1]) == nil)
            try CaptureHandleTests.wait([capture.descriptor])
            let rule = DirectionRule(linkType: capture.linkType, ownAddress: nil)
            var seen: [PacketDirection?] = []
            _ = try capture.dispatch { _, bytes in seen.append(rule.direction(of: bytes)) }
            // Sent on loopback is received there, and delivered once.
            #expect(seen == [.inbound])
        }

        @Test func devicesAreListedWithoutPrivilege() throws {
            let devices = try CaptureDevice.all()
            if CaptureHandleTests.isPermitted {
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
