import CaptureFile
import HostNetwork
import PacketWire

/// A capture to measure decoding on: frames of 100 bytes, of every kind in turn, from two thousand flows.
///
/// Nothing in it is random, so that each run decodes the same bytes.
struct GeneratedCapture {
    static let frameLength = 100
    static let flows = 2_000

    var packets: Int
    private let frames: [[UInt8]]

    init(packets: Int) {
        self.packets = packets
        frames = (0..<Self.flows).map(Self.frame)
    }

    /// One flow's frame: TCP three times out of four, IPv6 every third time, a VLAN tag every fifth.
    private static func frame(_ flow: Int) -> [UInt8] {
        let host = UInt32(flow)
        let isIPv6 = flow % 3 == 2
        let hasTag = flow % 5 == 4
        let isUDP = flow % 4 == 3
        let link = FrameBuilder.Link.ethernet(
            from: MACAddress(rawValue: 0x02_00_00_00_00_01), to: MACAddress(rawValue: 0x02_00_00_00_00_02))
        let prefix = UInt128(0x2001_0DB8) << 96
        var builder =
            isIPv6
            ? FrameBuilder(
                link, from: .v6(IPv6Address(rawValue: prefix | UInt128(host))),
                to: .v6(IPv6Address(rawValue: prefix | 0x1_0000)))
            : FrameBuilder(
                link, from: .v4(IPv4Address(rawValue: 0xC633_6400 | host & 0xFF)), to: .v4(IPv4Address(203, 0, 113, 10))
            )
        if hasTag { builder.vlanTags = [VLANTag(UInt16(flow % 100 + 1))] }
        let headers = 14 + (hasTag ? 4 : 0) + (isIPv6 ? 40 : 20) + (isUDP ? 8 : 20)
        let payload = (0..<(frameLength - headers)).map { UInt8(truncatingIfNeeded: $0 &+ flow) }
        let port = UInt16(1_024 + flow)
        if isUDP { return builder.udp(from: port, to: 53, payload: payload) }
        let header = TCPHeader(from: port, to: 443, [.ack, .psh], sequenceNumber: host, acknowledgementNumber: 1)
        return builder.tcp(header, payload: payload)
    }

    private func timestamp(_ packet: Int) -> CaptureTimestamp {
        CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + Int64(packet) * 1_000)
    }

    func writePcap(to path: String) throws {
        var header: [UInt8] = []
        let writer = PcapWriter(linkType: .ethernet, to: &header)
        try write(to: path, header) { packet, frame, bytes in
            writer.append(frame.span, at: timestamp(packet), to: &bytes)
        }
    }

    func writePcapng(to path: String) throws {
        var header: [UInt8] = []
        var writer = PcapngWriter(CaptureSection(), to: &header)
        _ = writer.append(CaptureInterface(linkType: .ethernet, name: "eth0"), to: &header)
        let described = writer
        try write(to: path, header) { packet, frame, bytes in
            described.append(frame.span, at: timestamp(packet), to: &bytes)
        }
    }

    /// In pieces: the whole file need not be in memory.
    private func write(
        to path: String, _ header: [UInt8], _ append: (Int, [UInt8], inout [UInt8]) -> Void
    ) throws {
        let file = try ReplacingFile(replacing: path)
        var bytes = header
        for packet in 0..<packets {
            append(packet, frames[packet % frames.count], &bytes)
            if bytes.count > 1 << 20 {
                try file.append(bytes.span)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.append(bytes.span)
        try file.commit()
    }
}
