import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// In a file, too, a machine that talks to itself has nobody on the way.
struct WayHereTests {
    private static let here = IPAddress("10.0.0.1")!
    private static let loopback = IPAddress("127.0.0.1")!

    @Test(
        "A loopback address, or an address of the client's own, beside one of another machine",
        arguments: [
            (here, here, false), (loopback, loopback, false), (here, loopback, false),
            (here, ConnectionScript.server, true),
        ])
    func placed(_ client: IPAddress, _ server: IPAddress, _ hasWay: Bool) throws {
        for answer in ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "HTTP/1.1 403 Forbidden\r\n\r\n", "+OK ready\r\n", ""] {
            var connection = ConnectionScript(from: client, to: server, 80)
            connection.back.timeToLive = hasWay ? 61 : 64
            connection.handshake()
            connection.client(Array("GET / HTTP/1.1\r\nHost: web.lab\r\n\r\n".utf8))
            if answer.isEmpty { connection.reset(byClient: false) } else { connection.server(Array(answer.utf8)) }
            let diagnosis = try connection.onlyDiagnosis
            #expect(diagnosis.verdict != .open && diagnosis.zones.contains(.destination), "\(diagnosis.summary)")
            #expect(diagnosis.zones.contains(.path) == hasWay, "\(diagnosis.zones)")
            #expect(hasWay || !diagnosis.lookAlikes.contains { $0.cause.contains("on the way") })
        }
    }
}
