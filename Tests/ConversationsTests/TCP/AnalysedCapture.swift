import CaptureFile
import Conversations
import PacketWire

/// What our analysis finds in a capture, frame by frame and connection by connection: the smallest table that can
/// feed it, so that the analysis is tested and not the table.
struct AnalysedCapture: Sendable {
    struct Row: Sendable {
        var stream: Int
        var length: Int
        /// What a reset says is none of the stream's bytes: Wireshark counts it as any other.
        var isReset: Bool
        /// Before this frame.
        var completeness: UInt8
        var marks: TCPMarks
        var duplicateNumber: UInt32
        /// The capture ends within the header's options.
        var isCut: Bool
    }

    var rows: [Int: Row] = [:]
    var streams: [TCPAnalysis] = []
    private var latest: [Flow: (stream: Int, isReversed: Bool)] = [:]

    init(_ file: [UInt8]) {
        let contents = CaptureFile.readAll(file)
        let start = contents.packets.lazy.compactMap(\.timestamp).first
        for record in contents.packets {
            let linkType = contents.interfaces[record.interface].linkType
            let packet = Packet.decode(record.bytes.span, linkType: linkType, originalLength: record.originalLength)
            guard let header = packet.tcp, packet.fragment == nil else { continue }
            let at = Instant(
                nanoseconds: record.timestamp.flatMap { now in start.map { now.nanoseconds(since: $0) } } ?? 0)
            // A header that is longer than its packet is none: no receiver reads it.
            guard header.headerLength <= packet.transportLengthOnWire else { continue }
            observe(header, packet, at, frame: record.number)
        }
    }

    private mutating func observe(_ header: TCPHeader, _ packet: Packet, _ at: Instant, frame: Int) {
        guard let flow = packet.flow else { return }
        var (stream, isReversed) = latest[flow] ?? (streams.count, false)
        var segment = TCPSegment(
            header, payloadLength: packet.payloadLengthOnWire, frame: frame, at: at, fromInitiator: !isReversed)
        segment.areOptionsCut = packet.areTCPOptionsCut
        if stream == streams.count {
            streams.append(TCPAnalysis())
            latest[flow] = (stream, false)
            if flow.reversed != flow { latest[flow.reversed] = (stream, true) }
        } else if streams[stream].startsAnew(segment) {
            stream = streams.count
            streams.append(TCPAnalysis(reusingPorts: true))
            latest[flow]?.stream = stream
            latest[flow.reversed]?.stream = stream
        }
        let before = streams[stream].onePassCompleteness
        let marks = streams[stream].observe(segment)
        rows[frame] = Row(
            stream: stream, length: Int(segment.payloadLength), isReset: segment.flags.contains(.rst),
            completeness: before.rawValue, marks: marks,
            duplicateNumber: marks.contains(.duplicateACK) ? streams[stream].duplicateACKNumber : 0,
            isCut: segment.areOptionsCut)
    }
}
