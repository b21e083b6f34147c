import PacketWire
import StallpointTestKit
import Testing

/// The stream of an array: a span of a temporary cannot go through the test macros.
private func tls(_ bytes: [UInt8]) -> TLSStream {
    TLSStream(decoding: bytes.span)
}

@Suite struct TLSStreamTests {
    @Test func clientHelloOfTLS13() throws {
        let stream = tls(OpenSSLFlights.clientTLS13)
        #expect(stream.end == .complete)
        #expect(stream.consumed == OpenSSLFlights.clientTLS13.count)
        let hello = try #require(stream.clientHello)
        #expect(hello.serverName == "db.lab")
        #expect(hello.applicationProtocols == ["h2", "http/1.1"])
        #expect(hello.legacyVersion == .tls12)
        #expect(hello.versions == [.tls13, .tls12])
        #expect(hello.supportedGroups.prefix(3) == [.x25519, .secp256r1, .x448])
        #expect(hello.keyShares.map(\.group) == [.x25519])
        #expect(hello.keyShares.map(\.key.count) == [32])
        #expect(hello.cipherSuites.first == .aes256GCMSHA384)
        #expect(hello.cipherSuites.last == .emptyRenegotiationInfo)
        #expect(hello.sessionID.count == 32 && hello.random.count == 32)
        #expect(hello.extensions.last == .padding(213))
        #expect(!hello.hasEncryptedClientHello)
    }

    @Test func serverHelloOfTLS13() throws {
        let stream = tls(OpenSSLFlights.serverTLS13)
        let hello = try #require(stream.serverHello)
        #expect(stream.messages.count == 2 && stream.messages.last == .changeCipherSpec)
        #expect(hello.version == .tls13)
        #expect(hello.legacyVersion == .tls12)
        #expect(hello.cipherSuite == .aes256GCMSHA384)
        #expect(hello.selectedGroup == .x25519)
        #expect(hello.applicationProtocol == nil, "encrypted")
        #expect(!hello.isHelloRetryRequest)
    }

    @Test func flightsOfTLS12() throws {
        let client = try #require(tls(OpenSSLFlights.clientTLS12).clientHello)
        #expect(client.serverName == "db.lab")
        #expect(client.versions == [.tls12])
        #expect(client.keyShares.isEmpty)
        let stream = tls(OpenSSLFlights.serverTLS12)
        #expect(stream.end == .complete)
        let hello = try #require(stream.serverHello)
        #expect(hello.version == .tls12)
        #expect(hello.cipherSuite.description == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
        #expect(hello.applicationProtocol == "h2")
        #expect(hello.selectedGroup == nil)
        let types: [TLSHandshakeType] = stream.messages.compactMap { message in
            if case .handshake(let type, _) = message { type } else { nil }
        }
        #expect(types == [.certificate, .serverKeyExchange, .serverHelloDone])
    }

    /// A message comes out the same however it is spread over records.
    @Test(arguments: [1, 2, 3, 7, 100, 16_384])
    func fragmentedOverRecords(limit: Int) throws {
        let hello = try #require(tls(OpenSSLFlights.clientTLS13).clientHello)
        let bytes = emitted { hello.encode(recordLimit: limit, into: &$0) }
        let stream = tls(bytes)
        #expect(stream.messages == [.clientHello(hello)])
        #expect(stream.end == .complete)
    }

    @Test func encodesWhatItDecoded() throws {
        let client = try #require(tls(OpenSSLFlights.clientTLS13).clientHello)
        #expect(emitted { client.encode(into: &$0) } == OpenSSLFlights.clientTLS13)
        let old = try #require(tls(OpenSSLFlights.clientTLS12).clientHello)
        #expect(emitted { old.encode(into: &$0) } == OpenSSLFlights.clientTLS12)
        let server = try #require(tls(OpenSSLFlights.serverTLS13).serverHello)
        let bytes = emitted { server.encode(into: &$0) }
        #expect(bytes == Array(OpenSSLFlights.serverTLS13.prefix(bytes.count)))
    }

