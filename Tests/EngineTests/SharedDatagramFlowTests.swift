import CaptureReplay
import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// The datagrams of a ladder that is one flow: told apart by their lengths, in both families.
struct SharedDatagramFlowTests {
    private var router: IPAddress { IPAddress("192.0.2.2")! }

    /// Who the rungs' packets are sent by: attempts 11 and up, with TTL 1 and up.
    private struct Ladder {
        var script: PacketScript
        var witness = WireWitness()
        let port: UInt16
        var payloads: [Int: [UInt8]] = [:]

        init(_ family: IPFamily, port: UInt16 = 7, rungs: Int = 5, leaving: Bool = true) {
            script = PacketScript(family)
            self.port = port
            witness.own = [script.client]
            for number in 0..<rungs { send(11 + number, timeToLive: number + 1, number: number, leaves: leaving) }
        }

        mutating func send(_ attempt: Int, timeToLive: Int, number: Int, leaves: Bool = true) {
            let payload = UDPPayload.test(port: port).rung(number)
            payloads[attempt] = payload
            witness.register(
                .udp(port: port), local: Endpoint(script.client, 40_000), remote: script.server, target: 0,
                attempt: attempt, timeToLive: timeToLive, payload: payload)
            guard leaves else { return }
            script.sendDatagram(to: port, timeToLive: UInt8(timeToLive), payload: payload)
            #expect(receive() == attempt)
        }

        /// What the witness makes of the script's last frame, which it learns from.
        mutating func receive() -> Int? {
            let frame = script.frames.last!
            let identifier = frame.packet.datagramIdentifier(in: frame.bytes.span)
            guard
                case (.attempt(let target, let attempt), let fromInitiator)? = witness.owner(
                    of: frame.packet, identifier: identifier)
            else { return nil }
            witness.learn(frame.packet, from: .attempt(target: target, attempt: attempt), isSent: fromInitiator)
            return attempt
        }

        /// A router's "time exceeded" about a rung, with no more of it than eight bytes of UDP.
        mutating func runOut(_ attempt: Int, by router: IPAddress, type: UInt8? = nil) -> Int? {
            refuse(
                FrameBuilder(.rawIP, from: script.client, to: script.server, timeToLive: 1)
                    .udp(from: 40_000, to: port, payload: payloads[attempt]!), by: router, type: type)
        }

        mutating func refuse(_ quoted: [UInt8], by router: IPAddress, type: UInt8? = nil) -> Int? {
            let isV4 = script.client.family == .v4
            let cut = Array(quoted.prefix((isV4 ? 20 : 40) + 8))
            script.add(
                FrameBuilder(.rawIP, from: router, to: script.client)
                    .icmpError(type: type ?? (isV4 ? 11 : 3), code: 0, quoting: cut))
            return receive()
        }

        mutating func answer(_ payload: [UInt8], timeToLive: UInt8 = 61) -> Int? {
            script.answerDatagram(from: port, timeToLive: timeToLive, payload: payload)
            return receive()
        }
    }

    private func hop(_ family: IPFamily) -> IPAddress { IPAddress(family == .v4 ? "192.0.2.2" : "2001:db8:2::2")! }

