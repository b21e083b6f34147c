import CaptureFile
import HostNetwork
import PacketWire

/// Which files are read as one capture, and in which order: the rings that recorders write have names that a shell does not
/// sort by time, and what is read twice looks like packets that were sent twice.
struct CaptureFileOrder {
    private(set) var paths: [String]
    /// So many of the first are to be read at the same time: all that have times, where two of them overlap.
    private(set) var readAtOnce = 0
    /// What is to be said of files that are not read, and of the order.
    private(set) var notes: [String] = []

    private struct Input {
        var path: String
        var file: InputFile
        /// Nanoseconds since 1970 of its first packet.
        var begins: Int64
    }

    /// As given where one is standard input. What holds no packet with a time, or cannot be looked at, comes last: whoever
    /// reads it says what is wrong with it.
    init(_ paths: [String]) {
        self.paths = paths
        guard paths.count > 1, !paths.contains("-") else { return }
        var seen: [InputFile] = []
        var inputs: [Input] = []
        var others: [String] = []
        for path in paths {
            guard let file = try? InputFile(reading: path), file.isMapped else {
                others.append(path)
                continue
            }
            if let same = seen.first(where: { $0.hasSameBytes(as: file) }) {
                notes.append(
                    "\(path.escapedForDisplay) has the same bytes as \(same.path.escapedForDisplay): read once")
                continue
            }
            seen.append(file)
            if let begins = Self.firstTime(in: file) {
                inputs.append(Input(path: path, file: file, begins: begins))
            } else {
                others.append(path)
            }
        }
        // Where times are equal, as given.
        inputs = inputs.enumerated().sorted { ($0.element.begins, $0.offset) < ($1.element.begins, $1.offset) }
            .map(\.element)
        self.paths = inputs.map(\.path) + others
        findOverlap(of: inputs)
    }

    private mutating func findOverlap(of inputs: [Input]) {
        let pairs = zip(inputs, inputs.dropFirst())
        guard let (one, other) = pairs.first(where: { !Self.isOver($0.file, by: $1.begins) }) else { return }
        let overlap = "\(one.path.escapedForDisplay) and \(other.path.escapedForDisplay) overlap in time"
        guard inputs.allSatisfy({ !$0.file.isCompressed }) else {
            notes.append(
                "\(overlap), and not all files are unpacked: they are read one after the other, and what one holds of the"
                    + " other's connections looks late; unpack them first")
            return
        }
        readAtOnce = inputs.count
        notes.append("\(overlap): the packets of all files are taken in the order of their times, and numbered so")
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
