import CaptureFile
import Diagnosis
import HostNetwork
import PacketWire

/// Writes the frames of a run as a capture file: pcapng with the verdicts beside the packets, or plain pcap where
/// the name asks for it.
struct CaptureOutput {
    let store: FrameStore
    let report: DiagnosisReport
    let path: String

    /// `.pcap` is the classic format: one link type, no comments.
    static func isClassic(_ path: String) -> Bool { path.lowercased().hasSuffix(".pcap") }

    func write(to file: ReplacingFile) throws(FileError) {
        if Self.isClassic(path) { try writeClassic(to: file) } else { try writeCommented(to: file) }
    }

    private func writeClassic(to file: ReplacingFile) throws(FileError) {
        var bytes: [UInt8] = []
        let linkType = store.interfaces.first?.linkType ?? .ethernet
        let writer = PcapWriter(
            linkType: linkType, snapLength: UInt32(clamping: store.interfaces.first?.snapLength ?? 262_144), to: &bytes)
        for frame in store.frames {
            writer.append(
                frame.bytes.span, at: CaptureTimestamp(nanosecondsSince1970: frame.unixNanoseconds),
                originalLength: frame.originalLength, to: &bytes)
            if bytes.count > 1 << 20 { try flush(&bytes, file) }
        }
        try flush(&bytes, file)
    }

    private func writeCommented(to file: ReplacingFile) throws(FileError) {
        var bytes: [UInt8] = []
        let section = CaptureSection(
            application: "\(ToolVersion.name) \(ToolVersion.current)",
            comments: ProbedTargets.comments(report.diagnoses.map(\.target)))
        var writer = PcapngWriter(section, to: &bytes)
        for interface in store.interfaces {
            _ = writer.append(
                CaptureInterface(
                    linkType: interface.linkType, snapLength: UInt32(clamping: interface.snapLength),
                    name: interface.name,
                    filter: interface.filter), to: &bytes)
        }
        let comments = FrameComments(report.diagnoses).byFrame
        for (index, frame) in store.frames.enumerated() {
            let comment = comments[index + 1].map { [$0] } ?? []
            let flags = frame.isOutbound.map { PacketFlags(direction: $0 ? .outbound : .inbound) }
            writer.append(
                frame.bytes.span, at: CaptureTimestamp(nanosecondsSince1970: frame.unixNanoseconds),
                interface: frame.interface, originalLength: frame.originalLength,
                options: PacketOptions(comments: comment, flags: flags), to: &bytes)
            if bytes.count > 1 << 20 { try flush(&bytes, file) }
        }
        let end = store.frames.last?.unixNanoseconds ?? report.run.startedUnixNanoseconds
        for (index, interface) in store.interfaces.enumerated() {
            writer.append(
                InterfaceStatistics(received: interface.received, droppedByOS: interface.dropped), ofInterface: index,
                at: CaptureTimestamp(nanosecondsSince1970: end), to: &bytes)
        }
        try flush(&bytes, file)
    }

    private func flush(_ bytes: inout [UInt8], _ file: ReplacingFile) throws(FileError) {
        try file.append(bytes.span)
        bytes.removeAll(keepingCapacity: true)
    }
}
