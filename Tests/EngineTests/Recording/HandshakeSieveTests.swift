import Conversations
import PacketWire
import StallpointTestKit
import Testing

@testable import Engine

/// Scripts of packets, and what becomes of each, where four of a conversation are kept, and its SYN-ACK: k kept, H kept after what was held, g kept and what was held let go,
/// h held, d dropped.
@Suite struct HandshakeSieveTests {
    static func letter(_ fate: HandshakeSieve.Fate) -> Character {
        switch fate {
        case .keep: "k"
        case .keepAfterHeld: "H"
        case .keepAndLetGo: "g"
        case .hold: "h"
        case .drop: "d"
        }
    }

    static func fates(
        _ script: PacketScript, _ sieve: inout HandshakeSieve
    ) -> String {
        String(script.frames.map { letter(sieve.judge($0.packet, at: $0.at.nanoseconds)) })
    }

    static func limits(opening: UInt8 = 4, conversations: Int = 100) -> HandshakeSieve.Limits {
        var limits = HandshakeSieve.Limits()
        limits.opening = opening
        limits.conversations = conversations
        return limits
    }

    static func handshake(_ script: inout PacketScript, from source: UInt16 = 40_000) {
        script.send(.syn, from: source)
        script.answer([.syn, .ack], to: source)
        script.send(.ack, from: source, sequence: 1_001, acknowledges: 5_001)
    }

