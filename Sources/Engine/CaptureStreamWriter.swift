import CaptureFile
import HostNetwork
import LiveCapture
import PacketWire

/// Encodes frames one by one as they come, for a recording that may be long.
struct CaptureStreamWriter {
    private enum Format {
        case classic(PcapWriter)
        case blocks(PcapngWriter)
    }

    private var format: Format
    private var bytes: [UInt8] = []

    init(path: String, interface: String, linkType: LinkType, snapLength: Int, filter: String?) {
        if CaptureOutput.isClassic(path) {
            format = .classic(PcapWriter(linkType: linkType, snapLength: UInt32(clamping: snapLength), to: &bytes))
        } else {
            var writer = PcapngWriter(
                CaptureSection(application: "\(ToolVersion.name) \(ToolVersion.current)"), to: &bytes)
            _ = writer.append(
                CaptureInterface(
                    linkType: linkType, snapLength: UInt32(clamping: snapLength), name: interface, filter: filter),
                to: &bytes)
            format = .blocks(writer)
        }
    }

    mutating func append(_ frame: Span<UInt8>, _ header: CaptureHandle.Header, _ direction: PacketDirection?) {
        let timestamp = CaptureTimestamp(nanosecondsSince1970: header.unixNanoseconds)
        switch format {
        case .classic(let writer):
            writer.append(frame, at: timestamp, originalLength: header.originalLength, to: &bytes)
        case .blocks(let writer):
            let flags = direction.map { PacketFlags(direction: $0 == .outbound ? .outbound : .inbound) }
            writer.append(
                frame, at: timestamp, originalLength: header.originalLength, options: PacketOptions(flags: flags),
                to: &bytes)
        }
    }

    /// What the kernel counted, at the end.
    mutating func end(received: UInt64, dropped: UInt64, at unixNanoseconds: Int64) {
        guard case .blocks(let writer) = format else { return }
        writer.append(
            InterfaceStatistics(received: received, droppedByOS: dropped), ofInterface: 0,
            at: CaptureTimestamp(nanosecondsSince1970: unixNanoseconds), to: &bytes)
    }

    mutating func drain(to file: ReplacingFile) throws(FileError) {
        guard !bytes.isEmpty else { return }
        try file.append(bytes.span)
        bytes.removeAll(keepingCapacity: true)
    }
}
