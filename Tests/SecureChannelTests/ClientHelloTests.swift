import PacketWire
import Testing

@testable import SecureChannel

/// The first flight, read with PacketWire's own decoder.
@Suite struct ClientHelloTests {
    static func flight(_ change: (inout TLSClientConfiguration) -> Void = { _ in }) throws -> [UInt8] {
        var configuration = TLSClientConfiguration.test(trust: try .empty())
        change(&configuration)
        let session = try TLSClientSession(configuration)
        let bytes = session.start()
        #expect(session.state == .handshaking)
        #expect(session.messages.map(\.type) == [.clientHello])
        #expect(session.start().isEmpty)
        #expect(session.peer == nil)
        return bytes
    }

    static func hello(_ bytes: [UInt8]) throws -> ClientHello {
        let stream = TLSStream(decoding: bytes.span)
        return try #require(stream.clientHello)
    }

    @Test func saysWhatWasAsked() throws {
        let hello = try Self.hello(
            try Self.flight {
                $0.applicationProtocols = ["h2", "http/1.1"]
                $0.groups = TLSClientConfiguration.classicalGroups
            })
        #expect(hello.serverName == "server.test")
        #expect(hello.applicationProtocols == ["h2", "http/1.1"])
        #expect(hello.versions == [.tls13, .tls12])
        #expect(hello.supportedGroups == [.x25519, .secp256r1, .secp384r1])
        #expect(hello.keyShares.first?.group == .x25519)
        #expect(hello.keyShares.count == 1)
    }

    @Test func firstGroupGetsTheKey() throws {
        let hello = try Self.hello(try Self.flight { $0.groups = [.secp384r1, .x25519] })
        #expect(hello.keyShares.first?.group == .secp384r1)
        #expect(hello.keyShares.first?.key.count == 97)
    }

    @Test func nothingIsSaidThatWasNotAsked() throws {
        let hello = try Self.hello(try Self.flight { $0.serverName = nil })
        #expect(hello.serverName == nil)
        #expect(hello.applicationProtocols.isEmpty)
    }

    @Test(arguments: ["192.0.2.1", "::1", "fe80::1%eth0"]) func addressIsNeverSentAsName(host: String) throws {
        #expect(try Self.hello(try Self.flight { $0.serverName = host }).serverName == nil)
    }

    @Test func dotOfTheRootIsNotSent() throws {
        #expect(try Self.hello(try Self.flight { $0.serverName = "server.test." }).serverName == "server.test")
    }

    @Test func smallAndLarge() throws {
        let small = try Self.flight { $0.groups = TLSClientConfiguration.classicalGroups }
        let large = try Self.flight {
            $0.groups = TLSClientConfiguration.classicalGroups
            $0.helloPadding = 1_200
        }
        // One fits a packet, and the other does not.
        #expect(small.count < 600)
        #expect(large.count == small.count + 1_200 + 4)
        #expect(large.count > 1_460)
        // They say the same but for one extension.
        let first = try Self.hello(small)
        let second = try Self.hello(large)
        let added = second.extensions.filter { $0.kind.rawValue == 0x7A7A }
        #expect(added.map(\.data.count) == [1_200])
        #expect(second.extensions.count == first.extensions.count + 1)
        #expect(second.serverName == first.serverName)
        #expect(second.supportedGroups == first.supportedGroups)
        #expect(second.cipherSuites == first.cipherSuites)
    }

    @Test func paddingHasBounds() throws {
        #expect(try Self.flight { $0.helloPadding = -5 }.count == Self.flight().count)
        let most = try Self.flight { $0.helloPadding = .max }
        #expect(most.count > 16_000 && most.count < 17_000)
    }

    @Test func serverMindsNoPadding() throws {
        let chain = Identity.Chain(VerificationTests.request)
        for version in VerificationTests.versions {
            let dialogue = try VerificationTests.run(chain, version: version) { $0.helloPadding = 1_500 }
            #expect(dialogue.client.state == .established)
        }
    }

    @Test func hybridGroupWhereTheLibraryHasOne() throws {
        if TLSLibrary.supports(.x25519MLKEM768) {
            let hello = try Self.hello(try Self.flight { $0.groups = [.x25519MLKEM768, .x25519] })
            #expect(hello.keyShares.first?.key.count == 1_216)
        } else {
            #expect(throws: TLSConfigurationError.badGroups("X25519MLKEM768:x25519")) {
                try Self.flight { $0.groups = [.x25519MLKEM768, .x25519] }
            }
        }
        #expect(TLSLibrary.supports(.x25519))
        #expect(!TLSLibrary.supports(TLSNamedGroup(rawValue: 0x9999)))
    }

    @Test func oldVersions() throws {
        let hello = try Self.hello(
            try Self.flight {
                $0.minimumVersion = .tls10
                $0.maximumVersion = .tls11
            })
        #expect(hello.versions == [.tls11])
        #expect(hello.keyShares.isEmpty)
    }

    @Test func whatCannotBeAskedIsAnError() {
        func error(_ change: (inout TLSClientConfiguration) -> Void) -> TLSConfigurationError? {
            do {
                _ = try Self.flight(change)
                return nil
            } catch {
                return error as? TLSConfigurationError
            }
        }
        #expect(error { $0.serverName = "" } == .badName(""))
        #expect(error { $0.serverName = "a b" } == .badName("a b"))
        #expect(error { $0.serverName = "good.test\0.evil.test" } == .badName("good.test\0.evil.test"))
        #expect(error { $0.verifiedName = "é.test" } == .badName("é.test"))
        let long = String(repeating: "a", count: 254)
        #expect(error { $0.serverName = long } == .badName(NetworkText(long)))
        #expect(error { $0.applicationProtocols = [""] } == .badApplicationProtocol(""))
        let name = NetworkText(String(repeating: "p", count: 256))
        #expect(error { $0.applicationProtocols = [name] } == .badApplicationProtocol(name))
        #expect(error { $0.applicationProtocols = Array(repeating: "abcdefgh", count: 9_000) } != nil)
        #expect(error { $0.ciphers = "NO-SUCH-CIPHER" } == .badCiphers("NO-SUCH-CIPHER"))
        #expect(error { $0.ciphers = "aNULL" } == .badCiphers("aNULL"))
        #expect(error { $0.minimumVersion = .ssl3 } == .badVersions(minimum: .ssl3, maximum: .tls13))
        let turned = TLSConfigurationError.badVersions(minimum: .tls13, maximum: .tls12)
        #expect(
            error {
                $0.minimumVersion = .tls13
                $0.maximumVersion = .tls12
            } == turned)
        #expect(turned.description == "no TLS version from TLS 1.3 to TLS 1.2 can be offered")
    }
}
