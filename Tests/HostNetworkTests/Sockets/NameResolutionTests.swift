#if os(Linux)
    import HostNetwork
    import PacketWire
    import Testing

    /// Only names that this machine knows by itself: no test asks a resolver.
    @Suite struct NameResolutionTests {
        private func resolve(_ name: String, _ family: IPFamily?) throws -> NameResolution.Outcome? {
            let resolution = try NameResolution(name, family: family)
            try Loopback.waitFor(resolution.descriptor)
            return resolution.outcome
        }

        @Test(arguments: [nil, .v4] as [IPFamily?])
        func literalsNeedNobody(_ family: IPFamily?) throws {
            #expect(try resolve("192.0.2.7", family) == .addresses([.v4(IPv4Address(192, 0, 2, 7))]))
        }

        @Test func ipv6LiteralsToo() throws {
            let expected = try #require(IPAddress("2001:db8::7"))
            #expect(try resolve("2001:db8::7", .v6) == .addresses([expected]))
        }

        @Test func localhostIsThisMachine() throws {
            guard case .addresses(let addresses) = try resolve("localhost", .v4) else {
                Issue.record("localhost does not resolve")
                return
            }
            #expect(!addresses.isEmpty)
            #expect(addresses.map(\.isLoopback) == addresses.map { _ in true })
            #expect(Set(addresses).count == addresses.count)
        }

        @Test func aLiteralOfTheOtherFamilyIsNamedAsSuch() throws {
            guard case .failed(let code) = try resolve("192.0.2.7", .v6) else {
                Issue.record("an IPv4 literal has no IPv6 address")
                return
            }
            #expect(["EAI_ADDRFAMILY", "EAI_NONAME"].contains(code))
        }

        /// A label has 63 bytes at most (RFC 1035 section 2.3.4): there is no question to ask.
        @Test func anImpossibleNameFails() throws {
            guard case .failed(let code) = try resolve(String(repeating: "x", count: 300), .v4) else {
                Issue.record("that is no name")
                return
            }
            #expect(code.hasPrefix("EAI_"))
        }

        /// The threads that nobody waits for end by themselves.
        @Test func manyCanBeAbandoned() throws {
            for _ in 0..<100 { _ = try NameResolution("localhost", family: nil) }
            #expect(try resolve("192.0.2.7", nil) != nil)
        }
    }

    @Suite struct ResolverConfigurationTests {
        private func servers(_ text: String) -> [String] { ResolverConfiguration(text).servers.map(\.description) }

        @Test(arguments: [
            ("nameserver 192.0.2.1\n", ["192.0.2.1"]),
            ("nameserver\t2001:db8::53   # near\nnameserver 192.0.2.1", ["2001:db8::53", "192.0.2.1"]),
            (
                "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
                ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
            ),
            ("# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n", ["127.0.0.1"]),
            ("nameserver\nnameserver fe80::1%eth0\nnameserver dns.example\nnameserver 192.0.2.9\r\n", ["192.0.2.9"]),
            ("", ["127.0.0.1"]), ("\0\0\0", ["127.0.0.1"]), ("nameserver192.0.2.1", ["127.0.0.1"]),
        ])
        func serversAreRead(_ text: String, _ expected: [String]) {
            #expect(servers(text) == expected)
        }

        @Test(arguments: [
            ("search a.example b.example\n", ["a.example", "b.example"]),
            ("search a b c d e f g h\n", ["a", "b", "c", "d", "e", "f"]),
            ("search a.example\ndomain b.example\n", ["b.example"]), ("search\n", []), ("", []),
        ])
        func searchDomainsAreRead(_ text: String, _ expected: [String]) {
            #expect(ResolverConfiguration(text).searchDomains == expected)
        }

        @Test func ofThisMachineThereIsAtLeastOneServer() {
            #expect(!ResolverConfiguration.current().servers.isEmpty)
        }
    }
#endif
