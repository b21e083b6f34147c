import CaptureFile
import HostNetwork
import PacketWire

/// Which files are read as one capture, and in which order: the rings that recorders write have names that a shell does not
/// sort by time, and what is read twice looks like packets that were sent twice.
struct CaptureFileOrder {
    private(set) var paths: [String]
    /// What is to be said of files that are not read, and of the order.
    private(set) var notes: [String] = []
    /// One begins before the one in front of it is over: they are to be read at the same time.
    private(set) var overlaps = false

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
        guard times.count == inputs.count,
            let first = zip(inputs, inputs.dropFirst()).first(where: { !Self.isOver($0.file, by: $1.begins ?? .max) })
        else { return }
        let (one, other) = (first.0.path.escapedForDisplay, first.1.path.escapedForDisplay)
        guard inputs.allSatisfy({ !$0.file.isCompressed }) else {
            notes.append(
                "\(one) and \(other) overlap in time, and not all files are unpacked: they are read one after the other,"
                    + " and what one holds of the other's connections looks late; unpack them first")
            return
        }
        overlaps = true
        notes.append(
            "\(one) and \(other) overlap in time: the packets of all files are taken in the order of their times, and"
                + " numbered so")
    }

    /// Whether no packet of a file is later than that, in nanoseconds since 1970.
    private static func isOver(_ file: InputFile, by moment: Int64) -> Bool {
        var reader = CaptureReader()
        var isOver = true
        try? file.feed { bytes, isComplete in
            while isOver {
                switch try? reader.next(in: bytes, isComplete: isComplete) {
                case .record(let record)?:
                    if let time = record.timestamp?.nanosecondsSince1970, time > moment { isOver = false }
                case .needsMore(let count)?: return .more(released: reader.releaseConsumed(), atLeast: count)
                case .end?, nil: return .done
                }
            }
            return .done
        }
        return isOver
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
