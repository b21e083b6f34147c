import CaptureFile
import HostNetwork
import PacketWire

/// A pcap file that is written in pieces: none of it stays in memory.
struct CaptureOutput {
    private let file: ReplacingFile
    private let writer: PcapWriter
    private var bytes: [UInt8] = []

    /// Microseconds: every tool reads these.
    init(_ path: String) throws {
        file = try ReplacingFile(replacing: path)
        bytes.reserveCapacity(2 << 20)
        writer = PcapWriter(linkType: .ethernet, resolution: .microseconds, to: &bytes)
    }

    /// - Parameter time: Nanoseconds since the first packet.
    mutating func append(_ frame: [UInt8], at time: UInt64) throws {
        let stamp = CaptureTimestamp(nanosecondsSince1970: 1_700_000_000_000_000_000 + Int64(time))
        writer.append(frame.span, at: stamp, to: &bytes)
        if bytes.count > 1 << 20 {
            try file.append(bytes.span)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    func finish() throws {
        try file.append(bytes.span)
        try file.commit()
    }
}
