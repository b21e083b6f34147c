import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Whose reset it is, by the packets beside it.
struct ResetOriginTests {
    private static let server = IPAddress("203.0.113.1") ?? .v4(.any)

    private static func packet(
        _ flags: TCPFlags, ttl: UInt8, at: Int64, payload: Int = 0, identification: UInt32? = nil,
        from source: IPAddress = server
    ) -> SeenPacket {
        SeenPacket(
            frame: Int(at), at: .zero + .milliseconds(at), fromInitiator: false, source: source, timeToLive: ttl,
            identification: identification,
            kind: .tcp(TCPHeader(from: 443, to: 40_000, flags, sequenceNumber: 1), payloadLength: payload))
    }

    /// - Parameter holder: routers that the host's own answers had passed.
    private func problem(_ packets: [SeenPacket], holder: Int? = nil) -> ApplicationFinding.Problem {
        let target = Target(input: "x", host: "x", address: Self.server, port: 443, transport: .tcp)
        return ResetOrigin(packets, holderDistance: holder)
            .problem("the request", of: target, stage: .tls, advice: ["a"])
    }

    @Test(
        "Distance decides as far as it differs",
        arguments: [
            (62, [Zone.path], Confidence.strong), (60, [.destination, .path], .likely),
            (58, [.path, .destination], .likely),
        ]
            as [(UInt8, [Zone], Confidence)])
    func distance(_ ttl: UInt8, _ zones: [Zone], _ confidence: Confidence) {
        let found = problem([Self.packet([.syn, .ack], ttl: 60, at: 1), Self.packet(.rst, ttl: ttl, at: 2)])
        #expect(found.zones == zones && found.confidence == confidence && found.mechanism == .tcpReset)
        #expect(found.summary.contains("(frame 2)") && found.lookAlikes.isEmpty == (confidence == .strong))
        // Whoever did not send it is not asked about it.
        #expect((found.advice == ["a"]) == (zones != [.path]) && found.advice.count == 1, "\(found.advice)")
    }

    @Test(
        "Whoever hands the port on may reset what it no longer hands on: it stands where the host's own answers come from",
        arguments: [
            // The SYN-ACK has passed four routers.
            (61, nil, true), (61, 3, true), (61, 2, true), (61, 4, false), (62, 2, true), (62, nil, false),
            (62, 3, false), (63, 4, false),
        ] as [(UInt8, Int?, Bool)])
    func holders(_ ttl: UInt8, _ holder: Int?, _ mayBeHolders: Bool) {
        let found = problem(
            [Self.packet([.syn, .ack], ttl: 60, at: 1), Self.packet(.rst, ttl: ttl, at: 2)], holder: holder)
        #expect(found.zones == (mayBeHolders ? [.destination, .path] : [.path]))
        #expect(found.confidence == (mayBeHolders ? .likely : .strong))
        #expect(found.summary.contains("hands the port on to a container") == mayBeHolders)
        #expect(found.advice.contains { $0.contains("published port") } == mayBeHolders)
    }

    @Test("An answer behind the reset shows that the reset was put in; one before it does not")
    func beside() {
        let synAck = Self.packet([.syn, .ack], ttl: 60, at: 1)
        let reset = Self.packet(.rst, ttl: 60, at: 3)
        let both = problem([synAck, reset, Self.packet(.ack, ttl: 60, at: 4, payload: 900)])
        #expect(both.zones == [.path] && both.confidence == .strong)
        #expect(both.advice.count == 1 && both.advice[0].contains("the server answers it"), "\(both.advice)")
        for harmless in [
            Self.packet(.ack, ttl: 60, at: 2, payload: 900), Self.packet(.ack, ttl: 60, at: 4),
            Self.packet(.ack, ttl: 61, at: 4, payload: 900),
        ] {
            #expect(problem([synAck, reset, harmless]).zones == [.destination, .path])
        }
    }

    /// SYN-ACK, two answers, and a reset.
    private func numbered(
        _ numbers: [UInt32], reset: UInt32, resetAt: Int64 = 50, ttl: UInt8 = 60, from source: IPAddress = server
    ) -> ApplicationFinding.Problem {
        let answers = numbers.enumerated().map { index, number in
            Self.packet(
                index == 0 ? [.syn, .ack] : .ack, ttl: 60, at: Int64(10 * (index + 1)), identification: number,
                from: source)
        }
        return problem(
            answers + [Self.packet(.rst, ttl: ttl, at: resetAt, identification: reset, from: source)])
    }