    /// Every cut says that more is needed, and never more than there was.
    @Test(arguments: [OpenSSLFlights.clientTLS13, OpenSSLFlights.serverTLS12])
    func everyPrefixIsIncomplete(flight: [UInt8]) {
        let whole = tls(flight)
        var ends = 0
        for count in 0..<flight.count {
            let stream = tls(Array(flight.prefix(count)))
            switch stream.end {
            case .complete: ends += 1
            case .incomplete(let missing): #expect(missing > 0 && count + missing <= flight.count, "cut at \(count)")
            case .failed(let error): Issue.record("cut at \(count): \(error)")
            }
            #expect(whole.messages.starts(with: stream.messages), "cut at \(count)")
            #expect(stream.consumed <= count)
        }
        #expect(ends == whole.messages.count, "each record but the last, and nothing at all")
    }

    @Test func halfAMessageInAWholeRecordIsIncomplete() {
        let bytes = emitted {
            TLSStreamTests.hello.encode(recordLimit: 50, into: &$0)
        }
        let stream = tls(Array(bytes.prefix(55)))
        #expect(stream.messages.isEmpty)
        #expect(stream.consumed == 55)
        #expect(stream.end == .incomplete(missing: TLSStreamTests.hello.encoded().count - 50))
    }

    static let hello = ClientHello(
        random: [UInt8](repeating: 7, count: 32), sessionID: [1, 2], cipherSuites: [.aes128GCMSHA256],
        extensions: [
            .serverName("a.lab"), .applicationProtocols(["h2"]), .supportedVersions([.tls13]),
            .supportedGroups([.x25519MLKEM768, .x25519]), .signatureAlgorithms,
            .keyShares([
                TLSKeyShare(.x25519MLKEM768, [UInt8](repeating: 1, count: 1216)), TLSKeyShare(.x25519, [2]),
            ]), .padding(3),
        ])

    @Test func builtHelloComesBack() throws {
        let bytes = emitted { Self.hello.encode(into: &$0) }
        let hello = try #require(tls(bytes).clientHello)
        #expect(hello == Self.hello)
        #expect(hello.serverName == "a.lab")
        #expect(hello.applicationProtocols == ["h2"])
        #expect(hello.versions == [.tls13])
        #expect(hello.supportedGroups == [.x25519MLKEM768, .x25519])
        #expect(hello.keyShares.map(\.key.count) == [1216, 1])
    }

    @Test func alerts() {
        let bytes = emitted {
            TLSAlert(.fatal, .protocolVersion).encode(into: &$0)
            TLSAlert(.warning, .unrecognizedName).encode(version: .tls10, into: &$0)
        }
        #expect(bytes.prefix(7) == [21, 3, 3, 0, 2, 2, 70])
        let stream = tls(bytes)
        #expect(stream.alerts == [TLSAlert(.fatal, .protocolVersion), TLSAlert(.warning, .unrecognizedName)])
        #expect(stream.alerts.map(\.description) == ["fatal protocol_version", "warning unrecognized_name"])
        #expect(TLSAlert(.init(rawValue: 9), .init(rawValue: 200)).description == "level 9 200")
    }

    /// RFC 8446 appendix D.4: the hello that a server asked for once more follows a ChangeCipherSpec in the clear.
    @Test func aSecondHelloBehindAChangeOfNothingIsRead() {
        let hello = ClientHello(
            random: [UInt8](repeating: 7, count: 32), cipherSuites: [], extensions: [.serverName("example.com")])
        let bytes = hex("14 0303 0001 01") + emitted { hello.encode(into: &$0) }
        #expect(tls(bytes).clientHello?.serverName == "example.com")
    }

