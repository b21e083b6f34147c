import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// In anybody's capture: what passed the tap and was asked for again may be lost behind it, in the machine itself too.
struct MissedBehindTapTests {
    private func diagnose(_ scripts: [ConnectionScript]) throws -> TargetDiagnosis {
        try #require(CaptureReplay(ConnectionScript.captureFile(scripts)).diagnoses.first)
    }

    @Test(
        "Words that pass and are never acknowledged; where they are lost before the tap, the client's machine is not meant"
    )
    func words() throws {
        func connection(isSeen: Bool) -> ConnectionScript {
            var connection = ConnectionScript(40_000, to: ConnectionScript.server, 7_777)
            connection.handshake()
            connection.client([1, 2, 3])
            connection.acknowledge(fromClient: false)
            guard isSeen else {
                for _ in 0..<4 {
                    connection.client([4, 5, 6])
                    connection.wait(2_000)
                }
                return connection
            }
            connection.server([UInt8](repeating: 7, count: 900))
            for _ in 0..<4 { connection.repeatLast() }
            return connection.resettingUnheard(900)
        }
        let seen = try diagnose([connection(isSeen: true)])
        #expect(seen.verdict == .interfered && seen.zones.contains(.localIngress), "\(seen.summary) \(seen.zones)")
        let unseen = try diagnose([connection(isSeen: false)])
        #expect(!unseen.zones.contains(.localIngress), "\(unseen.summary) \(unseen.zones)")
    }

    @Test(
        "What passes the loopback on its way elsewhere has not left; on its way to this machine itself it has arrived")
    func loopback() throws {
        let nowhere = FrameBuilder.Link.ethernet(from: MACAddress(rawValue: 0), to: MACAddress(rawValue: 0))
        var connection = ConnectionScript(link: nowhere)
        for wait: Int64 in [1_000, 2_000, 4_000] {
            connection.syn()
            connection.wait(wait)
        }
        let delivered = try diagnose([connection])
        #expect(
            delivered.zones == [.localEgress, .destination] && delivered.confidence == .likely, "\(delivered.summary)")
        let client = ConnectionScript.client
        var own = ConnectionScript(from: client, 40_000, to: client, 443, link: nowhere)
        own.handshake()
        #expect(try diagnose([own]).verdict == .open)
    }

    @Test("An answer that passed no router may be made on the machine that captured")
    func agent() throws {
        var taken = ConnectionScript(40_000, to: ConnectionScript.server, 5_432)
        taken.back.timeToLive = 64
        taken.handshake()
        var control = ConnectionScript(40_001, to: ConnectionScript.server, 443)
        control.wait(100)
        control.handshake()
        let diagnosis = try diagnose([taken, control])
        #expect(diagnosis.mechanism == .answeredByMiddlebox && diagnosis.zones == [.path, .localEgress])
    }
}
