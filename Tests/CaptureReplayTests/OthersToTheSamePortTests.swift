import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// One connection of several to the same port comes to nothing: what the others show of it.
struct OthersToTheSamePortTests {
    enum Course: Character, Sendable {
        case opened = "o"
        case silent = "s"
        case refused = "r"
    }

    /// In the order of their beginnings, ten seconds apart; what is told of the failing ones.
    static let stories: [(String, Verdict, Mechanism, String)] = [
        ("oosoo", .degraded, .loss, "others of this client to the same port did"),
        ("so", .degraded, .loss, "others of this client to the same port did"),
        ("ooroo", .degraded, .tcpReset, "4 of 4 other connections of this client to the same port got through"),
        ("oororo", .degraded, .tcpReset, "4 of 5 other connections of this client to the same port got through"),
        // The last of those that are refused in turn with others is one of them.
        ("oror", .degraded, .tcpReset, "2 of 3 other connections of this client to the same port got through"),
        ("orrorr", .degraded, .tcpReset, "2 of 5 other connections of this client to the same port got through"),
        // Nothing listened at first.
        ("rro", .closed, .noListener, "from as far away as the host's other answers"),
        // What was answered before shows only that the host is there.
        ("oos", .blocked, .silentDrop, "another one to the same port gets through"),
        ("oor", .closed, .noListener, "from as far away as the host's other answers"),
        ("s", .blocked, .silentDrop, "nothing else of the host answers this client"),
        ("ss", .blocked, .silentDrop, "nothing else of the host answers this client"),
        ("r", .closed, .noListener, "answers the SYN with a reset"),
    ]

    @Test(arguments: stories)
    func story(_ courses: String, _ verdict: Verdict, _ mechanism: Mechanism, _ phrase: String) throws {
        let connections = try courses.enumerated().map { index, letter in
            var connection = ConnectionScript(UInt16(41_000 + index), to: ConnectionScript.server, 443)
            connection.wait(Int64(index) * 10_000)
            switch try #require(Course(rawValue: letter)) {
            case .opened:
                connection.handshake()
                connection.finish(byClient: true)
            case .silent:
                for _ in 0..<4 {
                    connection.syn()
                    connection.wait(1_000)
                }
            case .refused:
                connection.syn()
                connection.keep(
                    connection.back.tcp(
                        TCPHeader(
                            from: 443, to: UInt16(41_000 + index), [.rst, .ack], sequenceNumber: 0,
                            acknowledgementNumber: 1_001)),
                    false)
            }
            return connection
        }
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        #expect(replay.diagnoses.count == courses.count)
        for (letter, diagnosis) in zip(courses, replay.diagnoses) where letter != "o" {
            #expect(diagnosis.verdict == verdict && diagnosis.mechanism == mechanism)
            #expect(diagnosis.summary.contains(phrase))
            #expect(diagnosis.confidence != .proved && diagnosis.confidence != .strong)
        }
        #expect(zip(courses, replay.diagnoses).allSatisfy { $0 != "o" || $1.verdict == .open })
    }

    /// Which of four ports gets through in each round, and what is told of those that fail.
    static let rounds: [([String], Mechanism, String)] = [
        (["soso", "soso"], .silentDrop, "2 of 4 ports got no answer, each time"),
        (["soos", "ssoo", "soso"], .loss, "others of this client to the same port did"),
        (["soso", "ooso"], .loss, "others of this client to the same port did"),
    ]

    @Test(
        "Ports that fail each time they are used, beside others that never do, are one broken path of several",
        arguments: rounds)
    func samePortsAgain(_ rounds: [String], _ mechanism: Mechanism, _ phrase: String) throws {
        var connections: [ConnectionScript] = []
        for (round, courses) in rounds.enumerated() {
            for (index, letter) in courses.enumerated() {
                var connection = ConnectionScript(
                    UInt16(41_000 + index), to: ConnectionScript.server, 443, number: 1_000 + UInt32(round) << 20)
                connection.wait(Int64(round * 4 + index) * 10_000)
                if letter == "o" {
                    connection.handshake()
                    connection.finish(byClient: true)
                } else {
                    for _ in 0..<3 {
                        connection.syn()
                        connection.wait(1_000)
                    }
                }
                connections.append(connection)
            }
        }
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        #expect(replay.diagnoses.count == connections.count)
        let failing = replay.diagnoses.filter { $0.verdict != .open }
        #expect(failing.count == rounds.joined().count { $0 == "s" })
        let told = try #require(failing.first)
        #expect(told.mechanism == mechanism && told.summary.contains(phrase), "\(told.summary)")
    }
}
