import Conversations
import PacketWire
import Testing

@testable import Diagnosis

struct TooBigReportTests {
    private static let router = IPAddress.v4(IPv4Address(rawValue: 0xC000_0207))

    private static func packets(_ script: [(sequence: UInt32, length: Int)?]) -> [SeenPacket] {
        script.enumerated().map { place, segment in
            let kind: SeenPacket.Kind =
                segment.map {
                    .tcp(TCPHeader(from: 40_000, to: 443, .ack, sequenceNumber: $0.sequence), payloadLength: $0.length)
                } ?? .icmpError(ICMPError(family: .v4, type: 3, code: 4), mtu: 1_400, quotedTimeToLive: 62)
            return SeenPacket(
                frame: place + 1, at: Instant(nanoseconds: Int64(place) * 1_000_000), fromInitiator: segment != nil,
                source: segment == nil ? router : .v4(IPv4Address(rawValue: 1)), timeToLive: 60, identification: nil,
                kind: kind)
        }
    }

    @Test(
        "What comes again as large, and is reported again, was sent in spite of it",
        arguments: [
            ([(1, 1_460), nil, (1, 1_460), nil, (1, 1_460), nil], true),
            // In flight, or cut up behind the tap: reported no more.
            ([(1, 1_460), (1_461, 1_460), nil, nil, (1, 1_460)], false),
            ([(1, 1_460), nil, (1, 1_348), (1_349, 112)], false),
            ([(1, 1_460), nil, (1_461, 2_696), (4_157, 2_696), nil], false), ([nil], false),
        ] as [([(UInt32, Int)?], Bool)])
    func ignored(_ script: [(UInt32, Int)?], _ isIgnored: Bool) throws {
        let report = try #require(TooBigReport(Self.packets(script.map { $0.map { (sequence: $0.0, length: $0.1) } })))
        #expect(report.isIgnored == isIgnored && report.mtu == 1_400 && report.sender == Self.router)
    }

    @Test func nobodySaysAnything() {
        #expect(TooBigReport(Self.packets([(1, 1_460), (1, 1_460)])) == nil)
    }
}
