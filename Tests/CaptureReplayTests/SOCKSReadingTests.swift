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

    private func socks(_ rest: (inout ConnectionScript) -> Void) throws -> TargetDiagnosis {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client([5, 1, 0])
        rest(&connection)
        return try connection.onlyDiagnosis
    }

    @Test("A way that stands is open, and says whereto")
    func granted() throws {
        let diagnosis = try socks { connection in
            connection.server([5, 0])
            connection.client(Self.connect)
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
        let diagnosis = try socks { connection in
            connection.server([5, 0])
            connection.client(Self.connect)
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
        let diagnosis = try socks { connection in
            connection.server([5, 0])
            connection.client(Self.connect)
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
        var connection = ConnectionScript()
        connection.handshake()
        connection.client([4, 1, 0x15, 0x38, 0, 0, 0, 1, 0] + Array("db.lab".utf8) + [0])
        connection.server([0, 91, 0, 0, 0, 0, 0, 0])
        connection.finish(byClient: false)
        let diagnosis = try connection.onlyDiagnosis
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
        let closed = try socks { connection in
            connection.server([5, 0])
            connection.client(Self.connect)
            connection.finish(byClient: false)
        }
        #expect(closed.mechanism == .closedByPeer && closed.lookAlikes.contains { $0.cause.contains("as ssh -D does") })
        let silent = try socks { connection in
            connection.acknowledge(fromClient: false)
            connection.wait(70_000)
            connection.finish(byClient: true)
        }
        #expect(silent.verdict == .interfered && silent.mechanism == .noReply, "\(silent.summary)")
    }
}
