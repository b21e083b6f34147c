import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// What only the probe's own socket knew is told from its packets, as far as they show it.
struct SavedWitnessTests {
    private func read(
        _ connections: [ConnectionScript], _ input: String, port: UInt16, _ transport: Transport = .tcp
    ) throws -> TargetDiagnosis {
        try ConnectionScript.savedProbe(
            connections,
            of: Target(input: input, host: "x", address: ConnectionScript.server, port: port, transport: transport))
    }

    // MARK: Words that nobody knows the meaning of

    enum Reception: CaseIterable { case answered, taken, dropped, reset }

    @Test(
        "What --payload said has its verdict, and in anybody else's capture it is data", arguments: Reception.allCases)
    func words(_ reception: Reception) throws {
        var connection = ConnectionScript(40_000, to: ConnectionScript.server, 7_777)
        connection.handshake()
        connection.client(Array("PING\r\n".utf8))
        switch reception {
        case .answered:
            connection.server(Array("PONG\r\n".utf8))
            connection.finish(byClient: true)
        case .taken:
            connection.acknowledge(fromClient: false)
            connection.wait(6_000)
            connection.reset(byClient: true)
        case .dropped:
            connection.repeatLast()
            connection.repeatLast()
            connection.wait(2_000)
            connection.reset(byClient: true)
        case .reset: connection.reset(byClient: false)
        }
        let diagnosis = try read([connection], "x:7777", port: 7_777)
        let expected: (Verdict, Mechanism?) =
            switch reception {
            case .answered: (.open, nil)
            case .taken: (.undetermined, .noReply)
            case .dropped: (.interfered, .silentDrop)
            case .reset: (.interfered, .tcpReset)
            }
        #expect(diagnosis.verdict == expected.0 && diagnosis.mechanism == expected.1, "\(diagnosis.summary)")
        #expect(diagnosis.stage == (reception == .answered ? nil : .application))
    }

    // MARK: Content that stalls

    /// - Parameter heard: bytes of the content that the client acknowledges.
    private func content(_ announced: Int, heard: Int, isRepeated: Bool) throws -> TargetDiagnosis {
        var connection = ConnectionScript(40_000, to: ConnectionScript.server, 80)
        connection.handshake()
        connection.client(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(announced)\r\n\r\n"
        connection.server(Array(head.utf8) + [UInt8](repeating: 0x61, count: min(heard, 1_000)))
        for _ in 0..<max(0, heard / 1_000 - 1) { connection.server([UInt8](repeating: 0x61, count: 1_000)) }
        connection.acknowledge(fromClient: true)
        if isRepeated {
            connection.server([UInt8](repeating: 0x61, count: 900))
            for _ in 0..<3 { connection.repeatLast() }
            connection = connection.resettingUnheard(900)
        } else {
            connection.wait(4_000)
            connection.reset(byClient: true)
        }
        return try read([connection], "http://x/", port: 80)
    }

    @Test("Content that is announced and does not come, or is not taken here; more than a probe wants is nobody's loss")
    func stalledContent() throws {
        let stalled = try content(5_000, heard: 1_000, isRepeated: false)
        #expect(stalled.verdict == .interfered && stalled.stage == .transfer && stalled.mechanism == .noReply)
        let untaken = try content(5_000, heard: 1_000, isRepeated: true)
        #expect(untaken.zones == [.localIngress] && untaken.mechanism == .silentDrop, "\(untaken.summary)")
        #expect(try content(1_000, heard: 1_000, isRepeated: false).verdict == .open)
        #expect(try content(500_000, heard: 34_000, isRepeated: false).verdict == .open)
    }

    // MARK: Datagrams

    private func question(_ number: UInt16) -> DNSMessage {
        DNSMessage.query(.root, .ns, identifier: number, edns: nil)
    }

    private func asked(_ port: UInt16, at start: Int64 = 0) -> ConnectionScript {
        var script = ConnectionScript(port, to: ConnectionScript.server, 53)
        script.wait(start)
        script.datagram(question(port).encoded(), fromClient: true)
        script.datagram(question(port).response().encoded(), fromClient: false)
        return script
    }

    enum Silence: CaseIterable { case remembered, forgotten, stale, untaken }

    @Test("A question asked once more after a silence, as --idle asks it", arguments: Silence.allCases)
    func idle(_ silence: Silence) throws {
        var hold = asked(41_000, at: 100)
        hold.wait(5_000)
        let again = question(7)
        for _ in 0..<(silence == .remembered ? 1 : 3) {
            hold.datagram(again.encoded(), fromClient: true)
            switch silence {
            case .remembered, .untaken: hold.datagram(again.response().encoded(), fromClient: false)
            case .stale: hold.datagram(question(41_000).response().encoded(), fromClient: false)
            case .forgotten: break
            }
            hold.wait(900)
        }
        let diagnosis = try read([asked(40_000), hold, asked(42_000, at: 9_000)], "x:53/udp", port: 53, .udp)
        guard silence != .remembered else {
            #expect(diagnosis.verdict == .open && diagnosis.summary.contains("still there"))
            return
        }
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .idle, "\(diagnosis.summary)")
        let expected: Mechanism = silence == .stale ? .protocolMismatch : .idleTimeout
        #expect(diagnosis.mechanism == expected && diagnosis.zones.contains(.localIngress) == (silence == .untaken))
        // Where the first question needed more than one try, what is asked again from one port is an experiment.
        var doubted = asked(40_000)
        doubted.datagram(question(40_000).encoded(), fromClient: true)
        #expect(try read([doubted, hold], "x:53/udp", port: 53, .udp).stage != .idle)
    }

    @Test("What answers from another address is not taken, and named")
    func elsewhere() throws {
        var there = ConnectionScript(40_000, to: ConnectionScript.server, 53)
        there.datagram(question(1).encoded(), fromClient: true)
        let other = IPAddress.v4(IPv4Address(rawValue: 0xCB00_7163))
        var back = ConnectionScript(40_000, to: other, 53)
        back.wait(5)
        back.datagram(question(1).response().encoded(), fromClient: false)
        back.wait(5_000)
        let diagnosis = try read([there, back], "x:53/udp", port: 53, .udp)
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .alteredInTransit)
        #expect(diagnosis.actor == other && diagnosis.confidence == .likely)
    }

    // MARK: This machine's own way out

    @Test(
        "A first connection with a short life is no rung; whether a rule gives it that, others tell",
        arguments: [true, false])
    func shortLife(isRule: Bool) throws {
        func dying(_ port: UInt16, _ timeToLive: UInt8, at start: Int64) -> ConnectionScript {
            var script = ConnectionScript(port)
            script.wait(start)
            script.there.timeToLive = timeToLive
            script.syn()
            let router = FrameBuilder(
                .rawIP, from: IPAddress("192.0.2.1") ?? other, to: ConnectionScript.client, timeToLive: 63)
            script.keep(router.icmpError(type: 11, code: 0, quoting: script.frames[0].bytes), false)
            return script
        }
        var control = ConnectionScript(40_900, to: ConnectionScript.server, 80)
        control.there.timeToLive = isRule ? 64 : 2
        control.wait(50)
        control.handshake()
        let scripts =
            [dying(40_000, 2, at: 0), control]
            + (1...3).map { dying(40_000 + UInt16($0), UInt8($0), at: 200 * Int64($0)) }
        let diagnosis = try read(scripts, "x:443", port: 443)
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == (isRule ? .alteredInTransit : .icmpReject))
        #expect(diagnosis.zones == [.localEgress, .path] && diagnosis.confidence == .likely)
    }

    private let other = ConnectionScript.server
}
