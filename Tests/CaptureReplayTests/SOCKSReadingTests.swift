import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A client of a SOCKS proxy in a capture.
struct SOCKSReadingTests {
    private static let connect: [UInt8] = [5, 1, 0, 3, 6] + Array("db.lab".utf8) + [0x15, 0x38]
    private static let granted: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    /// The greeting, and what comes of it.
    private func socks(
        _ port: UInt16 = 1_080, greeting: [UInt8] = [5, 1, 0], _ rest: (inout ConnectionScript) -> Void
    ) throws -> TargetDiagnosis {
        try ConnectionScript.opened(port) { connection in
            connection.client(greeting)
            rest(&connection)
        }
    }

    /// The same, as far as the client has said whereto.
    private func asked(_ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        try socks { connection in
            connection.server([5, 0])
            connection.client(Self.connect)
            rest(&connection)
        }
    }

    @Test("A way that stands is open, and says whereto")
    func granted() throws {
        let diagnosis = try asked { connection in
            connection.server(Self.granted)
            connection.client([1, 2, 3])
            connection.finish(byClient: true)
        }
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.factTexts.contains("asked the SOCKS 5 proxy for a way to db.lab:5432"))
        #expect(diagnosis.factTexts.contains("the proxy answers: granted (0)"))
    }

    @Test("TLS through a SOCKS proxy is read, and its alert told")
    func tunnelled() throws {
        let diagnosis = try asked { connection in
            connection.server(Self.granted)
            var hello: [UInt8] = []
            ClientHello(
                random: [], cipherSuites: [TLSCipherSuite(rawValue: 0x1301)], extensions: [.serverName("db.lab")]
            ).encode(into: &hello)
            connection.client(hello)
            connection.server([21, 3, 3, 0, 2, 2, 40])
            connection.finish(byClient: false)
        }
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .tlsAlert)
        #expect(diagnosis.factTexts.contains("the proxy gives a tunnel to db.lab:5432"))
    }

    @Test("A refusal is the proxy's own word")
    func refused() throws {
        let diagnosis = try asked { connection in
            connection.server([5, 4, 0, 1, 0, 0, 0, 0, 0, 0])
            connection.finish(byClient: false)
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .noReply)
        #expect(diagnosis.summary == "The SOCKS 5 proxy gives no way to db.lab:5432: host unreachable (4).")
        let login = try socks { connection in
            connection.server([5, 0xFF])
            connection.finish(byClient: true)
        }
        #expect(login.mechanism == .permission)
    }

    @Test("Version 4 says it all at once")
    func four() throws {
        let request: [UInt8] = [4, 1, 0x15, 0x38, 0, 0, 0, 1, 0] + Array("db.lab".utf8) + [0]
        let diagnosis = try socks(greeting: request) { connection in
            connection.server([0, 91, 0, 0, 0, 0, 0, 0])
            connection.finish(byClient: false)
        }
        #expect(diagnosis.summary == "The SOCKS 4 proxy gives no way to db.lab:5432: rejected or failed (91).")
        #expect(diagnosis.lookAlikes.count >= 1)
    }

    @Test("What answers in HTTP is no SOCKS proxy; what does not answer is silent")
    func others() throws {
        let foreign = try socks { connection in
            connection.server(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
            connection.finish(byClient: false)
        }
        #expect(foreign.mechanism == .protocolMismatch && foreign.confidence == .likely)
        let closed = try asked { connection in
            connection.finish(byClient: false)
        }
        #expect(closed.mechanism == .closedByPeer && closed.lookAlikes.contains { $0.cause.contains("as ssh -D does") })
        // On any other port three bytes may be the beginning of anything.
        for (port, verdict) in [(UInt16(1_080), Verdict.interfered), (9_050, .interfered), (7_000, .open)] {
            let silent = try socks(port) { connection in
                connection.acknowledge(fromClient: false)
                connection.wait(70_000)
                connection.finish(byClient: true)
            }
            #expect(silent.verdict == verdict && (silent.mechanism == .noReply) == (verdict != .open), "\(port)")
        }
    }

    @Test("What only looks like a greeting is another protocol's, and a login that nobody can follow is no refusal")
    func lookAlikes() throws {
        let other = try socks(7_000) { connection in
            connection.server([6, 1, 0])
            connection.client([1, 2, 3, 4])
            connection.finish(byClient: true)
        }
        #expect(other.verdict == .open && !other.factTexts.contains { $0.contains("SOCKS") })
        let secured = try socks(greeting: [5, 3, 0, 1, 2]) { connection in
            connection.server([5, 1])
            connection.client([1, 1, 0, 3, 1, 2, 3])
            connection.server([1, 1, 0, 3, 1, 2, 3])
            connection.finish(byClient: true)
        }
        #expect(secured.verdict == .open && secured.factTexts.contains { $0.hasSuffix("GSSAPI") })
    }
}
