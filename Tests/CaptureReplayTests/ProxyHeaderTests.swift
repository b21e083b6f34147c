import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// In captures, too, an end upon the first words may be for want of a PROXY protocol header.
struct ProxyHeaderTests {
    private func isThought(_ diagnosis: TargetDiagnosis) -> Bool {
        diagnosis.lookAlikes.contains { $0.cause.contains("PROXY protocol header") }
    }

    private static let request = Array("GET / HTTP/1.1\r\nHost: web.lab\r\n\r\n".utf8)

    @Test("A request, or a hello, that is answered with the end", arguments: [true, false])
    func ended(isReset: Bool) throws {
        for words in [Self.request, TestHello().bytes] {
            let diagnosis = try ConnectionScript.opened(443) { connection in
                connection.client(words)
                connection.acknowledge(fromClient: false)
                if isReset { connection.reset(byClient: false) } else { connection.finish(byClient: false) }
            }
            #expect(diagnosis.mechanism == (isReset ? .tcpReset : .closedByPeer) && isThought(diagnosis))
        }
    }

    @Test("Not from nearer than the server, nor behind an answer")
    func others() throws {
        let forged = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.reset(byClient: false, timeToLive: 64)
        }
        #expect(forged.zones == [.path] && !isThought(forged))
        let later = try ConnectionScript.opened(80) { connection in
            connection.client(Self.request)
            connection.server(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
            connection.client(Self.request)
            connection.reset(byClient: false)
        }
        #expect(later.mechanism == .tcpReset && !isThought(later))
    }
}
