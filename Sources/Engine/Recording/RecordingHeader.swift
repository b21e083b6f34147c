import CaptureFile
import HostNetwork
import LiveCapture
import PacketWire

/// What stands before and behind the packets in each file of a recording.
struct RecordingHeader: Sendable {
    var format: PacketBuffer.Format
    var interface: String
    var linkType: LinkType
    var snapLength: Int
    var filter: String?
    /// Only what `HandshakeFilter` lets through is in the file.
    var isHandshakesOnly = false

    /// `.pcap` is the classic format, which has no room for names, drop counts and directions.
    static func format(of path: String) -> PacketBuffer.Format { CaptureOutput.isClassic(path) ? .pcap : .pcapng }

    /// What the reader of the file has to know about how it came to be.
    private var comments: [String] {
        guard isHandshakesOnly else { return [] }
        return [
            "handshakes only: the first packets of each conversation and those near a failure; bulk data is left out"
        ]
    }

    /// The header of the file, or the section and its interface.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        switch format {
        case .pcap: _ = PcapWriter(linkType: linkType, snapLength: UInt32(clamping: snapLength), to: &bytes)
        case .pcapng: _ = writer(&bytes)
        }
        return bytes
    }

    private func writer(_ bytes: inout [UInt8]) -> PcapngWriter {
        var writer = PcapngWriter(
            CaptureSection(application: "\(ToolVersion.name) \(ToolVersion.current)", comments: comments), to: &bytes)
        _ = writer.append(
            CaptureInterface(
                linkType: linkType, snapLength: UInt32(clamping: snapLength), name: interface, filter: filter),
            to: &bytes)
        return writer
    }

    /// The block with the counts; empty where the format has none.
    func statistics(_ statistics: InterfaceStatistics, at unixNanoseconds: Int64) -> [UInt8] {
        guard format == .pcapng else { return [] }
        var bytes: [UInt8] = []
        let writer = writer(&bytes)
        bytes.removeAll()
        writer.append(
            statistics, ofInterface: 0, at: CaptureTimestamp(nanosecondsSince1970: unixNanoseconds), to: &bytes)
        return bytes
    }
}
