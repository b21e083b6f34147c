import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Clients that open a connection and say nothing on it, as checks do: what the server makes of that is not its failure.
struct SilentClientTests {
    private static func alert(_ code: UInt8) -> [UInt8] { [21, 3, 3, 0, 2, 2, code] }

    /// What comes behind the handshake, by name.
    private static func told(_ steps: String, on port: UInt16 = 443) throws -> TargetDiagnosis {
        try ConnectionScript.opened(port) { connection in
            for step in steps.split(separator: " ") {
                switch step {
                case "leaves": connection.finish(fromClient: true)
                case "decode_error": connection.server(alert(50))
                case "internal_error": connection.server(alert(80))
                case "400": connection.server(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
                case "408": connection.server(Array("HTTP/1.0 408 Request Time-out\r\n\r\n".utf8))
                case "closes": connection.finish(fromClient: false)
                case "resets": connection.reset(byClient: false)
                case "waits": connection.wait(30_000)
                case "waits-briefly": connection.wait(1_500)
                case "says": connection.client([22])
                default: Issue.record("\(step)")
                }
            }
        }
    }

    @Test(
        "What comes when the client has left is an answer to that",
        arguments: [
            "leaves decode_error closes", "leaves internal_error closes", "leaves decode_error resets", "leaves resets",
            "leaves 400 closes", "leaves closes",
        ], [443, 22, 5_000] as [UInt16])
    func left(_ steps: String, _ port: UInt16) throws {
        let diagnosis = try Self.told(steps, on: port)
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("left without a word") == steps.contains("error"), "\(diagnosis.summary)")
    }

    @Test(
        "A server that has waited for first words in vain has not turned the client away",
        arguments: [
            "waits closes leaves", "waits decode_error closes leaves", "waits resets", "waits 408 closes leaves",
        ])
    func waited(_ steps: String) throws {
        let diagnosis = try Self.told(steps)
        #expect(diagnosis.verdict == .open, "\(diagnosis.summary)")
        #expect(
            diagnosis.summary.hasSuffix("said nothing for 30 s; then the server ended it.") != steps.contains("408"))
    }

    @Test("Who does not wait turns the client away, and how long it took is told of a capture, too")
    func turnedAway() throws {
        for (steps, when) in [("", "at once"), ("waits-briefly ", "1.5 s later")] {
            let closed = try Self.told(steps + "closes leaves")
            #expect(closed.mechanism == .closedByPeer && closed.summary.contains(when), "\(closed.summary)")
            let reset = try Self.told(steps + "resets")
            #expect(reset.mechanism == .tcpReset && reset.summary.contains(when), "\(reset.summary)")
        }
    }

    @Test("An alert upon something that was said, or said at once, is about that")
    func spoken() throws {
        for steps in ["says decode_error closes", "decode_error closes leaves", "says leaves decode_error closes"] {
            let diagnosis = try Self.told(steps)
            #expect(diagnosis.mechanism == .tlsAlert && diagnosis.verdict == .interfered, "\(diagnosis.summary)")
        }
    }

    @Test(
        "A server that speaks first by its port owes a greeting all the time", arguments: [22, 25, 3_306] as [UInt16])
    func greeting(_ port: UInt16) throws {
        for (steps, mechanism) in [("waits closes leaves", Mechanism.closedByPeer), ("waits resets", .tcpReset)] {
            let diagnosis = try Self.told(steps, on: port)
            #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == mechanism, "\(diagnosis.summary)")
            #expect(
                diagnosis.summary.contains("nobody spoke for 30 s; then the far end ended it"), "\(diagnosis.summary)")
        }
    }

    @Test("Words that the capture lacks are no silence")
    func unseen() throws {
        var connection = ConnectionScript()
        connection.handshake()
        connection.client([22, 3, 1])
        connection.server(Self.alert(50))
        connection.finish(byClient: false)
        // The server acknowledges three bytes of which the capture has none.
        let seen = connection.keeping { bytes, isThere in !isThere || bytes.count < 43 }
        #expect(try seen.diagnosis.mechanism == .tlsAlert)
    }

    @Test("Of many alike each counts by how long the server waited")
    func shapes() throws {
        let connections = (0..<8).map { number in
            var connection = ConnectionScript(UInt16(9_000 + number))
            connection.wait(Int64(number) * 7)
            connection.handshake()
            connection.wait(number % 2 == 0 ? 30_000 : 4_000)
            connection.finish(byClient: false)
            return connection
        }
        let result = try CaptureReplay(ConnectionScript.captureFile(connections)).result
        #expect(result.findings.map(\.mechanism) == [.closedByPeer])
        #expect(result.findings.first?.conversation?.count == 4 && result.digest.verdicts[.open] == 4)
    }
}

/// A saved probe that asked for a service by its name, and waited for its greeting.
struct UngreetedProbeTests {
    @Test(
        "As the probe itself told it",
        arguments: [
            ("smtp", 465, Verdict.undetermined), ("imap", 993, .undetermined), ("smtp", 2_525, .interfered),
            ("imap", 143, .interfered), ("tls", 465, .interfered),
        ] as [(String, UInt16, Verdict)])
    func saved(_ scheme: String, _ port: UInt16, _ verdict: Verdict) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, port)
        connection.handshake()
        connection.wait(8_000)
        connection.finish(byClient: true)
        let target = Target(
            input: "\(scheme)://mail.lab:\(port)", host: "mail.lab", address: ConnectionScript.server, port: port,
            transport: .tcp)
        let diagnosis = try ConnectionScript.savedProbe([connection], of: target)
        #expect(diagnosis.verdict == verdict, "\(diagnosis.summary)")
        #expect(diagnosis.summary.contains("nobody spoke for 8") == (scheme != "tls"), "\(diagnosis.summary)")
    }
}