    /// Behind ChangeCipherSpec the same types of record mean nothing that can be read.
    @Test func encryptedRecordsAreNotMistaken() {
        let bytes = hex(
            "14 0303 0001 01  16 0303 0004 01000000  15 0303 001A 0228 \(String(repeating: "5a", count: 24))  17 0303 0003 aabbcc"
        )
        #expect(
            tls(bytes).messages == [
                .changeCipherSpec, .encrypted(.handshake, length: 4), .encrypted(.alert, length: 26),
                .applicationData(length: 3),
            ])
        // An alert of another length is encrypted, whatever came before.
        #expect(
            tls(hex("15 0303 0003 010203")).messages == [.encrypted(.alert, length: 3)])
    }

    /// Who gives up before there are keys may have said ChangeCipherSpec already (RFC 8446 appendix D.4); two bytes alone
    /// are enciphered by nobody.
    @Test func anAlertInTheClearBehindChangeCipherSpecIsRead() throws {
        let alert = tls(hex("14 0303 0001 01  15 0303 0002 0228")).messages.last
        #expect(alert == .alert(TLSAlert(.fatal, .handshakeFailure)))
    }

    static let notTLS: [(String, TLSStream.End)] = [
        ("485454502f312e31", .failed(DecodeError(.tls, at: 0, .unknownProtocol(0x48)))),
        ("5353482d", .failed(DecodeError(.tls, at: 0, .unknownProtocol(0x53)))),
        ("16", .incomplete(missing: 4)),
        ("1602", .failed(DecodeError(.tls, at: 1, .badVersion(2)))),
        ("16 0301 ffff", .failed(DecodeError(.tls, at: 3, .tooLong(found: 0xFFFF, limit: 18_432)))),
        ("16 0301 0004 01ffffff", .failed(DecodeError(.tls, at: 5, .tooLong(found: 0xFFFFFF, limit: 131_072)))),
        ("16 0301 0006 01000002 0303", .failed(DecodeError(.tls, at: 5, .badLength(found: 2, minimum: 2)))),
    ]

    @Test(arguments: notTLS)
    func whatIsNotTLS(text: String, end: TLSStream.End) {
        let stream = tls(hex(text))
        #expect(stream.messages.isEmpty)
        #expect(stream.end == end)
    }

    @Test func plaintextBehindTLSKeepsTheMessages() {
        let bytes = OpenSSLFlights.serverTLS13 + Array("HTTP/1.1 400".utf8)
        let stream = tls(bytes)
        #expect(stream.serverHello != nil)
        #expect(stream.end == .failed(DecodeError(.tls, at: OpenSSLFlights.serverTLS13.count, .unknownProtocol(0x48))))
    }

    @Test func helloRetry() {
        let random = hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
        #expect(ServerHello(random: random, cipherSuite: .aes128GCMSHA256).isHelloRetryRequest)
    }

    @Test(arguments: [OpenSSLFlights.clientTLS12, OpenSSLFlights.serverTLS13])
    func flippedBytesNeverTrap(flight: [UInt8]) {
        let whole = tls(flight)
        var changed = 0
        for index in flight.indices {
            for flip in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
                var damaged = flight
                damaged[index] ^= flip
                let stream = tls(damaged)
                if stream != whole { changed += 1 }
                exercise(stream)
            }
        }
        #expect(changed > flight.count * 3, "nearly every byte of these flights means something")
    }

    @Test func randomExtensionsNeverTrap() {
        var generator = SeededGenerator(seed: 41)
        let kinds: [TLSExtension.Kind] = [
            .serverName, .applicationProtocols, .supportedVersions, .supportedGroups, .keyShare,
        ]
        var readable = 0
        for _ in 0..<2000 {
            let extensions = kinds.map { kind in
                TLSExtension(kind, generator.bytes(.random(in: 0...12, using: &generator)).map { $0 & 0x0F })
            }
            let hello = ClientHello(random: [], cipherSuites: [], extensions: extensions)
            let stream = tls(emitted { hello.encode(into: &$0) })
            #expect(stream.clientHello?.extensions == extensions)
            exercise(stream)
            if stream.clientHello?.serverName != nil { readable += 1 }
        }
        #expect(readable < 2000)
    }

    /// Many records of nothing end.
    @Test func emptyRecordsAreBounded() {
        var bytes: [UInt8] = []
        for _ in 0..<1000 { bytes += [20, 3, 3, 0, 0] }
        #expect(tls(bytes).messages.count == 64)
    }

    @discardableResult
    private func exercise(_ stream: TLSStream) -> Int {
        var total = stream.alerts.count
        if let hello = stream.clientHello {
            total += (hello.serverName?.description.utf8.count ?? 0) + hello.applicationProtocols.count
            total += hello.versions.description.utf8.count + hello.supportedGroups.description.utf8.count
            total += hello.keyShares.count + hello.cipherSuites.description.utf8.count
        }
        if let hello = stream.serverHello {
            total += hello.version.description.utf8.count + (hello.selectedGroup?.description.utf8.count ?? 0)
            total += hello.applicationProtocol?.description.utf8.count ?? 0
        }
        return total
    }
}
