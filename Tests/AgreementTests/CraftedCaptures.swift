import CaptureFile
import Foundation
import PacketWire

/// What no capture at hand holds: every frame that the decoder's tests build, whole and without its payload, and
/// headers that are odd or lie. One file a link type, because the classic format has one a file.
enum CraftedCaptures {
    /// tshark 4.0 does not know these.
    static let unknownToTshark: Set<LinkType> = [
        .marvellDSA, .marvellEDSA, .broadcomTag, .broadcomPrepended, .slip, .ipnet, .epon,
    ]

    static func write(to folder: URL) throws -> [URL] {
        var frames: [LinkType: [(bytes: [UInt8], originalLength: Int)]] = [:]
        for good in GoodFrame.all where !unknownToTshark.contains(good.linkType) {
            frames[good.linkType, default: []] += variants(good)
        }
        var files = frames.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { (name: "crafted-\($0.key.rawValue)", linkType: $0.key, frames: $0.value) }
        files.append(("crafted-odd", .rawIP, segments.map { ($0, $0.count) }))
        return try files.map { name, linkType, frames in
            let file = folder.appending(path: "\(name).pcap")
            var bytes: [UInt8] = []
            let writer = PcapWriter(linkType: linkType, to: &bytes)
            for frame in frames {
                let time = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000)
                writer.append(frame.bytes.span, at: time, originalLength: frame.originalLength, to: &bytes)
            }
            try Data(bytes).write(to: file)
            return file
        }
    }

    /// The frame, and as a snap length leaves it that keeps the headers.
    private static func variants(_ good: GoodFrame) -> [(bytes: [UInt8], originalLength: Int)] {
        let bytes = good.bytes
        let packet = Packet.decode(bytes.span, linkType: good.linkType, originalLength: bytes.count)
        guard packet.tcp != nil || packet.udp != nil, !packet.payload.isEmpty else { return [(bytes, bytes.count)] }
        return [(bytes, bytes.count), (Array(bytes.prefix(packet.payload.lowerBound)), bytes.count)]
    }

    /// Headers that are odd one by one: every option, every flag, every length of header.
    private static var segments: [[UInt8]] {
        let builder = builder(.v4, .rawIP)
        let options: [[TCPOption]] = [
            [.maximumSegmentSize(0)], [.windowScale(15)], [.sackPermitted], [.noOperation, .noOperation],
            [.timestamps(TCPTimestamps(value: .max, echoReply: 1))],
        ]
        var result = options.map { builder.tcp(TCPHeader(from: 1, to: 2, .syn), options: $0) }
        result += (0..<12).map { bit in
            builder.tcp(TCPHeader(from: 40000, to: 443, TCPFlags(rawValue: 1 << UInt16(bit)), sequenceNumber: .max))
        }
        result += (0..<16).map { words in
            var frame = builder.tcp(TCPHeader(from: 40000, to: 443, .ack), payload: [UInt8](repeating: 0, count: 64))
            frame[32] = UInt8(words) << 4
            return frame
        }
        result += [0, 7, 8, 9, 200].map { length in
            var frame = builder.udp(from: 7, to: 9, payload: [1, 2, 3])
            frame[25] = UInt8(length)
            return frame
        }
        result += [0, 19, 20, 39, 41, 255].map { length in
            var frame = builder.tcp(TCPHeader(from: 40000, to: 443, .ack), payload: [1, 2, 3])
            frame[3] = UInt8(length)
            return frame
        }
        return result
    }
}
