import CaptureFile
public import Foundation

/// What tshark prints of many captures, a line a packet.
///
/// tshark takes a quarter of a second of a processor to start, and five times less to begin anew (`-M`) with nothing of
/// what it read before: no connection, no stream's number, no frame's. It does so after a number of frames that is the same
/// for all, so that captures of about the same length are put one behind the other, each filled up to that number. What is
/// in such a file is every capture as it is, byte for byte: a pcapng file is sections, and may have any number of them.
public enum TsharkSessions {
    /// A capture's lines, and what tshark said on standard error while it read it: together with others, where it did.
    public struct Output: Sendable {
        public var lines: [Substring]
        public var complaints: [Substring]
    }

    /// How many captures share one start.
    static let most = 24

    /// - Parameters:
    ///   - files: in any format; what is no whole pcapng file is read by itself.
    ///   - reading: runs tshark over the file with these arguments more, and shows at least two fields a packet.
    public static func outputs(
        of files: [URL], reading: @escaping @Sendable (_ file: URL, _ more: [String]) async throws -> Program.Ended
    ) async throws -> [URL: Output] {
        // tshark's next start shall not stand in the line of the tests that compute: see `Waiting`.
        try await Task(priority: .high) { try await readAll(files, reading) }.value
    }

    private static func readAll(
        _ files: [URL], _ reading: @escaping @Sendable (_ file: URL, _ more: [String]) async throws -> Program.Ended
    ) async throws -> [URL: Output] {
        var lengths: [(file: URL, packets: Int)] = []
        var others: [URL] = []
        for file in files {
            if let packets = try packets(in: file) { lengths.append((file, packets)) } else { others.append(file) }
        }
        lengths.sort { ($0.packets, $0.file.path) < ($1.packets, $1.file.path) }
        var together = stride(from: 0, to: lengths.count, by: most).map {
            Array(lengths[$0..<min($0 + most, lengths.count)])
        }
        return try await withThrowingTaskGroup(of: [URL: Output].self) { group in
            var result: [URL: Output] = [:]
            var running = 0
            // As many at once as there are processors, and the longest first.
            while running > 0 || !together.isEmpty || !others.isEmpty {
                if running < ProcessInfo.processInfo.activeProcessorCount, let some = together.popLast() {
                    group.addTask { try await read(some, reading) }
                    running += 1
                } else if running < ProcessInfo.processInfo.activeProcessorCount, let file = others.popLast() {
                    group.addTask { [file: Output(try await reading(file, []))] }
                    running += 1
                } else if let some = try await group.next() {
                    result.merge(some) { first, _ in first }
                    running -= 1
                }
            }
            return result
        }
    }

    private static func read(
        _ files: [(file: URL, packets: Int)],
        _ reading: @Sendable (_ file: URL, _ more: [String]) async throws -> Program.Ended
    ) async throws -> [URL: Output] {
        let length = max(1, files.map(\.packets).max() ?? 1)
        let whole = FileManager.default.temporaryDirectory.appending(path: "stallpoint-sessions-\(UUID()).pcapng")
        defer { try? FileManager.default.removeItem(at: whole) }
        var bytes = Data()
        for (file, packets) in files { bytes += try Data(contentsOf: file) + filling(length - packets) }
        try bytes.write(to: whole)
        let output = Output(try await reading(whole, ["-M", "\(length)"]))
        var result: [URL: Output] = [:]
        for (index, (file, packets)) in files.enumerated() {
            // Where tshark counts blocks that are no packets, each is read by itself.
            guard output.lines.count == length * files.count else {
                result[file] = Output(try await reading(file, []))
                continue
            }
            let start = index * length
            result[file] = Output(
                lines: Array(output.lines[start..<start + packets]), complaints: output.complaints)
        }
        return result
    }

    /// How many packets a pcapng file has that is whole; nil for any other.
    private static func packets(in file: URL) throws -> Int? {
        let bytes = [UInt8](try Data(contentsOf: file))
        var reader = CaptureReader()
        while let step = try? reader.next(in: bytes.span, isComplete: true) {
            switch step {
            case .record: continue
            case .needsMore: return nil
            case .end: return reader.format == .pcapng && reader.totals.isEmpty ? reader.packetCount : nil
            }
        }
        return nil
    }

    /// A section of its own with so many packets of no bytes, of a link type that nobody reads.
    static func filling(_ count: Int) -> Data {
        var words: [UInt32] = [0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, .max, .max, 28]
        words += [1, 20, 147, 0, 20]
        for _ in 0..<count { words += [6, 32, 0, 0, 0, 0, 0, 32] }
        return words.reduce(into: Data()) { bytes, word in
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
    }
}

extension TsharkSessions.Output {
    /// Whose run it was, and that it began anew, is no complaint.
    init(_ ended: Program.Ended) {
        lines = String(decoding: ended.output, as: UTF8.self).split(separator: "\n")
        complaints = String(decoding: ended.error, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("Running as user") && $0 != "resetting session." }
        if ended.status != 0 { complaints.append("exit status \(ended.status ?? -1)") }
    }
}
