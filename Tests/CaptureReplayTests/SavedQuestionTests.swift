import CaptureFile
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// A DNS server that a probe asked in every way, read back from the file of the probe.
struct SavedQuestionTests {
    private static let name = DNSName("db.lab") ?? .root
    private static let target = Target(
        input: "dns://x:5301/db.lab", host: "x", address: ConnectionScript.server, port: 5_301, transport: .udp)

    private static func question(_ identifier: UInt16, room: UInt16? = nil) -> DNSMessage {
        DNSMessage.query(name, .a, identifier: identifier, edns: room.map { EDNS(payloadSize: $0) })
    }

    /// One question from a port of its own.
    ///
    /// - Parameter answers: nil for none; a question that is asked again comes a second later.
    private static func ask(
        _ number: UInt16, room: UInt16? = nil, after wait: Int64 = 0, answered: Bool = true, again: Bool = false
    ) -> ConnectionScript {
        let message = question(number, room: room)
        var script = ConnectionScript(40_000 + number, to: ConnectionScript.server, 5_301)
        script.wait(wait)
        for _ in 0..<(again ? 2 : 1) {
            script.datagram(message.encoded(), fromClient: true)
            if answered {
                let record = DNSRecord(name, ConnectionScript.server)
                script.datagram(message.response(answers: [record]).encoded(), fromClient: false)
            }
            script.wait(1_000)
        }
        return script
    }

    private static func askOverTCP(_ number: UInt16) -> ConnectionScript {
        let message = question(number)
        var script = ConnectionScript(41_000, to: ConnectionScript.server, 5_301)
        script.wait(20)
        script.handshake()
        let (bytes, answer) = (
            message.encodedForTCP(),
            message.response(answers: [DNSRecord(name, ConnectionScript.server)]).encodedForTCP()
        )
        script.client(bytes)
        script.server(answer)
        script.acknowledge(fromClient: true)
        script.finish(byClient: true)
        return script
    }

    /// - Parameter isWhole: the file has the counts that are written when the capture is over.
    private func read(_ scripts: [ConnectionScript], isWhole: Bool) throws -> TargetDiagnosis {
        var bytes: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &bytes)
        _ = writer.append(CaptureInterface(linkType: scripts[0].there.linkType), to: &bytes)
        let frames = scripts.flatMap(\.frames).sorted { $0.at < $1.at }
        for frame in frames {
            writer.append(frame.bytes.span, at: CaptureTimestamp(nanosecondsSince1970: frame.at), to: &bytes)
        }
        if isWhole {
            writer.append(
                InterfaceStatistics(droppedByOS: 0), ofInterface: 0,
                at: CaptureTimestamp(nanosecondsSince1970: frames.last?.at ?? 0), to: &bytes)
        }
        var analyzer = CaptureAnalyzer()
        analyzer.read(bytes.span, isComplete: true)
        return try #require(analyzer.result(named: [Self.target]).diagnoses.first)
    }

    @Test("Everything is answered: open")
    func open() throws {
        let all = [Self.ask(1), Self.ask(2, after: 10), Self.ask(3, room: 4_096, after: 11), Self.askOverTCP(4)]
        #expect(try read(all, isWhole: true).verdict == .open)
        // Other questions to the same server are other targets' affair.
        var other = ConnectionScript(42_000, to: ConnectionScript.server, 5_301)
        other.wait(5)
        let message = DNSMessage.query(.root, .ns, identifier: 9, edns: nil)
        other.datagram(message.encoded(), fromClient: true)
        other.datagram(message.response(.nonExistentDomain).encoded(), fromClient: false)
        #expect(try read(all + [other], isWhole: true).verdict == .open)
    }

    @Test("What a probe is known to ask, and is not in its file, has not left: where the file has its end")
    func withheld() throws {
        let datagrams = [Self.ask(1), Self.ask(2, after: 10), Self.ask(3, room: 4_096, after: 11)]
        let diagnosis = try read(datagrams, isWhole: true)
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .silentDrop)
        #expect(diagnosis.zones == [.localEgress] && diagnosis.confidence == .likely)
        #expect(try read(datagrams, isWhole: false).verdict == .open)
        // The second plain question goes beside one with EDNS.
        let plain = [Self.ask(1), Self.ask(2, after: 10), Self.ask(5, after: 2_500), Self.askOverTCP(4)]
        let withoutEDNS = try read(plain, isWhole: true)
        #expect(withoutEDNS.zones == [.localEgress] && withoutEDNS.summary.contains("EDNS"))
        #expect(try read(plain, isWhole: false).verdict == .open)
    }

    @Test("Questions with EDNS get no answer, or this machine does not take it")
    func edns() throws {
        func asked(isAnswered: Bool) -> [ConnectionScript] {
            [
                Self.ask(1), Self.ask(2, after: 10), Self.askOverTCP(4),
                Self.ask(3, room: 4_096, after: 11, answered: isAnswered, again: true),
                Self.ask(6, room: 512, after: 2_500, answered: isAnswered, again: true), Self.ask(5, after: 2_501),
            ]
        }
        let dropped = try read(asked(isAnswered: false), isWhole: true)
        #expect(dropped.verdict == .degraded && dropped.mechanism == .silentDrop && dropped.confidence == .strong)
        #expect(dropped.zones == [.path, .destination, .returnPath])
        // Who has its answer does not ask again.
        let untaken = try read(asked(isAnswered: true), isWhole: true)
        #expect(untaken.verdict == .degraded && untaken.mechanism == .silentDrop, "\(untaken.summary)")
    }

    @Test("Two answers to one question")
    func contradicted() throws {
        var script = Self.ask(1)
        script.datagram(Self.question(1).response(.nonExistentDomain).encoded(), fromClient: false)
        let diagnosis = try read([script], isWhole: true)
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .answeredByMiddlebox)
    }
}