    @Test(
        "Where the distance is the same, a count of IP identifications may decide",
        arguments: [
            // Linux: the SYN-ACK has 0, then each socket counts.
            ([0, 700, 701], 702, [Zone.destination]), ([0, 700, 701], 40_000, [.path, .destination]),
            ([0, 65_534, 65_535], 1, [.destination]), ([5, 20, 40], 60, [.destination]),
            // Near the count and not behind it, too few, none, random, or a reset that says nothing.
            ([0, 700, 701], 1_500, [.destination, .path]), ([0, 700, 701], 699, [.destination, .path]),
            ([0, 700], 40_000, [.destination, .path]), ([0, 0, 0], 40_000, [.destination, .path]),
            ([0, 700, 30_000], 40_000, [.destination, .path]), ([0, 700, 700], 40_000, [.destination, .path]),
            ([0, 700, 701], 0, [.destination, .path]),
        ] as [([UInt32], UInt32, [Zone])])
    func identifications(_ numbers: [UInt32], _ reset: UInt32, _ zones: [Zone]) {
        let found = numbered(numbers, reset: reset)
        #expect(found.zones == zones && found.confidence == .likely && !found.lookAlikes.isEmpty)
        #expect(found.summary.contains("IP identification") == (zones != [.destination, .path]))
        // IPv6 has no such field, whatever a fragment says.
        let six = IPAddress("2001:db8::1") ?? .v4(.any)
        #expect(numbered(numbers, reset: reset, from: six).zones == [.destination, .path])
    }

    @Test("What the server sends behind a forged reset is of its count, too; a distance that differs decides alone")
    func order() {
        #expect(numbered([0, 700, 701, 702], reset: 9_000, resetAt: 15).zones == [.path, .destination])
        let nearer = numbered([0, 700, 701], reset: 702, ttl: 62)
        #expect(nearer.zones == [.path] && nearer.confidence == .strong)
    }

    @Test(
        "A FIN from nearer than the SYN-ACK is none of the server's",
        arguments: [
            (63, [Zone.path], Confidence.strong), (61, [.path], .likely), (60, [.destination, .path], .likely),
            (58, [.destination, .path], .likely), (nil, [.destination, .path], .likely),
        ]
            as [(UInt8?, [Zone], Confidence)])
    func ends(_ ttl: UInt8?, _ zones: [Zone], _ confidence: Confidence) {
        let packets =
            [Self.packet([.syn, .ack], ttl: 60, at: 1)]
            + (ttl.map { [Self.packet([.fin, .ack], ttl: $0, at: 2)] } ?? [])
        let target = Target(input: "x", host: "x", address: Self.server, port: 443, transport: .tcp)
        for received in [0, 20] {
            let end = Aftermath.End.closed(frame: 2, hadRequest: true, by: CloseOrigin(packets, orElse: .unseen))
            let found =
                received == 0
                ? end.problem("the request", of: target, stage: .tls, advice: ["a"])
                : end.problem(
                    "the request", received: received, in: "its head", of: target, stage: .tls, advice: ["a"])
            let isForged = zones == [.path]
            #expect(found?.mechanism == (isForged ? .answeredByMiddlebox : .closedByPeer))
            // Who closes in the middle of a word need not be who spoke.
            #expect(found?.zones == (isForged || received == 0 ? zones : [.destination, .path]))
            #expect(found?.confidence == confidence)
            let asks = found?.advice.first.map { $0.contains("FIN") } ?? false
            #expect(asks == isForged && (found?.advice.contains("a") == true) == (confidence != .strong))
        }
    }

    @Test(
        "A FIN with the next number of the server's own count is the server's",
        arguments: [(702, false), (9_000, true)])
    func countedEnds(_ number: UInt32, _ mayBeForged: Bool) {
        let answers = [0, 700, 701].enumerated().map { index, number in
            Self.packet(
                index == 0 ? [.syn, .ack] : .ack, ttl: 60, at: Int64(10 * (index + 1)), identification: UInt32(number))
        }
        let end = Self.packet([.fin, .ack], ttl: 60, at: 50, identification: number)
        #expect(CloseOrigin(answers + [end], orElse: .unseen).mayBeForged == mayBeForged)
    }

    @Test("Without a capture nothing is compared")
    func blind() {
        let found = problem([])
        #expect(found.zones == [.destination, .path] && found.summary.hasSuffix("by a reset."))
    }
}