    @Test(
        "Errors belong by the quoted length, in any order and before the datagram was seen to leave",
        arguments: IPFamily.allCases, [UInt16(7), 53])
    func errors(_ family: IPFamily, port: UInt16) {
        for leaving in [true, false] {
            var ladder = Ladder(family, port: port, leaving: leaving)
            for attempt in [13, 11, 15, 12] { #expect(ladder.runOut(attempt, by: hop(family)) == attempt) }
            #expect(ladder.runOut(14, by: ladder.script.server, type: family == .v4 ? 3 : 1) == 14)
        }
        var ladder = Ladder(family, port: port)
        ladder.payloads[99] = Array(repeating: 0, count: 700)
        #expect(ladder.runOut(99, by: hop(family)) == nil, "no packet of ours is that long")
    }

    @Test("A rung that is sent again has a name of its own")
    func repeated() {
        var ladder = Ladder(.v4)
        ladder.send(20, timeToLive: 2, number: 5)
        #expect(ladder.runOut(20, by: router) == 20)
        #expect(ladder.runOut(12, by: router) == 12)
    }

    @Test("Lengths that are used again are the latest packet's")
    func reused() {
        var ladder = Ladder(.v4, rungs: 3)
        ladder.send(30, timeToLive: 2, number: 1 + UDPPayload.mostLengths)
        #expect(ladder.payloads[30]?.count == ladder.payloads[12]?.count)
        #expect(ladder.runOut(30, by: router) == 30)
    }

    @Test("An answer of DNS, and one that brings back what was sent, name their rung", arguments: [UInt16(53), 7])
    func identified(port: UInt16) throws {
        var ladder = Ladder(.v4, port: port)
        for attempt in [15, 14] {
            var payload = try #require(ladder.payloads[attempt])
            if port == 53 {
                let query = try DNSMessage(decoding: payload.span)
                payload = query.response(.refused).encoded()
            }
            #expect(ladder.answer(payload) == attempt)
        }
    }

    @Test("Any other answer is the nearest rung's that no router stopped, and each rung's once")
    func presumed() {
        var ladder = Ladder(.v4)
        for attempt in 11...13 { #expect(ladder.runOut(attempt, by: router) == attempt) }
        #expect(ladder.answer([0, 0]) == 14)
        #expect(ladder.answer([0, 0]) == 15)
        #expect(ladder.answer([0, 0]) == 15, "one too many changes nothing")
    }

    @Test("Where all datagrams begin alike, an answer that begins so, too, names none of them")
    func alike() {
        var ladder = Ladder(.v4, port: 4433)
        for attempt in 11...13 { #expect(ladder.runOut(attempt, by: router) == attempt) }
        #expect(ladder.answer([0x16, 0xFE, 0xFF]) == 14)
    }

    @Test("Where routers keep silent the arriving TTL says how far the host is")
    func presumedBehindSilentRouters() {
        // Three routers, of which the last two say nothing: 64 - 3.
        var ladder = Ladder(.v4)
        #expect(ladder.runOut(11, by: router) == 11)
        #expect(ladder.answer([0, 0]) == 14)
        #expect(ladder.answer([0, 0]) == 15)
    }

    @Test("Who answers in the host's name from nearer is no farther than the routers say")
    func presumedOfMiddlebox() {
        var ladder = Ladder(.v4)
        #expect(ladder.runOut(11, by: router) == 11)
        #expect(ladder.answer([0, 0], timeToLive: 63) == 12)
        var longWayBack = Ladder(.v4)
        for attempt in 11...13 { #expect(longWayBack.runOut(attempt, by: router) == attempt) }
        #expect(longWayBack.answer([0, 0], timeToLive: 50) == 14)
    }

    @Test("A quote with translated addresses and ports is still the rung's; somebody else's is not")
    func rewritten() {
        func quote(from source: String, _ port: UInt16, to remote: String = "203.0.113.10", _ payload: [UInt8])
            -> [UInt8]
        {
            FrameBuilder(.rawIP, from: IPAddress(source)!, to: IPAddress(remote)!, timeToLive: 1)
                .udp(from: port, to: 7, payload: payload)
        }
        var ladder = Ladder(.v4)
        let payload = ladder.payloads[12]!
        #expect(ladder.refuse(quote(from: "192.0.2.77", 1_024, payload), by: router) == 12)
        #expect(ladder.refuse(quote(from: "192.0.2.77", 40_000, payload), by: router) == 12)
        #expect(ladder.refuse(quote(from: "198.51.100.2", 40_000, to: "10.0.0.9", payload), by: router) == 12)
        #expect(ladder.refuse(quote(from: "198.51.100.2", 1_024, payload), by: router) == nil, "another socket")
        #expect(ladder.refuse(quote(from: "192.0.2.77", 1_024, to: "10.0.0.9", payload), by: router) == nil)
        #expect(ladder.refuse(quote(from: "192.0.2.77", 1_024, [1]), by: router) == nil)
    }

    @Test("The length that a rung has is no change on its way")
    func noChange() throws {
        var ladder = Ladder(.v4)
        var attempts: [Attempt] = []
        for number in 0..<5 {
            let attempt = 11 + number
            _ = ladder.runOut(attempt, by: router)
            var facts = Attempt(
                purpose: .rung(timeToLive: number + 1), kind: .udp(port: 7), remote: ladder.script.server,
                startedAt: .zero)
            facts.local = Endpoint(ladder.script.client, 40_000)
            for (frame, isSent) in [(ladder.script.frames[number], true), (ladder.script.frames.last!, false)] {
                facts.packets.append(
                    try #require(
                        SeenPacket(
                            frame.packet, frame: 1, at: frame.at, fromInitiator: isSent,
                            quote: PacketQuote(frame.packet, in: frame.bytes.span))))
            }
            attempts.append(facts)
        }
        let path = PathView(attempts: attempts)
        #expect(path.hops.count == 5 && path.lastAnswering?.ttl == 5)
        #expect(path.changes.isEmpty, "\(path.changes)")
    }

    @Test("A file tells them apart too", arguments: IPFamily.allCases)
    func offline(_ family: IPFamily) {
        var ladder = Ladder(family)
        ladder.script.sendDatagram(from: 50_000, to: 7, payload: UDPPayload.test(port: 7).first)
        for attempt in [13, 11, 12] { _ = ladder.runOut(attempt, by: hop(family)) }
        // Sent once more, with a name of its own.
        ladder.send(16, timeToLive: 3, number: 5)
        _ = ladder.runOut(16, by: hop(family))
        _ = ladder.answer(ladder.payloads[15]!)
        _ = ladder.answer([0, 0])
        let facts = ladder.script.table.facts(observedUntil: ladder.script.end)
        #expect(facts.count == 1)
        let path = PathView(attempts: facts[0].attempts)
        #expect(path.hops.map(\.targetTally.sent) == [1, 1, 2, 1, 1])
        #expect(path.hops.map(\.targetTally.answered) == [1, 1, 2, 1, 1])
        #expect(path.targetEnd?.ttl == 4)
    }

    @Test("Datagrams of one TTL are one conversation, however long they are and however short they live")
    func noLadder() {
        var script = PacketScript()
        for length in 1...5 {
            script.sendDatagram(to: 1_900, timeToLive: 4, payload: Array(repeating: 0, count: length))
        }
        script.answerDatagram(from: 1_900)
        script.answerDatagram(from: 1_900)
        #expect(script.table.conversations.map(\.packets.count) == [7])
    }
}
