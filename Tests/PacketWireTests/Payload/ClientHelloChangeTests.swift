import PacketWire
import StallpointTestKit
import Testing

/// Hellos with one thing changed: a real client's, from which the rest is kept byte for byte.
struct ClientHelloChangeTests {
    private static let flights = [
        ("1.3", OpenSSLFlights.clientTLS13), ("1.2", OpenSSLFlights.clientTLS12),
    ]

    private static func hello(_ bytes: [UInt8]) throws -> ClientHello {
        try #require(TLSStream(decoding: bytes.span).clientHello)
    }

    private static func read(_ hello: ClientHello) throws -> ClientHello {
        try self.hello(emitted { hello.encode(into: &$0) })
    }

    @Test("Unchanged, it is the same bytes", arguments: flights)
    func unchanged(_ name: String, _ bytes: [UInt8]) throws {
        let hello = try Self.hello(bytes)
        #expect(emitted { hello.encode(into: &$0) } == bytes)
    }

    @Test("An extension takes the place of the one of its kind, and leaves alone")
    func extensions() throws {
        var hello = try Self.hello(OpenSSLFlights.clientTLS13)
        let kinds = hello.extensions.map(\.kind)
        hello.set(.serverName("other.lab"))
        #expect(try Self.read(hello).serverName == "other.lab" && hello.extensions.map(\.kind) == kinds)
        hello.remove(.serverName, .applicationProtocols)
        #expect(hello.serverName == nil && hello.applicationProtocols.isEmpty)
        #expect(hello.extensions.map(\.kind) == kinds.filter { $0 != .serverName && $0 != .applicationProtocols })
        hello.set(.applicationProtocols(["h2"]))
        #expect(try Self.read(hello).extensions.last == .applicationProtocols(["h2"]))
    }

    @Test("For TLS 1.2 only, nothing of 1.3 is left")
    func older() throws {
        var hello = try Self.hello(OpenSSLFlights.clientTLS13)
        hello.offerTLS12Only()
        let older = try Self.read(hello)
        #expect(older.versions == [.tls12] && older.keyShares.isEmpty && older.sessionID.isEmpty)
        #expect(!older.cipherSuites.contains { $0.rawValue >> 8 == 0x13 } && older.cipherSuites.count > 5)
        #expect(older.serverName == "db.lab")
    }

    @Test("A small one keeps name, versions and protocols", arguments: flights)
    func small(_ name: String, _ bytes: [UInt8]) throws {
        let original = try Self.hello(bytes)
        var hello = original
        var generator = SeededGenerator(seed: 1)
        hello.makeSmall(using: &generator)
        let small = try Self.read(hello)
        #expect(hello.encoded().count < original.encoded().count && hello.encoded().count < 300)
        #expect(small.serverName == original.serverName && small.versions == original.versions)
        #expect(small.applicationProtocols == original.applicationProtocols)
        #expect(small.keyShares.map(\.key.count) == original.keyShares.map { _ in 32 })
        #expect((3...6).contains(small.cipherSuites.count), "\(small.cipherSuites)")
    }

    @Test("A long list of protocols is cut, and suites of no usual kind are kept")
    func smallOfStrange() throws {
        var generator = SeededGenerator(seed: 2)
        let names = (0..<40).map { NetworkText("proto\($0)") }
        var hello = ClientHello(
            random: [UInt8](repeating: 0, count: 32), cipherSuites: [TLSCipherSuite(rawValue: 0x002F)],
            extensions: [
                .applicationProtocols(names), TLSExtension(.init(rawValue: 0x7A7A), [UInt8](repeating: 0, count: 900)),
                TLSExtension(.init(rawValue: 0x1A1A), [0]),
            ])
        hello.makeSmall(using: &generator)
        #expect(hello.applicationProtocols == ["proto0"])
        #expect(hello.cipherSuites.map(\.rawValue) == [0x002F])
        #expect(hello.extensions.map(\.kind.rawValue) == [16, 0x1A1A])
        #expect(hello.keyShares.isEmpty && hello.supportedGroups.isEmpty, "it had none")
    }

    @Test("A post-quantum one is longer than a segment, and its key is one that a server takes", arguments: flights)
    func postQuantum(_ name: String, _ bytes: [UInt8]) throws {
        let original = try Self.hello(bytes)
        var generator = SeededGenerator(seed: 3)
        for least in [0, 1_700, 4_000] {
            var hello = original
            hello.makePostQuantum(atLeast: least, using: &generator)
            let large = try Self.read(hello)
            #expect(hello.encoded().count >= max(least, 1_400))
            #expect(large.supportedGroups.prefix(2) == [.x25519MLKEM768, .x25519])
            #expect(Set(large.supportedGroups) == Set(original.supportedGroups).union([.x25519MLKEM768, .x25519]))
            #expect(large.keyShares.map(\.group) == [.x25519MLKEM768, .x25519])
            #expect(large.serverName == original.serverName && large.cipherSuites == original.cipherSuites)
            let key = try #require(large.keyShares.first?.key)
            #expect(key.count == 1_216)
            // FIPS 203 section 7.2: two coefficients in three bytes, each below the modulus.
            for start in stride(from: 0, to: 1_152, by: 3) {
                let (low, middle, high) = (Int(key[start]), Int(key[start + 1]), Int(key[start + 2]))
                #expect(low | (middle & 15) << 8 < 3_329 && middle >> 4 | high << 4 < 3_329)
            }
        }
    }
}
