import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// SSH up to its keys: whoever leaves before there are any had a reason, and both offers are in the clear.
struct SSHKeyExchangeHintTests {
    private enum End: CaseIterable {
        case byServer, byClient, reset, words, goesOn
    }

    private static let keys: [UInt8] = [0, 0, 0, 12, 10, 21] + [UInt8](repeating: 0, count: 10)
    private static let asks: [UInt8] = [0, 0, 0, 12, 6, 30] + [UInt8](repeating: 1, count: 10)

    private func diagnosis(
        of server: SSHOffer, _ end: End, sendsKeys: Bool = false, inOneSegment: Bool = false
    ) throws -> TargetDiagnosis {
        try ConnectionScript.opened(22) { connection in
            let name = Array("SSH-2.0-old\r\n".utf8)
            connection.server(inOneSegment ? name + server.packet : name)
            connection.client(Array("SSH-2.0-new\r\n".utf8))
            connection.client(SSHOffer().packet)
            if !inOneSegment { connection.server(server.packet) }
            if sendsKeys {
                connection.client(Self.asks)
                connection.server(Self.asks + Self.keys)
                connection.client(Self.keys)
            }
            connection.acknowledge(fromClient: true)
            switch end {
            case .byServer: connection.finish(byClient: false)
            case .byClient: connection.finish(byClient: true)
            case .reset: connection.reset(byClient: false)
            case .words:
                connection.server(SSHOffer.disconnect(3, "no matching\u{1B}[31m"))
                connection.finish(byClient: false)
            case .goesOn: break
            }
        }
    }

    @Test("Nothing in common is told whoever leaves", arguments: [true, false])
    func nothingInCommon(inOneSegment: Bool) throws {
        for end in End.allCases {
            let found = try diagnosis(
                of: SSHOffer(methods: "group1,ext-info-s"), end, inOneSegment: inOneSegment)
            #expect(found.verdict == (end == .goesOn ? .open : .interfered), "\(end)")
            #expect(found.mechanism == (end == .goesOn ? nil : .protocolMismatch))
            guard end != .goesOn else { continue }
            #expect(found.stage == .application && found.confidence == .likely)
            #expect(found.summary.contains("key exchange method") && found.summary.contains("the server group1."))
            #expect(!found.evidence.contains { $0.fact.contains("\u{1B}") })
        }
    }

    @Test("Who agrees and has keys is open, however it ends")
    func agreed() throws {
        for end in End.allCases where end != .words {
            #expect(try diagnosis(of: SSHOffer(), end, sendsKeys: true).verdict == .open, "\(end)")
        }
    }

    @Test("A server that leaves in its own words before there are keys is quoted")
    func parting() throws {
        let found = try diagnosis(of: SSHOffer(), .words)
        #expect(found.mechanism == .closedByPeer && found.summary.contains("no matching\\x1b[31m"))
    }
}
