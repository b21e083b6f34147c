import CaptureFile
import HostNetwork
import PacketWire

/// Which files are read as one capture, and in which order: the rings that recorders write have names that a shell does not
/// sort by time, and what is read twice looks like packets that were sent twice.
struct CaptureFileOrder {
    private(set) var paths: [String]
    /// What is to be said of files that are not read.
    private(set) var notes: [String] = []

    private struct Input {
        var path: String
        var file: InputFile
        /// Nanoseconds since 1970 of its first packet; nil where it has none, or none with a time.
        var begins: Int64?
    }

    /// As given where one of them can be read only once, or not at all: whoever reads it says why.
    init(_ paths: [String]) {
        self.paths = paths
        guard paths.count > 1 else { return }
        var inputs: [Input] = []
        var copies: [String] = []
        for path in paths {
            guard path != "-", let file = try? InputFile(reading: path), file.isMapped else { return }
            if let same = inputs.first(where: { $0.file.hasSameBytes(as: file) }) {
                copies.append(
                    "\(path.escapedForDisplay) has the same bytes as \(same.path.escapedForDisplay): read once")
            } else {
                inputs.append(Input(path: path, file: file, begins: Self.firstTime(in: file)))
            }
        }
        notes = copies
        let times = inputs.compactMap(\.begins)
        if times.count == inputs.count, zip(times, times.dropFirst()).contains(where: { $0 > $1 }) {
            inputs = inputs.enumerated().sorted {
                ($0.element.begins ?? 0, $0.offset) < ($1.element.begins ?? 0, $1.offset)
            }.map(\.element)
        }
        self.paths = inputs.map(\.path)
    }

    /// How far into a file its first packet is looked for: blocks that are none may stand in front.
    private static let mostLookedAt = 1 << 20

    private static func firstTime(in file: InputFile) -> Int64? {
        var reader = CaptureReader()
        var time: Int64?
        var seen = 0
        try? file.feed { bytes, isComplete in
            switch try? reader.next(in: bytes, isComplete: isComplete) {
            case .record(let record)?: time = record.timestamp?.nanosecondsSince1970
            case .needsMore(let count)? where seen < Self.mostLookedAt:
                let released = reader.releaseConsumed()
                seen += released
                return .more(released: released, atLeast: count)
            case .needsMore?, .end?, nil: break
            }
            return .done
        }
        return time
    }
}
