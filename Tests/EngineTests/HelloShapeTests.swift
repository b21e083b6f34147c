import Diagnosis
import PacketWire
import SecureChannel
import Testing

@testable import Engine

/// Hellos that differ in one thing each, and the pieces that they leave in.
struct HelloShapeTests {
    private static func shape(name: String? = nil, padding: Int = 0) throws -> HelloShape {
        var options = TLSOptions(trust: try TLSTrustStore.empty())
        options.serverName = name
        options.helloPadding = padding
        return HelloShape(ApplicationRequest(usesTLS: true, path: "/"), host: "web.lab", options)
    }

    private static func bytes(_ shape: HelloShape) throws -> [UInt8] {
        shape.hello(from: try TLSClientSession(shape.configuration).start())
    }

    private static func hello(_ variant: HelloVariant, padding: Int = 0) throws -> (hello: ClientHello, length: Int) {
        let bytes = try bytes(shape(padding: padding).changed(by: variant))
        return (try #require(TLSStream(decoding: bytes.span).clientHello), bytes.count)
    }

    @Test(
        "Each differs in what it says it does, and in nothing else of name, version and ALPN",
        arguments: HelloVariant.allCases)
    func variants(_ variant: HelloVariant) throws {
        let (plain, length) = try Self.hello(.unchanged)
        let (hello, own) = try Self.hello(variant)
        switch variant {
        case .otherName:
            #expect(hello.serverName != plain.serverName && hello.serverName?.description.hasSuffix(".example") == true)
        case .withoutName: #expect(hello.serverName == nil)
        default: #expect(hello.serverName == "web.lab")
        }
        switch variant {
        case .withoutALPN: #expect(hello.applicationProtocols.isEmpty)
        case .withALPN: #expect(hello.applicationProtocols.count == 2)
        default: #expect(hello.applicationProtocols == plain.applicationProtocols)
        }
        #expect(hello.versions.contains(.tls13) == (variant != .olderVersion))
        if variant == .small || variant == .smallInTwo { #expect(own < length) }
        if variant == .large {
            #expect(own > 1_460 && hello.keyShares.map(\.group) == [.x25519MLKEM768, .x25519])
        } else if variant != .small && variant != .smallInTwo {
            #expect(hello.cipherSuites == plain.cipherSuites || variant == .olderVersion)
            #expect(hello.supportedGroups == plain.supportedGroups)
        }
        // A trial asks whether the hello gets through, whatever certificate comes.
        #expect(try !Self.shape().changed(by: variant).configuration.enforcesVerification)
    }

    @Test("Only what needs whole handshakes is left to the library")
    func making() throws {
        let whole = try HelloVariant.allCases.filter { try !Self.shape().changed(by: $0).isOnlyHello }
        #expect(whole == [.otherName, .unverified, .unchanged])
        #expect(try !Self.shape().isOnlyHello)
    }

    @Test("What is no hello is sent as it is")
    func noHello() throws {
        let shape = try Self.shape().changed(by: .small)
        for bytes in [[], [22, 3, 1, 0, 1, 1], Array("GET / HTTP/1.0".utf8)] as [[UInt8]] {
            #expect(shape.hello(from: bytes) == bytes)
        }
    }

    @Test("What was asked to be long is short in the small one, and as long in segments of any size")
    func padding() throws {
        #expect(try Self.hello(.unchanged, padding: 1_400).length > 1_460)
        #expect(try Self.hello(.small, padding: 1_400).length < 400)
        let shape = try Self.shape(padding: 1_400).changed(by: .inSmallSegments)
        let bytes = try Self.bytes(shape)
        let pieces = shape.pieces(of: bytes)
        #expect(pieces.flatMap { $0 } == bytes && pieces.count > 3 && pieces.allSatisfy { $0.count <= 400 })
    }

    @Test("A hello is cut in its name, so that no segment holds it whole", arguments: ["web.lab", nil, ""])
    func cut(_ name: String?) throws {
        let shape = try Self.shape(name: name).changed(by: .inTwo)
        let bytes = try Self.bytes(shape)
        let pieces = shape.pieces(of: bytes)
        #expect(pieces.count == 2 && pieces.flatMap { $0 } == bytes)
        let text = Array("web.lab".utf8)
        for piece in pieces {
            #expect(!piece.indices.contains { piece[$0...].starts(with: text) })
        }
    }

    @Test(
        "The other name is as long as the one that it stands for, where a name can be",
        arguments: [("web.lab", 9), ("a.very.long.name.of.a.host.example.com", 38), ("x", 9), (nil, 19)]
            as [(String?, Int)])
    func names(_ name: String?, _ length: Int) {
        #expect(HelloShape.name(asLongAs: name).utf8.count == length)
        let longest = HelloShape.name(asLongAs: String(repeating: "x", count: 250))
        #expect(longest.split(separator: ".").allSatisfy { $0.utf8.count <= 63 } && longest.hasSuffix(".example"))
    }

    @Test("A cut in strange places stays within the hello")
    func middles() {
        for count in 0..<12 {
            let bytes = [UInt8](repeating: 0x61, count: count)
            for name in [nil, "", "a", "aa", "aaaaaaaaaaaaaaaa", "b"] {
                #expect((0...count).contains(HelloShape.middle(of: bytes, name: name)))
            }
        }
    }
}