    /// So many segments of a kilobyte from the server, each acknowledged.
    static func bulk(_ script: inout PacketScript, _ count: Int, first: Int = 0, from source: UInt16 = 40_000) {
        for index in first..<first + count {
            let sequence = 5_001 + UInt32(index) * 1_000
            script.answer(
                .ack, to: source, sequence: sequence, acknowledges: 1_001, payload: [UInt8](repeating: 7, count: 1_000))
            script.send(.ack, from: source, sequence: 1_001, acknowledges: sequence + 1_000)
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var fates: String
        var script: @Sendable (inout PacketScript) -> Void
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "no answer: every SYN", fates: "kkkkkk") { script in
            for _ in 0..<6 { script.send(.syn) }
        },
        Case(name: "refused", fates: "kH") { script in
            script.send(.syn)
            script.answer([.rst, .ack])
        },
        Case(name: "rejected by a router", fates: "kHkH") { script in
            for _ in 0..<2 {
                script.send(.syn)
                script.refuse(type: 3, code: 13, by: IPAddress("192.0.2.2")!)
            }
        },
        Case(name: "bulk that ends well", fates: "kkkkkhhhhgg") { script in
            handshake(&script)
            bulk(&script, 3)
            script.answer([.fin, .ack], sequence: 8_001)
            script.send([.fin, .ack], sequence: 1_001, acknowledges: 8_002)
        },
        Case(name: "a reset after the end is no failure", fates: "kkkkkgk") { script in
            handshake(&script)
            bulk(&script, 1)
            script.answer([.fin, .ack], sequence: 6_001)
            script.send(.rst, sequence: 1_001)
        },
        Case(name: "a reset in the middle", fates: "kkkkkhhHkkkkh") { script in
            handshake(&script)
            bulk(&script, 2)
            script.answer(.rst, sequence: 7_001)
            for _ in 0..<5 { script.send(.ack, sequence: 1_001, acknowledges: 7_001) }
        },
        Case(name: "a segment said again once is loss, not failure", fates: "kkkkkhhhh") { script in
            handshake(&script)
            bulk(&script, 2)
            bulk(&script, 1, first: 1)
        },
        Case(name: "a segment said again and again", fates: "kkkkkhhhhhH") { script in
            handshake(&script)
            bulk(&script, 2)
            script.answer(.ack, sequence: 7_001, payload: [1])
            for _ in 0..<3 { script.answer(.ack, sequence: 7_001, payload: [1]) }
        },
        Case(name: "each of many segments once more", fates: "kkkkkhhhhhhhhhhhhhhhhh") { script in
            handshake(&script)
            bulk(&script, 5)
            for index in 0..<4 {
                let sequence = 10_001 + UInt32(index) * 1_000
                script.answer(.ack, sequence: sequence, payload: [UInt8](repeating: 1, count: 1_000))
            }
            for index in 0..<4 {
                let sequence = 10_001 + UInt32(index) * 1_000
                script.answer(.ack, sequence: sequence, payload: [UInt8](repeating: 1, count: 1_000))
            }
            script.send(.ack, sequence: 1_001, acknowledges: 14_001)
        },
        Case(name: "keep-alives that are answered", fates: "kkkkkhhhhhhhh") { script in
            handshake(&script)
            bulk(&script, 1)
            for _ in 0..<4 {
                script.answer(.ack, sequence: 6_000, payload: [0])
                script.send(.ack, sequence: 1_001, acknowledges: 6_001)
            }
        },
        Case(name: "keep-alives that nobody answers", fates: "kkkkkhhHHkk") { script in
            handshake(&script)
            bulk(&script, 1)
            for _ in 0..<4 { script.answer(.ack, sequence: 6_000, payload: [0]) }
            for _ in 0..<2 { script.answer(.ack, sequence: 6_001) }
        },
        Case(name: "a fragment is needed", fates: "kkkkkhHkkkkh") { script in
            handshake(&script)
            bulk(&script, 1)
            script.send(.ack, sequence: 1_001, acknowledges: 6_001, payload: [UInt8](repeating: 1, count: 1_400))
            script.refuse(type: 3, code: 4, by: IPAddress("192.0.2.2")!)
            bulk(&script, 2, first: 1)
            script.send(.ack, sequence: 2_401, acknowledges: 8_001)
        },
        Case(name: "the same ports again, the one before unheard", fates: "kkkkkhHkkkk") { script in
            handshake(&script)
            bulk(&script, 1)
            script.answer(.ack, sequence: 6_001, payload: [1, 2])
            script.send(.syn, sequence: 90_000)
            script.answer([.syn, .ack], acknowledges: 90_001)
            for _ in 0..<3 { script.send(.ack, sequence: 90_001, acknowledges: 5_001) }
        },
        Case(name: "the same ports again after a good end", fates: "kkkkkggk") { script in
            handshake(&script)
            bulk(&script, 1)
            script.answer([.fin, .ack], sequence: 6_001)
            script.send(.syn, sequence: 90_000)
            script.answer([.syn, .ack], acknowledges: 90_001)
        },
        Case(name: "datagrams", fates: "kkkkhhHk") { script in
            for _ in 0..<3 {
                script.sendDatagram()
                script.answerDatagram()
            }
            script.refuse(type: 3, code: 3, by: script.server)
            script.sendDatagram()
        },
        Case(name: "echoes", fates: "kkkkdd") { script in
            for sequence: UInt16 in 0..<3 {
                script.add(
                    FrameBuilder(.rawIP, from: script.client, to: script.server).echo(identifier: 7, sequence: sequence)
                )
                script.add(
                    FrameBuilder(.rawIP, from: script.server, to: script.client)
                        .echo(identifier: 7, sequence: sequence, isReply: true))
            }
        },
        Case(name: "other protocols", fates: "kkkkd") { script in
            for _ in 0..<5 {
                script.add(
                    FrameBuilder(.rawIP, from: script.client, to: script.server).ip(IPProtocol(rawValue: 50), [1]))
            }
        },
        Case(name: "what is no conversation", fates: "kkkkkk") { script in
            for _ in 0..<5 { script.add([0xFF]) }
            // An error about what was not seen.
            var other = PacketScript()
            other.send(.syn, from: 1)
            other.refuse(type: 3, code: 1, by: IPAddress("192.0.2.2")!)
            script.add(other.frames[1].bytes)
        },
    ]

    @Test(arguments: cases)
    func fates(_ item: Case) {
        for family in [IPFamily.v4, .v6] where family == .v4 || !item.fates.contains("H") {
            var script = PacketScript(family)
            item.script(&script)
            var sieve = HandshakeSieve(Self.limits())
            #expect(Self.fates(script, &sieve) == item.fates)
            #expect(sieve.endings.isEmpty)
        }
    }

    /// A window that stays shut is a receiver that does not get on; one that opens at once is a fast transfer's.
    @Test(arguments: [(150, "kkkkkhhhhhhh"), (250, "kkkkkhhhhhHH")])
    func shutWindow(milliseconds: Int64, fates: String) {
        var script = PacketScript()
        func window(_ size: UInt16) -> [UInt8] {
            FrameBuilder(.rawIP, from: script.client, to: script.server)
                .tcp(
                    TCPHeader(
                        from: 40_000, to: 443, .ack, sequenceNumber: 1_001, acknowledgementNumber: 8_001, window: size))
        }
        Self.handshake(&script)
        Self.bulk(&script, 3)
        script.add(window(0))
        script.wait(.milliseconds(milliseconds))
        // The sender asks, or goes on.
        script.answer(.ack, sequence: 8_001, acknowledges: 1_001)
        script.add(window(60_000))
        var sieve = HandshakeSieve(Self.limits())
        #expect(Self.fates(script, &sieve) == fates)
    }

