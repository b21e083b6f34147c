import PacketWire
import StallpointTestKit
import Testing

@testable import SecureChannel

@Suite struct DataTests {
    static func established(
        version: TLSVersion = .tls13, _ change: (inout TLSClientConfiguration) -> Void = { _ in }
    ) throws -> Dialogue {
        try VerificationTests.run(Identity.Chain(VerificationTests.request), version: version, change)
    }

    @Test(arguments: VerificationTests.versions) func bothWays(version: TLSVersion) throws {
        let dialogue = try Self.established(version: version)
        _ = dialogue.server.receive(dialogue.client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8)))
        #expect(dialogue.server.received == Array("GET / HTTP/1.1\r\n\r\n".utf8))
        _ = dialogue.deliver(dialogue.server.send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8)))
        #expect(dialogue.client.takePlaintext() == Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        #expect(dialogue.client.takePlaintext().isEmpty)
        #expect(dialogue.client.send([]).isEmpty)
    }

    @Test func manyRecords() throws {
        var generator = SeededGenerator(seed: 3)
        let sent = generator.bytes(200_000)
        var dialogue = try Self.established { $0.plaintextLimit = 1 << 20 }
        _ = dialogue.server.receive(dialogue.client.send(sent))
        #expect(dialogue.server.received == sent)
        dialogue.piece = 1_460
        _ = dialogue.deliver(dialogue.server.send(sent))
        #expect(dialogue.client.takePlaintext() == sent)
        #expect(dialogue.client.droppedPlaintextCount == 0)
    }

    @Test func dataBeyondTheLimitIsCounted() throws {
        let dialogue = try Self.established { $0.plaintextLimit = 1_000 }
        _ = dialogue.deliver(dialogue.server.send([UInt8](repeating: 1, count: 900)))
        _ = dialogue.deliver(dialogue.server.send([UInt8](repeating: 2, count: 50_000)))
        #expect(dialogue.client.droppedPlaintextCount == 49_900)
        let kept = dialogue.client.takePlaintext()
        #expect(kept == [UInt8](repeating: 1, count: 900) + [UInt8](repeating: 2, count: 100))
        // Taken, there is room again; and the session is in order.
        _ = dialogue.deliver(dialogue.server.send([3]))
        #expect(dialogue.client.takePlaintext() == [3])
        #expect(dialogue.client.state == .established)
    }

    @Test func noLimitBelowNothing() throws {
        let dialogue = try Self.established { $0.plaintextLimit = -1 }
        _ = dialogue.deliver(dialogue.server.send([1, 2, 3]))
        #expect(dialogue.client.takePlaintext().isEmpty)
        #expect(dialogue.client.droppedPlaintextCount == 3)
    }

    @Test(arguments: VerificationTests.versions) func goodbyeOfThePeer(version: TLSVersion) throws {
        let dialogue = try Self.established(version: version)
        _ = dialogue.deliver(dialogue.server.send([7]) + dialogue.server.close())
        #expect(dialogue.client.state == .closed(.byPeer))
        #expect(dialogue.client.takePlaintext() == [7])
        #expect(dialogue.client.end() == .closed(.byPeer))
        // It is answered once.
        _ = dialogue.server.receive(dialogue.client.close())
        #expect(dialogue.server.sawCloseNotify)
        #expect(dialogue.client.close().isEmpty)
        #expect(dialogue.client.state == .closed(.byPeer))
    }

    @Test func goodbyeOfThisSide() throws {
        let dialogue = try Self.established()
        _ = dialogue.server.receive(dialogue.client.close())
        #expect(dialogue.client.state == .closed(.byUs))
        #expect(dialogue.server.sawCloseNotify)
        #expect(dialogue.client.alerts.last == TLSAlertEvent(isSent: true, alert: TLSAlert(.warning, .closeNotify)))
    }

    @Test func damagedDataEndsTheSession() throws {
        let dialogue = try Self.established()
        var bytes = dialogue.server.send([1, 2, 3])
        bytes[bytes.count - 1] ^= 1
        _ = dialogue.deliver(bytes)
        guard case .failed(.alertSent(let alert, let reason)) = dialogue.client.state else {
            Issue.record("\(dialogue.client.state)")
            return
        }
        #expect(alert == TLSAlert(.fatal, .badRecordMAC))
        #expect(reason.description == "decryption failed or bad record mac")
    }

    @Test func alertWithinAnEstablishedSession() throws {
        let dialogue = try Self.established(version: .tls12)
        // Not encrypted, and so it is not the peer's: noticed as damage.
        var bytes: [UInt8] = []
        TLSAlert(.fatal, .internalError).encode(into: &bytes)
        _ = dialogue.deliver(bytes)
        #expect(dialogue.client.state.failure != nil)
    }
}
