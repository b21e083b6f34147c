import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import CaptureReplay

/// One and the same thing, recorded at the client, on the routers and on the server: what each place shows, and what not.
struct VantagePointTests {
    private func told(_ connections: ConnectionScript...) throws -> [TargetDiagnosis] {
        try CaptureReplay(ConnectionScript.captureFile(connections)).diagnoses
    }

    /// As a machine records it with a cooked header on all of its interfaces.
    private static func cooked(
        _ port: UInt16, to serverPort: UInt16, atServer: Bool, clientTimeToLive: UInt8 = 61
    ) -> ConnectionScript {
        var script = ConnectionScript(port, to: ConnectionScript.server, serverPort)
        script.there.timeToLive = clientTimeToLive
        script.back.timeToLive = atServer ? 64 : 61
        script.there.link = .linuxSLL(atServer ? .toUs : .fromUs)
        script.back.link = .linuxSLL(atServer ? .fromUs : .toUs)
        return script
    }

    // MARK: On the server

    @Test("On the server: an answer that left it and that the client asks for again was not dropped by the server")
    func answeredAndUnheard() throws {
        var connection = Self.cooked(40_000, to: 5_432, atServer: true)
        for _ in 0..<3 {
            connection.syn()
            connection.synAck()
            connection.wait(1_000)
        }
        let lost = try #require(told(connection).first)
        #expect(lost.verdict == .blocked && lost.mechanism == .silentDrop && lost.confidence == .likely)
        #expect(lost.zones == [.returnPath, .localIngress], "\(lost.summary)")
        #expect(lost.summary.contains("passes the place of the capture 3 times"), "\(lost.summary)")
        // The same without the answers, beside a connection that shows where this was taken.
        var other = Self.cooked(40_001, to: 443, atServer: true)
        other.handshake()
        let silent = try told(other, connection.keeping { _, isThere in isThere })
        #expect(silent.last?.zones == [.destination] && silent.last?.confidence == .strong)
    }

    // MARK: On a router

    @Test(
        "What completes the handshake next to the tap is on the client's own machine only where its packets had not left it",
        arguments: [64, 63, 61] as [UInt8])
    func middlebox(clientTimeToLive: UInt8) throws {
        var taken = ConnectionScript(40_000, to: ConnectionScript.server, 5_432)
        taken.there.timeToLive = clientTimeToLive
        taken.back.timeToLive = 64
        taken.handshake()
        var control = ConnectionScript(40_001, to: ConnectionScript.server, 443)
        control.there.timeToLive = clientTimeToLive
        control.handshake()
        let diagnosis = try #require(told(taken, control).first)
        #expect(diagnosis.mechanism == .answeredByMiddlebox)
        #expect(diagnosis.zones == (clientTimeToLive == 64 ? [.path, .localEgress] : [.path]))
    }

    @Test("A router that records what it rejects is not nearer than a host on its own link")
    func ownRejection() throws {
        func capture(rejecter: IPAddress, _ type: CookedPacketType) throws -> TargetDiagnosis? {
            var rejected = ConnectionScript(40_000, to: ConnectionScript.server, 161, link: .linuxSLL(.toUs))
            rejected.there.timeToLive = 62
            rejected.syn()
            var refused = ConnectionScript(40_000, to: ConnectionScript.server, 161)
            refused.there.timeToLive = 62
            refused.syn()
            let builder = FrameBuilder(.linuxSLL(type), from: rejecter, to: ConnectionScript.client)
            rejected.keep(builder.icmpError(type: 3, code: 13, quoting: refused.frames[0].bytes), false)
            var open = ConnectionScript(40_001, to: ConnectionScript.server, 443, link: .linuxSLL(.toUs))
            open.there.timeToLive = 62
            open.back.timeToLive = 64
            open.handshake()
            return try told(rejected, open).last
        }
        let router = try #require(IPAddress("192.0.2.18"))
        #expect(try capture(rejecter: router, .fromUs)?.verdict == .open)
        // One that stands before it is.
        #expect(try capture(rejecter: router, .toUs)?.mechanism == .answeredByMiddlebox)
    }

    // MARK: Handshakes that the client does not complete

    @Test("A SYN-ACK that the client resets is no completed handshake")
    func resetAnswers() throws {
        var scanned = ConnectionScript()
        scanned.syn()
        scanned.synAck()
        scanned.resetAnswer()
        let half = try #require(told(scanned).first)
        #expect(half.verdict == .open && half.confidence == .likely, "\(half.summary)")
        #expect(!half.summary.contains("completed"), "\(half.summary)")

        var refused = ConnectionScript()
        refused.there.timeToLive = 62
        refused.syn()
        refused.synAck()
        refused.wait(1_000)
        refused.synAck()
        refused.resetAnswer()
        let late = try #require(told(refused).first)
        #expect(late.verdict == .undetermined && late.mechanism == .tcpReset, "\(late.summary)")
        #expect(!late.zones.contains(.destination))

        // Its SYN went to another address.
        let strange = try #require(told(refused.keeping { bytes, _ in bytes[33] != 0x02 }).first)
        #expect(strange.verdict == .undetermined && strange.summary.contains("holds no SYN"), "\(strange.summary)")
        // And one that was completed is open.
        var complete = ConnectionScript()
        complete.handshake()
        complete.lateReset(byClient: true)
        #expect(try told(complete).first?.confidence == .proved)
    }

    // MARK: Datagrams

    @Test("Two questions from one port at once, as resolvers ask for both kinds of address, are no loss")
    func questionsAtOnce() throws {
        func asked(after pause: Int64, answers: Int) throws -> TargetDiagnosis? {
            var script = ConnectionScript(to: ConnectionScript.server, 53)
            let questions = [1, 28].map { DNSMessage.question("www.lab", UInt16($0)) }
            for question in questions {
                script.datagram(question.encoded(), fromClient: true)
                if question == questions[0] { script.wait(pause) }
            }
            for question in questions.prefix(answers) {
                script.datagram(question.response().encoded(), fromClient: false)
            }
            script.wait(3_000)
            var other = ConnectionScript(40_001, to: ConnectionScript.server, 443)
            other.wait(5_000)
            other.handshake()
            return try told(script, other).first
        }
        #expect(try asked(after: 0, answers: 2)?.verdict == .open)
        #expect(try asked(after: 1_000, answers: 1)?.verdict == .degraded)
    }

    @Test("Between a machine and itself there is no path", arguments: ["127.0.0.1", "::1", "192.0.2.7"])
    func itself(_ text: String) throws {
        let own = try #require(IPAddress(text))
        var refused = ConnectionScript(from: own, 40_000, to: own, 4_444)
        refused.back.timeToLive = 64
        refused.syn()
        refused.refuse()
        let closed = try #require(told(refused).first)
        #expect(closed.verdict == .closed && closed.mechanism == .noListener && closed.zones == [.destination])
        var silent = ConnectionScript(from: own, 40_001, to: own, 4_444)
        for _ in 0..<3 {
            silent.syn()
            silent.wait(1_000)
        }
        let dropped = try #require(told(silent).first)
        #expect(
            dropped.verdict == .blocked && Set(dropped.zones).isDisjoint(with: [.path, .returnPath]), "\(dropped.zones)"
        )
    }
}
