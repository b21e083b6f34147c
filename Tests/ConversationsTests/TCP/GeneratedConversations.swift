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
        var order = 0
        /// What the clock showed is this much beside `at`: it was set in between.
        var skew: Int64 = 0
        var header: TCPHeader
        /// More options than the header knows by value.
        var options: [TCPOption] = []
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
            var header = frame.header
            let (client, server) = Self.ends(pair)
            let (from, to) = frame.fromClient ? (client, server) : (server, client)
            (header.sourcePort, header.destinationPort) = (from.port, to.port)
            let whole = FrameBuilder(.rawIP, from: from.address, to: to.address).tcp(
                header, options: header.options.list + frame.options,
                payload: Array(repeating: 0, count: frame.payloadLength))
            writer.append(
                Array(whole[..<(whole.count - frame.payloadLength)]).span,
                at: CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + frame.at + frame.skew),
                originalLength: whole.count, to: &bytes)
        }
        return bytes
    }

    /// Both families; the client's address below the server's and above it; and now and then one host with itself.
    private static func ends(_ pair: Int) -> (Endpoint, Endpoint) {
        let number = UInt32(pair)
        let servers = [0x0A80_0001, 0x0101_0101, 0x0A80_0001, 0x0A00_0000 | number] as [UInt32]
        let (client, server) = (0x0A00_0000 | number, servers[pair % 40 == 3 ? 3 : pair % 3])
        let ports = (UInt16(30_000 + pair % 20_000), UInt16(pair % 80 == 3 ? 30_000 + pair % 20_000 : 25_111))
        if pair % 7 == 5 {
            let prefix = UInt128(0x2001_0DB8) << 96
            return (
                Endpoint(.v6(IPv6Address(rawValue: prefix | UInt128(client))), ports.0),
                Endpoint(.v6(IPv6Address(rawValue: prefix | UInt128(server))), ports.1)
            )
        }
        return (
            Endpoint(.v4(IPv4Address(rawValue: client)), ports.0), Endpoint(.v4(IPv4Address(rawValue: server)), ports.1)
        )
    }

    private mutating func makePair() -> [Frame] {
        var all: [Frame] = []
        var start = Int64(random.below(2_000)) * 1_000_000
        var previous: (UInt32, UInt32)?
        for _ in 0..<(random.chance(5) ? 1 + random.below(3) : 1) {
            var talk = GeneratedTalk(seed: random.next(), start: start, previous: previous)
            talk.run()
            all += talk.captured()
            start = (all.map(\.at).max() ?? start) + Int64(random.below(50)) * 1_000_000
            previous = (talk.client.initial, talk.server.initial)
        }
        for index in all.indices { all[index].order = index }
        if random.chance(20), !all.isEmpty {
            let skew = Int64(random.below(5_000)) * 1_000_000 - 2_500_000_000
            for index in random.below(all.count)..<all.count { all[index].skew = skew }
        }
        return all
    }
}

extension SeededGenerator {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
    /// One time in so many.
    mutating func chance(_ times: Int) -> Bool { below(times) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
