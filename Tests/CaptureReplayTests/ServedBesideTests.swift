import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A port serves one client and not another: what the one shows of the other.
struct ServedBesideTests {
    private static let other = IPAddress.v4(IPv4Address(rawValue: 0x0A00_0002))

    /// Of this client: when it tries, and whether it is refused; of the other, when it is served. In seconds.
    private struct Story: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var tries: [Int64]
        var isRefused = false
        var served: [Int64]
        var port: UInt16 = 25
        var expected: (verdict: Verdict, mechanism: Mechanism, phrase: String)
    }

    @Test(arguments: [
        Story(
            testDescription: "in between", tries: [10], served: [11],
            expected: (.blocked, .silentDrop, "10.0.0.2 is served at the same port at that time")),
        Story(
            testDescription: "before and behind", tries: [10], served: [2, 20],
            expected: (.blocked, .silentDrop, "10.0.0.2 is served at the same port at that time")),
        Story(
            testDescription: "long before and long behind", tries: [100], served: [2, 200],
            expected: (.blocked, .silentDrop, "nothing else of the host answers this client")),
        Story(
            testDescription: "before only", tries: [10], served: [2],
            expected: (.blocked, .silentDrop, "nothing else of the host answers this client")),
        Story(
            testDescription: "another port", tries: [10], served: [11], port: 26,
            expected: (.blocked, .silentDrop, "nothing else of the host answers this client")),
        Story(
            testDescription: "refused, and served between", tries: [10, 14], isRefused: true, served: [2, 12, 20],
            expected: (.blocked, .tcpReset, "10.0.0.2 is served at the same port at that time")),
        Story(
            testDescription: "refused while the service is started anew", tries: [10, 12], isRefused: true,
            served: [9, 14], expected: (.closed, .noListener, "nothing listens")),
        Story(
            testDescription: "refused once", tries: [10], isRefused: true, served: [2, 20],
            expected: (.closed, .noListener, "nothing listens")),
        Story(
            testDescription: "refused behind", tries: [10], isRefused: true, served: [2],
            expected: (.closed, .noListener, "nothing listens")),
    ])
    private func story(_ story: Story) throws {
        var connections = story.tries.enumerated().map { index, second in
            var connection = ConnectionScript(UInt16(41_000 + index), to: ConnectionScript.server, 25)
            connection.wait(second * 1_000)
            for _ in 0..<(story.isRefused ? 1 : 3) {
                connection.syn()
                if story.isRefused { connection.refuse() } else { connection.wait(1_000) }
            }
            return connection
        }
        connections += story.served.enumerated().map { index, second in
            var connection = ConnectionScript(
                from: Self.other, UInt16(42_000 + index), to: ConnectionScript.server, story.port)
            connection.wait(second * 1_000)
            connection.handshake()
            connection.finish(byClient: true)
            return connection
        }
        // As one analyzer tells it, and as each of several does that has a share.
        let bytes = ConnectionScript.captureFile(connections)
        let told = try CaptureReplay(bytes).diagnoses.filter { $0.verdict != .open }
        #expect(told.count == story.tries.count)
        for diagnosis in told {
            #expect(diagnosis.verdict == story.expected.verdict && diagnosis.mechanism == story.expected.mechanism)
            #expect(diagnosis.summary.contains(story.expected.phrase), "\(diagnosis.summary)")
            #expect(diagnosis.confidence <= .likely)
            guard story.expected.phrase.contains("at that time") else { continue }
            #expect(Set(diagnosis.zones).isSuperset(of: [.path, .destination]))
            #expect(diagnosis.advice.contains { $0.contains("this client only") })
            #expect(!diagnosis.lookAlikes.contains { $0.cause.contains("is down") })
        }
    }

    @Test("A client that is served itself is compared with itself")
    func own() throws {
        var connections: [ConnectionScript] = []
        for (index, second) in [0, 10, 20].enumerated() as EnumeratedSequence<[Int64]> {
            var connection = ConnectionScript(UInt16(41_000 + index), to: ConnectionScript.server, 9_000)
            connection.wait(second * 1_000)
            if index == 1 {
                for _ in 0..<3 {
                    connection.syn()
                    connection.wait(1_000)
                }
            } else {
                connection.handshake()
            }
            connections.append(connection)
            var other = ConnectionScript(from: Self.other, 42_000, to: ConnectionScript.server, 9_000)
            other.wait(second * 1_000 + 500)
            other.handshake()
            if index == 1 { connections.append(other) }
        }
        let told = try CaptureReplay(ConnectionScript.captureFile(connections)).diagnoses.filter { $0.verdict != .open }
        #expect(told.count == 1 && told[0].mechanism == .loss, "\(told.map(\.summary))")
    }

    @Test("Places are few, and the one that serves keeps its own")
    func places() {
        var servers = AnsweringServers()
        let client = ConnectionScript.client
        for port in UInt16(1)...4_000 {
            servers.note(Endpoint(ConnectionScript.server, port), to: Self.other, at: .zero + .seconds(1))
        }
        let kept = (UInt16(1)...4_000).count { port in
            servers.client(
                besides: client, of: Endpoint(ConnectionScript.server, port), from: .zero, to: .zero + .seconds(2))
                == Self.other
        }
        #expect(kept > 500 && kept <= 1_024)
        #expect(
            servers.client(
                besides: Self.other, of: Endpoint(ConnectionScript.server, 1), from: .zero, to: .zero + .seconds(2))
                == nil)
    }
}
