import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// ICMP errors that quote what the host sent, in captures from its side.
struct AnswerTurnedBackTests {
    private static let router = IPAddress.v4(IPv4Address(rawValue: 0xC000_0201))

    /// Three SYNs whose answers somebody turns back.
    private static func asked(
        _ type: UInt8 = 3, _ code: UInt8, by sender: IPAddress, seesAnswer: Bool = true
    ) -> ConnectionScript {
        var script = ConnectionScript(40_000, to: ConnectionScript.server, 5_432)
        script.there.timeToLive = 61
        script.back.timeToLive = 64
        let error = FrameBuilder(.rawIP, from: sender, to: ConnectionScript.server, timeToLive: 63)
        for _ in 0..<3 {
            script.syn()
            script.synAck()
            let answer = script.frames.last?.bytes ?? []
            script.keep(error.icmpError(type: type, code: code, quoting: answer), false)
            script.wait(1_000)
        }
        return seesAnswer
            ? script : script.keeping { bytes, isThere in isThere || bytes[9] == 1 }
    }

    private func told(_ script: ConnectionScript) throws -> TargetDiagnosis {
        try #require(CaptureReplay(script.captureFile).diagnoses.first)
    }

    @Test("By a filter, a router without a route, and the last router")
    func byRouters() throws {
        let filtered = try told(Self.asked(3, 13, by: Self.router))
        #expect(filtered.verdict == .blocked && filtered.mechanism == .icmpReject && filtered.zones == [.returnPath])
        #expect(filtered.actor == Self.router && filtered.confidence == .strong)
        #expect(filtered.summary.contains("turns the host's SYN-ACK back"))
        let lost = try told(Self.asked(3, 0, by: Self.router))
        #expect(lost.verdict == .unreachable && lost.mechanism == .noRoute && lost.confidence == .strong)
        #expect(lost.zones == [.returnPath, .path, .localEgress] && lost.summary.contains("address"))
        #expect(try told(Self.asked(3, 1, by: Self.router)).mechanism == .noNeighbor)
    }

    @Test("By the host's own kernel, whose answer never leaves", arguments: [true, false])
    func byItself(_ seesAnswer: Bool) throws {
        let found = try told(Self.asked(3, 1, by: ConnectionScript.server, seesAnswer: seesAnswer))
        #expect(found.verdict == .unreachable && found.mechanism == .noNeighbor && found.confidence == .likely)
        #expect(found.zones == [.destination, .returnPath])
        #expect(found.summary.contains("no way for its SYN-ACK"))
    }

    @Test("Of an answer that the client got, or does not want any more, it says nothing")
    func served() throws {
        var script = ConnectionScript(40_000, to: ConnectionScript.server, 5_432)
        let error = FrameBuilder(.rawIP, from: Self.router, to: ConnectionScript.server, timeToLive: 63)
        script.syn()
        script.synAck()
        script.keep(error.icmpError(type: 3, code: 13, quoting: script.frames.last?.bytes ?? []), false)
        script.handshake()
        #expect(try told(script).verdict == .open)
        var datagrams = ConnectionScript(40_000, to: ConnectionScript.server, 9_999)
        datagrams.datagram([1, 2, 3], fromClient: true)
        datagrams.datagram([4, 5, 6], fromClient: false)
        let answer = datagrams.frames.last?.bytes ?? []
        var late = datagrams
        late.keep(late.there.icmpError(type: 3, code: 3, quoting: answer), true)
        #expect(try told(late).verdict == .open)
        datagrams.keep(error.icmpError(type: 3, code: 13, quoting: answer), false)
        let lost = try told(datagrams)
        #expect(lost.verdict == .blocked && lost.mechanism == .icmpReject && lost.zones == [.returnPath])
        datagrams.datagram([7, 8, 9], fromClient: false)
        #expect(try told(datagrams).verdict == .open)
    }

    @Test("An error about the question is what it was")
    func question() throws {
        var script = ConnectionScript(40_000, to: ConnectionScript.server, 5_432)
        script.syn()
        let error = FrameBuilder(.rawIP, from: Self.router, to: ConnectionScript.client, timeToLive: 63)
        script.keep(error.icmpError(type: 3, code: 13, quoting: script.frames.last?.bytes ?? []), false)
        let found = try told(script)
        #expect(found.verdict == .blocked && found.mechanism == .icmpReject && found.zones == [.path])
    }
}