    /// Nothing is under way, and nothing can be: silence then is a failure.
    @Test func silenceBehindAShutWindow() {
        var script = PacketScript()
        Self.handshake(&script)
        Self.bulk(&script, 3)
        script.add(
            FrameBuilder(.rawIP, from: script.client, to: script.server)
                .tcp(
                    TCPHeader(
                        from: 40_000, to: 443, .ack, sequenceNumber: 1_001, acknowledgementNumber: 8_001, window: 0)))
        var sieve = HandshakeSieve(Self.limits())
        _ = Self.fates(script, &sieve)
        sieve.expire(at: script.end.nanoseconds + 121_000_000_000)
        #expect(sieve.takeEndings() == [HandshakeSieve.Ending(place: 0, hasFailed: true)])
    }

    /// Silence ends a conversation: it failed where something was not acknowledged, and by an end that did before.
    @Test(arguments: [(true, true), (false, false)])
    func silence(isUnheard: Bool, hasFailed: Bool) {
        var script = PacketScript()
        Self.handshake(&script)
        Self.bulk(&script, 3)
        if isUnheard { script.answer(.ack, sequence: 8_001, payload: [1]) }
        var sieve = HandshakeSieve(Self.limits())
        _ = Self.fates(script, &sieve)
        sieve.expire(at: script.end.nanoseconds + 100_000_000_000)
        #expect(sieve.takeEndings() == [])
        sieve.expire(at: script.end.nanoseconds + 121_000_000_000)
        #expect(sieve.takeEndings() == [HandshakeSieve.Ending(place: 0, hasFailed: hasFailed)])
        #expect(sieve.takeEndings() == [] && sieve.count == 0)
    }

    /// At the end of the recording nothing is called silent that may still be under way.
    @Test func theEnd() {
        var script = PacketScript()
        Self.handshake(&script)
        script.answer(.ack, sequence: 5_001, payload: [1])
        script.wait(.seconds(4))
        Self.handshake(&script, from: 40_001)
        script.answer(.ack, to: 40_001, sequence: 5_001, payload: [1])
        var sieve = HandshakeSieve(Self.limits())
        _ = Self.fates(script, &sieve)
        sieve.finish(at: script.end.nanoseconds)
        // The first one's data has been unacknowledged for four seconds, the second one's for none.
        #expect(sieve.takeEndings().map(\.hasFailed) == [true, false])
    }

    /// The one that was silent for longest makes room, and is counted; its next packet begins another.
    @Test func bounded() {
        var script = PacketScript()
        for source: UInt16 in 1...10 { script.send(.syn, from: source) }
        var sieve = HandshakeSieve(Self.limits(conversations: 4))
        var places: [Int] = []
        for frame in script.frames {
            #expect(sieve.judge(frame.packet, at: frame.at.nanoseconds) == .keep)
            places += sieve.takeEndings().map(\.place)
            #expect(sieve.count <= 4)
        }
        #expect(sieve.forgotten == 6)
        #expect(places == [0, 1, 2, 3, 0, 1])
        #expect(sieve.judge(script.frames[9].packet, at: 0) == .keep && sieve.takeEndings() == [])
        #expect(sieve.judge(script.frames[0].packet, at: 0) == .keep && sieve.takeEndings().count == 1)
    }

    /// Whatever comes, it is bounded, and what is not IP is kept.
    @Test func anythingGoes() {
        var generator = SeededGenerator(seed: 3)
        var sieve = HandshakeSieve(Self.limits(conversations: 16))
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...90, using: &generator)
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if length > 10 { (bytes[0], bytes[9]) = (0x45, [6, 17, 1, 50][Int(bytes[1] & 3)]) }
            // Few enough addresses to meet again.
            for index in 12..<20 where index < length { bytes[index] &= 1 }
            for index in 20..<24 where index < length { bytes[index] &= 3 }
            let packet = Packet.decode(bytes.span, linkType: .rawIP, originalLength: length)
            let time = Int64.random(in: .min ... .max, using: &generator)
            let fate = sieve.judge(packet, at: time)
            if packet.network == nil { #expect(fate == .keep) }
            if bytes.first == 3 { sieve.expire(at: time) }
            #expect(sieve.count <= 16)
            _ = sieve.takeEndings()
        }
    }
}
