import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Several hellos of one client to one server: those that pass tell what the others fail by.
struct OtherHelloTests {
    private enum Fate {
        case answered
        /// Not even its TCP takes it.
        case vanishes
        case reset
        case alert
    }

    private func connection(
        _ hello: TestHello, _ fate: Fate, _ number: Int, pieces: Int = 1, pause: Int64 = 0
    ) -> ConnectionScript {
        var connection = ConnectionScript(UInt16(40_000 + number))
        connection.wait(Int64(number) * 20_000)
        connection.handshake()
        let bytes = hello.bytes
        let size = (bytes.count + pieces - 1) / pieces
        for start in stride(from: 0, to: bytes.count, by: size) {
            connection.client(Array(bytes[start..<min(start + size, bytes.count)]))
            if start + size < bytes.count { connection.wait(pause) }
        }
        switch fate {
        case .answered:
            connection.server(TestHello.answer)
            connection.client([20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 4, 1, 2, 3, 4])
            connection.finish(byClient: true)
        case .vanishes:
            for _ in 0..<6 { connection.repeatLast() }
            connection.reset(byClient: true)
        case .reset: connection.reset(byClient: false)
        case .alert:
            connection.server([21, 3, 3, 0, 2, 2, 40])
            connection.finish(byClient: false)
        }
        return connection
    }

    /// The verdict on one of them, the first where nothing is said.
    private func read(_ connections: [ConnectionScript], _ place: Int = 0) throws -> TargetDiagnosis {
        let replay = try CaptureReplay(ConnectionScript.captureFile(connections))
        return try #require(replay.diagnoses.first { $0.conversation?.numbers == [place + 1] })
    }

    private let own = TestHello()
    private let other = TestHello(name: "stall.example")

    @Test("By name: another one and none pass, and this one fails again")
    func byName() throws {
        for (fate, mechanism) in [(Fate.vanishes, Mechanism.silentDrop), (.reset, .tcpReset)] {
            let diagnosis = try read([
                connection(own, fate, 0), connection(TestHello(name: "stall.example"), .answered, 1),
                connection(TestHello(name: nil), .answered, 2), connection(own, fate, 3),
            ])
            #expect(diagnosis.verdict == .interfered && diagnosis.stage == .tls && diagnosis.mechanism == mechanism)
            // Nobody changed one thing on purpose.
            #expect(diagnosis.confidence == .likely, "\(diagnosis.summary)")
            #expect(diagnosis.summary.contains("somebody decides by the name"), "\(diagnosis.summary)")
            let shown = diagnosis.evidence.filter { $0.fact.hasPrefix("the hello ") }
            #expect(shown.map(\.fact).contains("the hello with another name: answered"))
            #expect(shown.allSatisfy { !$0.frames.isEmpty && $0.witness == .wire })
        }
    }

    @Test("Without the repetition, or with one that passes, nothing is concluded from others")
    func control() throws {
        let alone = try read([
            connection(own, .vanishes, 0), connection(TestHello(name: nil), .answered, 1),
            connection(TestHello(name: "stall.example"), .answered, 2),
        ])
        #expect(alone.mechanism == .silentDrop && alone.confidence == .likely)
        let passing = try read([
            connection(own, .vanishes, 0), connection(TestHello(name: nil), .answered, 1),
            connection(own, .answered, 2),
        ])
        #expect(passing.verdict == .degraded && passing.summary.contains("now and then"))
    }

    @Test("What passes before or behind all failures, or five minutes from them, may be another world's")
    func otherTimes() throws {
        let orders: [[(TestHello, Fate, Int)]] = [
            [(own, .reset, 0), (own, .reset, 1), (TestHello(name: nil), .answered, 2), (other, .answered, 3)],
            [(TestHello(name: nil), .answered, 0), (other, .answered, 1), (own, .reset, 2), (own, .reset, 3)],
            [(own, .reset, 0), (TestHello(name: nil), .answered, 16), (other, .answered, 17), (own, .reset, 18)],
        ]
        for order in orders {
            let connections = order.map { connection($0, $1, $2) }
            let failed = try #require(order.firstIndex { $0.1 == .reset })
            let diagnosis = try read(connections, failed)
            #expect(diagnosis.mechanism == .tcpReset && diagnosis.confidence == .likely)
            #expect(!diagnosis.summary.contains("decides by"), "\(diagnosis.summary)")
        }
        // The same program in between: it is told.
        let between = [
            connection(own, .reset, 0), connection(TestHello(name: nil), .answered, 1), connection(own, .reset, 2),
            connection(own, .reset, 3),
        ]
        let told = try read(between)
        #expect(told.summary.contains("decides by the name"), "\(told.summary)")
    }

