import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// Words that nobody takes, for their checksums are wrong, and others that a capture only shows wrongly.
struct UntakenWordsTests {
    private static let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    private static let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)

    /// A connection that is served, so that what its server sends is seen to be right.
    private static func served(_ port: UInt16) -> ConnectionScript {
        var connection = ConnectionScript(port, to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(request)
        connection.server(answer)
        connection.acknowledge(fromClient: true)
        connection.finish(byClient: true)
        return connection
    }

    /// What is marked is sent again so often, and damaged each time.
    private static func damaged(byClient: Bool, times: Int, isTaken: Bool = false) -> ConnectionScript {
        var connection = ConnectionScript(41_005, to: ConnectionScript.server, 80)
        connection.wait(5_000)
        connection.carrier = { bytes, isThere in
            guard isThere == byClient, bytes.count > 50 else { return bytes }
            var changed = bytes
            changed[37] ^= 0x55
            return changed
        }
        connection.handshake()
        connection.client(request)
        if !byClient { connection.server(answer) }
        for _ in 1..<times { connection.repeatLast() }
        if isTaken { connection.acknowledge(fromClient: !byClient) }
        connection.wait(5_000)
        return isTaken
            ? connection : connection.closingUnheard(byClient ? 0 : UInt32(answer.count))
    }

    @Test("What comes by damaged again and again is told, and who said it", arguments: [true, false])
    func damaged(byClient: Bool) throws {
        for times in [1, 5] {
            let bytes = ConnectionScript.captureFile([
                Self.served(41_000), Self.served(41_001), Self.damaged(byClient: byClient, times: times),
            ])
            let result = try CaptureReplay(bytes).result
            let told = result.diagnoses.filter { $0.mechanism == .alteredInTransit }
            #expect(told.isEmpty == (times == 1), "\(told.first?.summary ?? "")")
            #expect(result.digest.limits.contains { $0.hasPrefix("\(times) packet") && $0.contains("wrong checksum") })
            guard let diagnosis = told.first else { continue }
            #expect(diagnosis.verdict == .interfered && diagnosis.confidence == .likely)
            #expect(diagnosis.summary.contains("what the \(byClient ? "client" : "server") said next came by 5 times"))
            #expect(diagnosis.zones.contains(byClient ? .path : .returnPath))
        }
    }

    @Test("What is acknowledged all the same was whole when it arrived")
    func taken() throws {
        let bytes = ConnectionScript.captureFile([
            Self.served(41_000), Self.served(41_001), Self.damaged(byClient: false, times: 3, isTaken: true),
        ])
        #expect(try CaptureReplay(bytes).result.diagnoses.allSatisfy { $0.mechanism != .alteredInTransit })
    }

    @Test("An answer by datagram that is damaged each time is none")
    func datagrams() throws {
        func exchange(_ port: UInt16, damaged: Bool, times: Int = 1) -> ConnectionScript {
            var exchange = ConnectionScript(port, to: ConnectionScript.server, 9_000)
            exchange.wait(Int64(port - 41_000) * 1_000)
            exchange.carrier = { bytes, isThere in
                guard damaged, !isThere else { return bytes }
                var changed = bytes
                changed[27] ^= 0x55
                return changed
            }
            for _ in 0..<times {
                exchange.datagram([1, 2, 3, 4], fromClient: true)
                exchange.datagram([5, 6, 7, 8], fromClient: false)
                exchange.wait(2_000)
            }
            return exchange
        }
        let bytes = ConnectionScript.captureFile(
            (0..<5).map { exchange(41_000 + $0, damaged: false) } + [exchange(41_010, damaged: true, times: 3)])
        let told = try CaptureReplay(bytes).diagnoses.filter { $0.verdict != .open }
        #expect(told.count == 1)
        #expect(told.first?.verdict == .blocked && told.first?.mechanism == .alteredInTransit)
        #expect(told.first?.summary.contains("3 with a wrong checksum") ?? false)
        #expect(told.first?.factTexts.contains("datagram back with a wrong checksum") ?? false)
    }
}
