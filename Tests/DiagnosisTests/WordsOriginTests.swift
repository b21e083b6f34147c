import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Whose words they are that came behind a handshake, by the packets beside them.
struct WordsOriginTests {
    private static let server = IPAddress("203.0.113.1") ?? .v4(.any)
    private static let client = IPAddress("198.51.100.2") ?? .v4(.any)

    /// - Parameters:
    ///   - number: the sequence number of what it says.
    ///   - clock: of the sender's timestamps.
    private static func said(
        _ number: UInt32, _ flags: TCPFlags = .ack, _ length: Int = 0, ttl: UInt8 = 61, at: Int64, clock: UInt32? = nil
    ) -> SeenPacket {
        var header = TCPHeader(from: 80, to: 40_000, flags, sequenceNumber: number)
        if let clock { header.options.timestamps = TCPTimestamps(value: clock, echoReply: 0) }
        return SeenPacket(
            frame: Int(at), at: .zero + .milliseconds(at), fromInitiator: false, source: server, timeToLive: ttl,
            identification: nil, kind: .tcp(header, payloadLength: length))
    }

    private static func heard(_ number: UInt32, at: Int64, _ flags: TCPFlags = .ack) -> SeenPacket {
        var header = TCPHeader(from: 40_000, to: 80, flags, sequenceNumber: 1)
        header.acknowledgementNumber = number
        return SeenPacket(
            frame: Int(at), at: .zero + .milliseconds(at), fromInitiator: true, source: client, timeToLive: 64,
            identification: nil, kind: .tcp(header, payloadLength: 0))
    }

    /// A handshake with a round trip of 10 ms, up to the answer of 100 bytes at 40 ms, acknowledged at 41.
    private static func exchange(_ words: SeenPacket, _ later: [SeenPacket] = []) -> [SeenPacket] {
        [heard(0, at: 1, .syn), said(99, [.syn, .ack], at: 11, clock: 5), heard(100, at: 12)]
            + [said(100, at: 30, clock: 6), words, heard(200, at: 41)] + later
    }

    private static let words = said(100, [.ack, .psh], 100, at: 40, clock: 7)

    @Test(
        "Words from nearer than all that came before them are not the host's",
        arguments: [(61, nil), (63, 2), (62, 3), (59, nil)] as [(UInt8, Int?)])
    func distance(_ ttl: UInt8, _ hop: Int?) {
        let origin = WordsOrigin(Self.exchange(Self.said(100, .ack, 100, ttl: ttl, at: 40)))
        #expect(origin == hop.map { .nearer(hop: $0, routersFewer: Int(ttl) - 61, frame: 40) })
    }

    @Test("Where other packets came from there as well, distance says nothing")
    func severalWays() {
        var packets = Self.exchange(Self.said(100, .ack, 100, ttl: 63, at: 40))
        packets[3] = Self.said(100, ttl: 63, at: 30)
        #expect(WordsOrigin(packets) == nil)
    }

    @Test("A host whose TCP stands before the words, a round trip after they were acknowledged, has not said them")
    func disowned() {
        let forged = Self.said(100, [.ack, .psh, .fin], 100, at: 40)
        #expect(WordsOrigin(Self.exchange(forged, [Self.said(100, at: 52, clock: 9)])) == .disowned(frame: 52))
        #expect(WordsOrigin(Self.exchange(Self.words, [Self.said(100, at: 52, clock: 9)])) == .disowned(frame: 52))
    }

    @Test("What was sent before them and came late disowns nothing, and neither does the probe of a window")
    func harmless() {
        for later in [
            // Too soon; older by its clock; a byte before; behind them; a reset; words of its own.
            Self.said(100, at: 50, clock: 9), Self.said(100, at: 52, clock: 7), Self.said(199, at: 900, clock: 99),
            Self.said(200, at: 52, clock: 9), Self.said(100, .rst, at: 52), Self.said(100, .ack, 20, at: 52, clock: 9),
        ] {
            #expect(WordsOrigin(Self.exchange(Self.words, [later])) == nil)
        }
        #expect(WordsOrigin([]) == nil && WordsOrigin([Self.said(99, [.syn, .ack], at: 1)]) == nil)
    }

    @Test("The end of a connection is disowned as words are")
    func ends() {
        let end = Self.said(100, [.ack, .fin], at: 40)
        var packets = Self.exchange(end)
        packets[5] = Self.heard(101, at: 41)
        #expect(CloseOrigin(packets, orElse: .unseen) == .far)
        let forged = CloseOrigin(packets + [Self.said(100, at: 52, clock: 9)], orElse: .unseen)
        #expect(forged == .disowned(frame: 52))
        let problem = forged.problem("the request", stage: .application, advice: [])
        #expect(problem?.zones == [.path] && problem?.confidence == .strong)
        #expect(problem?.mechanism == .answeredByMiddlebox && problem?.summary.contains("frame 52") == true)
    }

    private func facts(_ packets: [SeenPacket], _ code: Int) -> Facts {
        let target = Target(input: "http://x/", host: "x", address: Self.server, port: 80, transport: .tcp)
        var facts = Facts(target: target, witnesses: [.socket, .wire])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 80), remote: Self.server, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(11))
        attempt.socket?.isEndAcknowledged = true
        attempt.packets = packets
        facts.attempts = [attempt]
        facts.request = ApplicationRequest(usesTLS: false, path: "/")
        var http = HTTPFact(method: "GET", path: "/", host: "x", sentAt: .zero)
        let line = Array("HTTP/1.1 \(code) x\r\n".utf8)
        http.status = HTTPStatusLine(decoding: line.span)
        facts.application = ApplicationFacts()
        facts.application?.http = http
        facts.observedUntil = .zero + .seconds(1)
        return facts
    }

    @Test("An answer that is not the host's is no open port, and no word of the server", arguments: [200, 302, 403])
    func verdicts(_ code: Int) {
        let near = Self.exchange(Self.said(100, .ack, 100, ttl: 64, at: 40))
        var asked = facts(near, code)
        let forged = asked.diagnose()
        #expect(forged.verdict == (code == 403 ? .blocked : .interfered) && forged.zones == [.path])
        #expect(forged.mechanism == .answeredByMiddlebox && forged.stage == .application && forged.actor == nil)
        #expect(forged.confidence == .strong && forged.summary.contains("hop 1"))
        // In TLS that stands nobody else can speak.
        asked.request?.usesTLS = true
        #expect(asked.diagnose().mechanism == (code == 403 ? .permission : nil))
        let own = facts(Self.exchange(Self.words), code).diagnose()
        #expect(own.mechanism == (code == 403 ? .permission : nil))
    }
}
