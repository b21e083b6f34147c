#if os(Linux)
    import Glibc
    import PacketWire
    import StallpointTestKit
    import Testing

    @testable import HostNetwork

    @Suite struct PolicyRuleTests {
        private func rules(_ text: String, _ family: IPFamily) throws -> [PolicyRule] {
            try PolicyRule.rules(NetlinkSocket.whole(RecordedNetlink.messages(text)), family)
        }

        @Test func everyRuleInItsOrder() throws {
            let rules = try rules(RecordedRules.ipv4, .v4)
            #expect(rules.map(\.priority) == [0, 100, 200, 300, 400, 500, 32_766, 32_767])
            #expect(rules.map(\.action) == [1, 1, 1, 8, 1, 2, 1, 1])
            #expect(rules.map(\.table) == [255, 1_000, 254, 0, 0, 0, 254, 253])
            #expect(rules.map(\.isForVRF) == [false, false, false, false, true, false, false, false])
            #expect(rules.allSatisfy { $0.others.isEmpty })
        }

        @Test func whatARuleSelects() throws {
            let rules = try rules(RecordedRules.ipv4, .v4)
            var expected = PolicyRule()
            (expected.priority, expected.action, expected.table) = (100, 1, 1_000)
            expected.source = .init(IPAddress("10.1.0.0")!, length: 16)
            expected.destination = .init(IPAddress("192.0.2.0")!, length: 24)
            expected.users = 0...1_000
            expected.ipProtocol = 6
            expected.sourcePorts = .init(1_000...2_000)
            // Its mask has all bits.
            expected.destinationPorts = .init(5_432...5_432)
            #expect(rules[1] == expected)
            #expect(rules[2].isInverted)
            #expect(rules[2].mark == 0xCA6C && rules[2].markMask == 0xFFFF)
            #expect(rules[2].outputDevice == .init("lo", isThere: true))
            #expect(rules[2].suppressedPrefixLength == 0)
            #expect(rules[3].typeOfService == 0x10)
            #expect(rules[3].inputDevice == .init("eth9", isThere: false))
            #expect(rules[5].jump == 32_766)
            #expect(rules[1].suppressedPrefixLength == nil && rules[1].jump == nil)
        }

        @Test func rulesOfIPv6() throws {
            let rules = try rules(RecordedRules.ipv6, .v6)
            #expect(rules.map(\.priority) == [0, 100, 32_766])
            #expect(rules[1].action == 7)
            #expect(rules[1].source == .init(IPAddress("2001:db8::")!, length: 32))
            #expect(rules[1].destination == .init(IPAddress("2001:db8:5::10")!, length: 128))
            #expect(rules[1].ipProtocol == 17)
            #expect(rules[1].destinationPorts == .init(53...53))
            #expect(throws: SystemCallError.self) { try self.rules(RecordedRules.ipv6, .v4) }
        }

        @Test func whatIsNotKnownIsNamed() throws {
            func rule(_ attributes: [UInt8], flags: UInt8 = 0) throws -> PolicyRule {
                let body: [UInt8] = [UInt8(AF_INET), 0, 0, 0, 100, 0, 0, 1, 0, 0, flags, 0]
                return try #require(PolicyRule(NetlinkMessage(type: 32, body: body + attributes), .v4))
            }
            #expect(try rule(NetlinkMessage.attribute(77, [1])).others == ["attribute 77"])
            #expect(try rule(NetlinkMessage.attribute(25, [8])).others == ["dscp"])
            #expect(try rule(NetlinkMessage.attribute(13, [1, 0, 0, 0])).others == ["suppress_ifgroup"])
            #expect(try rule(NetlinkMessage.attribute(12, [UInt8](repeating: 0, count: 8))).others.isEmpty)
            #expect(try rule([], flags: 1).others == ["find_saddr"])
            #expect(try rule([]).table == 100)
        }

        @Test func aListingThatIsCutSaysNothing() throws {
            let messages = RecordedNetlink.messages(RecordedRules.ipv4)
            #expect(throws: SystemCallError.self) { try NetlinkSocket.whole(Array(messages.dropLast())) }
            #expect(throws: SystemCallError.self) { try NetlinkSocket.whole([]) }
            var changed = messages
            changed[2].isInterrupted = true
            #expect(throws: SystemCallError("read the routing table", errno: EINTR)) {
                try NetlinkSocket.whole(changed)
            }
            changed = messages
            changed[changed.count - 1].body = [0xFE, 0xFF, 0xFF, 0xFF]
            #expect(throws: SystemCallError("read the routing table", errno: ENOENT)) {
                try NetlinkSocket.whole(changed)
            }
            let many = [NetlinkMessage](repeating: messages[0], count: PolicyRule.most + 1)
            #expect(throws: SystemCallError.self) { try PolicyRule.rules(many, .v4) }
        }

        @Test(
            "Whatever a kernel sends, nothing traps and nothing contradicts itself",
            arguments: [(RecordedRules.ipv4, IPFamily.v4), (RecordedRules.ipv6, .v6)])
        func mutated(_ text: String, _ family: IPFamily) throws {
            let whole = RecordedNetlink.bytes(text)
            var random = SeededGenerator(seed: 0x4D1)
            func read(_ bytes: [UInt8]) {
                let messages = NetlinkMessage.split(bytes)
                _ = try? PolicyRule.rules(messages, family)
                for message in messages {
                    _ = Route.covers(message, .v4(.loopback), type: message.body.first ?? 0, table: 254)
                    guard let rule = PolicyRule(message, family) else { continue }
                    for prefix in [rule.source, rule.destination].compactMap(\.self) {
                        #expect(prefix.address.family == family && prefix.length <= (family == .v4 ? 32 : 128))
                    }
                }
            }
            for length in 0...whole.count { read(Array(whole[..<length])) }
            for _ in 0..<20_000 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                read(bytes)
            }
        }

        @Test func aDeadEndCoversItsPrefix() {
            func covers(_ length: UInt8, _ prefix: [UInt8], _ target: String, source: UInt8 = 0) -> Bool? {
                let body: [UInt8] = [UInt8(AF_INET), length, source, 0, 100, 0, 0, 8, 0, 0, 0, 0]
                return Route.covers(
                    NetlinkMessage(type: 24, body: body + NetlinkMessage.attribute(1, prefix)), IPAddress(target)!,
                    type: 8, table: 100)
            }
            #expect(covers(20, [10, 1, 0x50, 0], "10.1.95.255") == true)
            #expect(covers(20, [10, 1, 0x50, 0], "10.1.96.0") == false)
            #expect(covers(32, [10, 1, 0, 1], "10.1.0.1") == true)
            #expect(covers(0, [], "10.1.0.1") == true)
            #expect(covers(33, [10, 1, 0, 1], "10.1.0.1") == nil)
            #expect(covers(16, [10, 1], "10.1.0.1") == nil)
            #expect(covers(16, [10, 1, 0, 0], "10.1.0.1", source: 8) == nil)
            #expect(covers(16, [10, 1, 0, 0], "fd00::1") == nil)
        }

        @Test(arguments: IPFamily.allCases)
        func theKernelListsItsRules(_ family: IPFamily) throws {
            guard Loopback.has(family) else { return }
            let rules = try PolicyRule.all(family)
            #expect(rules.contains { $0.action == 1 && $0.table == 255 })
            #expect(rules.map(\.priority) == rules.map(\.priority).sorted())
            let flow = RouteFlow(.tcp, sourcePort: 40_000, destinationPort: 5_432)
            guard case .route(let route) = try Route.lookup(to: Loopback.address(family), flow: flow) else {
                Issue.record("no route to the loopback address")
                return
            }
            #expect(route.type == 2)
            let length = try Route.prefixLength(to: Loopback.address(family), flow: flow)
            #expect(length == (family == .v4 ? 32 : 128) || length == 8)
            let ends = try Route.deadEnds(in: 255, for: Loopback.address(family))
            #expect(ends.isEmpty)
            #expect(try Route.deadEnds(in: 3_999_999_999, for: Loopback.address(family)).isEmpty)
        }
    }
#endif
