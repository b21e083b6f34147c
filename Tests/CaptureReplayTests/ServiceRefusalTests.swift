import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What a service says of not serving, and what a capture keeps too little of.
struct ServiceRefusalTests {
    /// RFC 5905 section 7.3.
    private static func time(_ code: String, stratum: UInt8) throws -> TargetDiagnosis {
        let stamp: [UInt8] = [0xE8, 0x12, 0x34, 0x56, 1, 2, 3, 4]
        var exchange = ConnectionScript(to: ConnectionScript.server, 123)
        exchange.datagram([0x23] + [UInt8](repeating: 0, count: 39) + stamp, fromClient: true)
        let head: [UInt8] = [stratum == 0 ? 0xE4 : 0x24, stratum, 6, 0xEC] + [UInt8](repeating: 0, count: 8)
        exchange.datagram(
            head + Array(code.utf8) + [UInt8](repeating: 0, count: 8) + stamp + stamp + stamp, fromClient: false)
        return try exchange.diagnosis
    }

    @Test(
        "A time server that gives no time says why",
        arguments: [
            ("DENY", 0, .interfered, .permission), ("RSTR", 0, .interfered, .permission),
            ("RATE", 0, .degraded, .rateLimit),
            // It has no time itself yet: that says nothing of who asks.
            ("INIT", 0, .open, nil), ("RATE", 2, .open, nil),
        ] as [(String, UInt8, Verdict, Mechanism?)])
    func kisses(_ code: String, _ stratum: UInt8, _ verdict: Verdict, _ mechanism: Mechanism?) throws {
        let diagnosis = try Self.time(code, stratum: stratum)
        #expect(diagnosis.verdict == verdict && diagnosis.mechanism == mechanism)
        guard verdict != .open else { return }
        #expect(diagnosis.summary.contains("kiss code \(code)") && diagnosis.stage == .application)
        #expect(diagnosis.zones == [.destination, .path] && diagnosis.confidence == .likely)
    }

    @Test("An answer whose status the capture does not keep is one, and no silence", arguments: [9, 60])
    func cutStatus(kept: Int) throws {
        var connection = ConnectionScript(to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        connection.server(Array("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".utf8))
        connection.wait(70_000)
        connection.finish(byClient: true)
        let bytes = connection.captured(snapLength: 40 + kept)
        let result = try CaptureReplay(bytes).result
        let tally = try #require(result.digest.spoken["HTTP"])
        #expect(tally.notes == (kept == 9 ? ["answer cut": 1] : ["status 503": 1]))
        let diagnosis = try #require(try CaptureReplay(bytes).diagnoses.first)
        #expect(diagnosis.verdict == (kept == 9 ? .open : .degraded) || kept != 9, "\(diagnosis.summary)")
        #expect(diagnosis.factTexts.contains { $0.contains("does not keep what it says") } == (kept == 9))
    }

    @Test("A reset that answers no SYN is not told as one that does")
    func lonelyEnd() throws {
        for flags in [.fin, [.fin, .psh, .urg], []] as [TCPFlags] {
            var scan = ConnectionScript(to: ConnectionScript.server, 80)
            scan.keep(
                scan.there.tcp(TCPHeader(from: 40_000, to: 80, flags, sequenceNumber: 1_000)), true)
            scan.refuse()
            let diagnosis = try scan.diagnosis
            #expect(diagnosis.verdict == .closed)
            #expect(!diagnosis.summary.contains("the SYN") && !diagnosis.factTexts.contains { $0.contains("the SYN") })
        }
    }
}
