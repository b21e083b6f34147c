import PacketWire
import StallpointTestKit
import Testing

@testable import SecureChannel

/// Hellos of our own making, before a real server: each is one that it likes.
@Suite struct ChangedHelloTests {
    private static let chain = Identity.Chain(VerificationTests.request)

    /// The server's first flight.
    private static func answer(
        _ options: MemoryServer.Options = .init(), _ change: (inout ClientHello) -> Void
    ) throws -> (server: MemoryServer, flight: TLSStream) {
        var hello = try ClientHelloTests.hello(try ClientHelloTests.flight())
        change(&hello)
        var bytes: [UInt8] = []
        hello.encode(into: &bytes)
        let server = MemoryServer(chain.sent, options)
        let flight = server.receive(bytes)
        return (server, TLSStream(decoding: flight.span))
    }

    @Test func smallIsLiked() throws {
        for version in VerificationTests.versions {
            let options = NegotiationTests.options { $0.maximumVersion = version }
            let hello = try #require(
                try Self.answer(options) { hello in
                    var generator = SeededGenerator(seed: 1)
                    hello.makeSmall(using: &generator)
                }.flight.serverHello)
            #expect(hello.version == version && !hello.isHelloRetryRequest)
        }
    }

    @Test func postQuantumIsLiked() throws {
        let hello = try #require(
            try Self.answer { hello in
                var generator = SeededGenerator(seed: 1)
                hello.makePostQuantum(atLeast: 1_700, using: &generator)
            }.flight.serverHello)
        #expect(hello.version == .tls13 && !hello.isHelloRetryRequest)
        // Where the library has the hybrid, our key passes for one.
        #expect(hello.selectedGroup == (TLSLibrary.supports(.x25519MLKEM768) ? .x25519MLKEM768 : .x25519))
    }

    @Test func olderIsAnsweredInItsVersion() throws {
        let hello = try #require(try Self.answer { $0.offerTLS12Only() }.flight.serverHello)
        #expect(hello.version == .tls12)
        let refused = try Self.answer(NegotiationTests.options { $0.minimumVersion = .tls13 }) { $0.offerTLS12Only() }
        #expect(refused.flight.alerts.map(\.code) == [.protocolVersion])
    }

    @Test func withoutNameNoneArrives() throws {
        let named = try Self.answer { _ in }
        #expect(named.server.serverName == "server.test" && named.flight.serverHello != nil)
        let unnamed = try Self.answer { $0.remove(.serverName) }
        #expect(unnamed.server.serverName == nil && unnamed.flight.serverHello != nil)
    }
}
