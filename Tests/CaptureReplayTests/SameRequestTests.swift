import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A request that fails, and the same one of the same client on other connections.
struct SameRequestTests {
    private enum Fate {
        case served
        case unserved
        case closed
        case left
    }

    /// - Parameter second: when it begins.
    private func connection(_ number: UInt16, _ fate: Fate, at second: Int64, path: String = "/") -> ConnectionScript {
        var connection = ConnectionScript(40_000 + number, 80)
        connection.wait(second * 1_000)
        connection.handshake()
        connection.client(Array("GET \(path) HTTP/1.1\r\nHost: web.lab\r\n\r\n".utf8))
        switch fate {
        case .served: connection.server(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
        case .unserved: connection.server(Array("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno".utf8))
        case .closed:
            connection.finish(byClient: false)
            return connection
        case .left:
            connection.acknowledge(fromClient: false)
            connection.wait(8_000)
        }
        connection.finish(byClient: true)
        return connection
    }

    private func first(_ connections: [ConnectionScript]) throws -> TargetDiagnosis {
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        return try #require(replay.diagnoses.first { $0.conversation?.numbers.contains(1) ?? false })
    }

    @Test("What is served a moment later fails now and then", arguments: [true, false])
    func sometimes(isLeft: Bool) throws {
        let failed = connection(0, isLeft ? .left : .closed, at: 0)
        let alone = try first([failed])
        #expect(alone.verdict == .interfered && alone.stage == .application)
        let beside = try first([failed, connection(1, .served, at: 1), connection(2, .unserved, at: 2)])
        #expect(beside.verdict == .degraded && beside.mechanism == alone.mechanism && beside.zones == alone.zones)
        #expect(beside.summary.hasSuffix("answered on 1 of them: it fails now and then."), "\(beside.summary)")
        #expect(beside.evidence.contains { $0.witness == .wire && $0.fact.contains("2 more connections") })
    }

    @Test("A gateway's page is read in the same way")
    func gateway() throws {
        let told = try first([connection(0, .unserved, at: 0), connection(1, .served, at: 1)])
        #expect(told.verdict == .degraded && told.summary.contains("1 more connection, and answered on it"))
    }

    @Test("Another request, one of before, and one of much later tell nothing")
    func others() throws {
        for (path, second) in [("/other", Int64(1)), ("/", 90)] {
            let told = try first([connection(0, .closed, at: 0), connection(1, .served, at: second, path: path)])
            #expect(told.verdict == .interfered && !told.summary.contains("now and then"))
        }
        let before = try CaptureReplay(
            ConnectionScript.captureFile([connection(0, .served, at: 0), connection(1, .closed, at: 5)]))
        let failed = try #require(before.diagnoses.first { $0.verdict != .open })
        #expect(failed.verdict == .interfered && !failed.summary.contains("now and then"))
    }

    @Test("Where all fail it stays what it is")
    func outage() throws {
        let told = try first([
            connection(0, .closed, at: 0), connection(1, .closed, at: 1), connection(2, .left, at: 2),
        ])
        #expect(told.verdict == .interfered)
        #expect(told.evidence.contains { $0.fact.contains("2 more connections, and answered on none") })
    }
}
