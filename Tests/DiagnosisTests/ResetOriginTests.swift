import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Whose reset it is, by the packets beside it.
struct ResetOriginTests {
    private static let server = IPAddress("203.0.113.1") ?? .v4(.any)

    private static func packet(_ flags: TCPFlags, ttl: UInt8, at: Int64, payload: Int = 0) -> SeenPacket {
        SeenPacket(
            frame: Int(at), at: .zero + .milliseconds(at), fromInitiator: false, source: server, timeToLive: ttl,
            identification: nil,
            kind: .tcp(TCPHeader(from: 443, to: 40_000, flags, sequenceNumber: 1), payloadLength: payload))
    }

    private func problem(_ packets: [SeenPacket]) -> ApplicationFinding.Problem {
        let target = Target(input: "x", host: "x", address: Self.server, port: 443, transport: .tcp)
        return ResetOrigin(packets).problem("the request", of: target, stage: .tls, advice: ["a"])
    }

    @Test(
        "Distance decides as far as it differs",
        arguments: [
            (61, [Zone.path], Confidence.strong), (60, [.destination, .path], .likely),
            (58, [.path, .destination], .likely),
        ]
            as [(UInt8, [Zone], Confidence)])
    func distance(_ ttl: UInt8, _ zones: [Zone], _ confidence: Confidence) {
        let found = problem([Self.packet([.syn, .ack], ttl: 60, at: 1), Self.packet(.rst, ttl: ttl, at: 2)])
        #expect(found.zones == zones && found.confidence == confidence && found.mechanism == .tcpReset)
        #expect(found.summary.contains("(frame 2)") && found.lookAlikes.isEmpty == (confidence == .strong))
    }

    @Test("An answer behind the reset shows that the reset was put in; one before it does not")
    func beside() {
        let synAck = Self.packet([.syn, .ack], ttl: 60, at: 1)
        let reset = Self.packet(.rst, ttl: 60, at: 3)
        let both = problem([synAck, reset, Self.packet(.ack, ttl: 60, at: 4, payload: 900)])
        #expect(both.zones == [.path] && both.confidence == .strong)
        for harmless in [
            Self.packet(.ack, ttl: 60, at: 2, payload: 900), Self.packet(.ack, ttl: 60, at: 4),
            Self.packet(.ack, ttl: 61, at: 4, payload: 900),
        ] {
            #expect(problem([synAck, reset, harmless]).zones == [.destination, .path])
        }
    }

    @Test("Without a capture nothing is compared")
    func blind() {
        let found = problem([])
        #expect(found.zones == [.destination, .path] && found.summary.hasSuffix("by a reset."))
    }
}