    @Test("Another program's hello differs in more than its name")
    func otherPrograms() throws {
        let diagnosis = try read([
            connection(own, .reset, 0), connection(TestHello(name: nil, ciphers: [0x1302, 0x1301]), .answered, 1),
            connection(TestHello(name: "stall.example", ciphers: [0x1303]), .answered, 2), connection(own, .reset, 3),
        ])
        #expect(diagnosis.mechanism == .tcpReset && !diagnosis.summary.contains("decides"), "\(diagnosis.summary)")
        #expect(!diagnosis.evidence.contains { $0.fact.contains("hello with") })
    }

    @Test("The same hello again and again says nothing of what others say")
    func onlyRepetitions() throws {
        let diagnosis = try read((0..<5).map { connection(own, .vanishes, $0) })
        #expect(diagnosis.mechanism == .silentDrop, "\(diagnosis.summary)")
        #expect(!diagnosis.summary.contains("makes no difference"), "\(diagnosis.summary)")
    }

    @Test("Two things that differ at once prove nothing")
    func severalDifferences() throws {
        let other = TestHello(name: nil, protocols: ["h2"])
        let diagnosis = try read([
            connection(own, .vanishes, 0), connection(other, .answered, 1), connection(other, .answered, 2),
            connection(own, .vanishes, 3),
        ])
        #expect(diagnosis.confidence == .likely && !diagnosis.evidence.contains { $0.fact.contains("hello with") })
    }

    @Test("By version, by ALPN, by cut")
    func others() throws {
        func reading(_ changed: ConnectionScript, _ second: ConnectionScript) throws -> String {
            try read([connection(own, .vanishes, 0), changed, second, connection(own, .vanishes, 3)]).summary
        }
        let older = TestHello(versions: [.tls12])
        #expect(
            try reading(connection(older, .answered, 1), connection(older, .answered, 2))
                .contains("is answered with TLS 1.2"))
        let alpn = TestHello(protocols: ["h2"])
        #expect(
            try reading(connection(alpn, .answered, 1), connection(TestHello(name: nil), .vanishes, 2))
                .contains("by the protocols"))
        #expect(
            try reading(
                connection(own, .answered, 1, pieces: 2), connection(TestHello(name: nil), .vanishes, 2)
            ).contains("pass in two segments:"))
        #expect(
            try reading(
                connection(own, .answered, 1, pieces: 2, pause: 400), connection(TestHello(name: nil), .vanishes, 2)
            ).contains("with a pause between"))
    }

    @Test("Where nothing that is said is ever acknowledged, what it says makes no difference")
    func nothingHeard() throws {
        let diagnosis = try read([
            connection(own, .vanishes, 0), connection(TestHello(name: nil), .vanishes, 1),
            connection(TestHello(protocols: ["h2"]), .vanishes, 2), connection(own, .vanishes, 3),
        ])
        #expect(diagnosis.stage == .tls && diagnosis.mechanism == .silentDrop && diagnosis.confidence == .likely)
        #expect(diagnosis.summary.contains("what they say makes no difference"), "\(diagnosis.summary)")
    }

    @Test("The server's own answer behind a reset shows who put the reset in")
    func resetBesideAnswer() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client(own.bytes)
        connection.reset(byClient: false, timeToLive: 63)
        connection.server(TestHello.answer)
        let diagnosis = try read([connection])
        #expect(diagnosis.mechanism == .tcpReset && diagnosis.zones == [.path], "\(diagnosis.summary)")
    }

    @Test("Alerts are read the same way, and a client's own is not")
    func alerts() throws {
        let diagnosis = try read([
            connection(own, .alert, 0), connection(TestHello(name: nil), .answered, 1),
            connection(TestHello(name: "stall.example"), .answered, 2), connection(own, .alert, 3),
        ])
        #expect(diagnosis.mechanism == .tlsAlert && diagnosis.summary.contains("decides by the name"))
    }
}
