import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Something on the way has changed the numbers of one direction and not of the other: what is sent comes, and is not taken.
struct NumbersOutsideTests {
    private static let request = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
    private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    @Test(
        "Answers that the client's TCP takes for none of its connection are not lost, whatever was asked",
        arguments: [80, 9_000] as [UInt16])
    func answers(_ port: UInt16) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, port)
        connection.handshake()
        connection.client(Self.request)
        connection.acknowledge(fromClient: false)
        // The client goes on with what it knows.
        for wait in [0, 300, 600, 1_200, 2_400] as [Int64] {
            connection.wait(wait)
            var strange = TCPHeader(
                from: port, to: connection.clientPort, [.ack, .psh], sequenceNumber: 905_001,
                acknowledgementNumber: 1_001 + UInt32(Self.request.count))
            strange.sequenceNumber &+= 900_000_000
            connection.keep(connection.back.tcp(strange, payload: Self.answer), false)
            connection.acknowledge(fromClient: true)
        }
        connection.wait(30_000)
        connection.reset(byClient: true)
        let diagnosis = try connection.onlyDiagnosis
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .alteredInTransit, "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.returnPath, .path, .destination] && diagnosis.confidence == .likely)
        #expect(diagnosis.summary.contains("lie outside of its window"))
        #expect(diagnosis.stage == .transfer)
    }
}
