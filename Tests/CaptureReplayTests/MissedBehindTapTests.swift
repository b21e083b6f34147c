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

    private static let loopback = FrameBuilder.Link.ethernet(
        from: MACAddress(rawValue: 0), to: MACAddress(rawValue: 0))

    @Test("What passes the loopback has not left, where the same address answers on a link", arguments: [true, false])
    func delivered(isRefused: Bool) throws {
        var connection = ConnectionScript(link: Self.loopback)
        connection.back.timeToLive = 64
        connection.syn()
        if isRefused { connection.refuse() }
        connection.wait(5_000)
        var control = ConnectionScript(
            40_001, to: ConnectionScript.server, 80,
            link: .ethernet(from: MACAddress(rawValue: 0x0200_0000_0001), to: MACAddress(rawValue: 0x0200_0000_0002)))
        control.wait(100)
        control.handshake()
        control.wait(9_000)
        control.finish(byClient: true)
        let diagnosis = try diagnose([connection, control])
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == (isRefused ? .tcpReset : .silentDrop))
        #expect(diagnosis.zones == [.localEgress], "\(diagnosis.summary)")
    }

    @Test("Where nothing shows that it is another's, an address on the loopback is this machine's own")
    func own() throws {
        var closed = ConnectionScript(link: Self.loopback)
        closed.syn()
        closed.refuse()
        var open = ConnectionScript(40_001, to: ConnectionScript.server, 80, link: Self.loopback)
        open.wait(100)
        open.back.timeToLive = 64
        open.handshake()
        #expect(try diagnose([closed, open]).verdict == .closed)
        var silent = ConnectionScript(link: Self.loopback)
        for _ in 0..<3 {
            silent.syn()
            silent.wait(2_000)
        }
        let unanswered = try silent.diagnosis
        #expect(unanswered.verdict == .blocked && unanswered.zones.contains(.destination), "\(unanswered.summary)")
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
