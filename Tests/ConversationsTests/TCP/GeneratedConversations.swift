import CaptureFile
import PacketWire
import StallpointTestKit

/// TCP connections as they go wrong in life, and as they only could: a seed makes a capture with many of them, one
/// woven into the other.
///
/// Two endpoints with a plain send and receive state talk; every segment may be lost before or behind the place of the
/// capture, doubled, held back, or changed by a little in any field that the analysis reads. Headers only are kept:
/// the payload is on the wire, not in the file.
struct GeneratedConversations {
    struct Frame {
        var at: Int64
        var order: Int
        var header: TCPHeader
        var fromClient: Bool
        var payloadLength: Int
    }

    private var random: SeededGenerator
    private var frames: [(frame: Frame, pair: Int)] = []

    /// - Parameter connections: so many pairs of addresses and ports; each may be used several times.
    init(seed: UInt64, connections: Int) {
        random = SeededGenerator(seed: seed)
        for pair in 0..<connections {
            for frame in makePair() { frames.append((frame, pair)) }
        }
        frames.sort { ($0.frame.at, $0.pair, $0.frame.order) < ($1.frame.at, $1.pair, $1.frame.order) }
    }

    /// A pcap with nanoseconds.
    var file: [UInt8] {
        var bytes: [UInt8] = []
        let writer = PcapWriter(linkType: .rawIP, to: &bytes)
        for (frame, pair) in frames {
            let client = IPAddress.v4(IPv4Address(rawValue: 0x0A00_0000 | UInt32(pair >> 8)))
            let server = IPAddress.v4(IPv4Address(rawValue: pair % 2 == 0 ? 0x0A80_0001 : 0x0101_0101))
            var header = frame.header
            let clientPort = UInt16(30_000 + pair % 256)
            (header.sourcePort, header.destinationPort) =
                frame.fromClient ? (clientPort, 47_111) : (47_111, clientPort)
            let builder = FrameBuilder(
                .rawIP, from: frame.fromClient ? client : server, to: frame.fromClient ? server : client)
            let whole = builder.tcp(header, payload: Array(repeating: 0, count: frame.payloadLength))
            let kept = whole.count - frame.payloadLength
            writer.append(
                Array(whole[..<kept]).span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at),
                originalLength: whole.count, to: &bytes)
        }
        return bytes
    }

    private mutating func makePair() -> [Frame] {
        var all: [Frame] = []
        var start = Int64(random.below(2_000)) * 1_000_000
        var previous: (UInt32, UInt32)?
        for _ in 0..<(random.chance(5) ? 1 + random.below(3) : 1) {
            var talk = GeneratedTalk(random: random, start: start, previous: previous)
            talk.run()
            random = talk.random
            let captured = talk.captured()
            all += captured.frames
            random = captured.random
            start = (captured.frames.map(\.at).max() ?? start) + Int64(random.below(50)) * 1_000_000
            previous = (talk.client.initial, talk.server.initial)
        }
        for index in all.indices { all[index].order = index }
        return all
    }
}

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
    /// One time in so many.
    mutating func chance(_ times: Int) -> Bool { below(times) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
