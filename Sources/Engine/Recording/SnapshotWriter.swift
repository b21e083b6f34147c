import HostNetwork
import LiveCapture
import PacketWire

/// Writes what `SnapshotMemory` holds into files of its own, on another thread: the recording goes on meanwhile.
struct SnapshotWriter {
    var memory: SnapshotMemory
    private let header: RecordingHeader
    private let names: FileSetName
    private let span: Int64
    private let worker = BackgroundWork()
    private var made = 0

    /// - Parameter path: the recording's; a snapshot of `web.pcapng` is `web_snapshot_00001_….pcapng`.
    init(path: String, header: RecordingHeader, spanNanoseconds: Int64, bytes: Int) {
        memory = SnapshotMemory(header.format, spanNanoseconds: spanNanoseconds, bytes: bytes)
        self.header = header
        span = spanNanoseconds
        names = FileSetName(path, part: "_snapshot")
    }

    /// Begins to write the packets of the last span. What became of it is a notice: a snapshot that cannot be
    /// written is no reason to end the recording.
    mutating func write(at now: Int64, _ notice: @escaping @Sendable (String) -> Void) {
        made += 1
        let path = names.file(made, unixNanoseconds: now)
        let (pieces, offset) = memory.packets(at: now)
        let packets = pieces.reduce(0) { $0 + $1.packets } - (pieces.first?.whole(within: offset).packets ?? 0)
        let covered = "the last \(span / 1_000_000_000) s\(memory.isCutShort ? ", as far as memory reaches" : "")"
        worker.enqueue { [bytes = header.bytes] in
            do throws(FileError) {
                let file = try RecordingFile(recording: path, header: bytes)
                for (index, piece) in pieces.enumerated() {
                    try piece.withBytes { all throws(FileError) in
                        let begin = index == 0 ? offset : 0
                        try file.append(all.extracting(begin..<all.count)) {
                            max(0, piece.whole(within: begin + $0).bytes - begin)
                        }
                    }
                }
                try file.sync()
                notice("snapshot: \(packets) packets of \(covered) in \(path.escapedForDisplay)")
            } catch {
                notice("no snapshot: \(error.line)")
            }
            return nil
        }
    }
}
