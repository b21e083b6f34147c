import CaptureFile
import Conversations
import HostNetwork
import LiveCapture
import PacketWire

/// The files of one recording: written in large pieces, complete at every moment, one after the other where there
/// are limits.
final class RecordingOutput {
    /// What is written at once at most.
    private static let piece = 256 << 10

    /// The present time, by both clocks.
    struct Now {
        var monotonic: Instant
        var unixNanoseconds: Int64
    }

    private let path: String
    private let limits: RingLimits
    private let header: RecordingHeader
    private let names: FileSetName
    private let worker = BackgroundWork()
    private var file: RecordingFile
    private var buffer: PacketBuffer
    /// Those of the present file that are written; what is in the buffer is not.
    private var packetsInFile = 0
    private var bytesSynced: Int64 = 0
    private var began: Now
    /// The counts when the present file began, and when they were last written.
    private var countsAtBegin = CaptureHandle.Statistics()
    private var countsWritten = CaptureHandle.Statistics()
    private var packetsBefore = 0
    private(set) var filesMade = 1
    /// Those that stand, oldest first.
    private(set) var files: [String]

    init(path: String, limits: RingLimits, header: RecordingHeader, now: Now) throws(FileError) {
        self.path = path
        self.limits = limits
        self.header = header
        names = FileSetName(path)
        began = now
        let name = limits.isRing ? names.file(1, unixNanoseconds: now.unixNanoseconds) : path
        file = try RecordingFile(recording: name, header: header.bytes)
        files = [name]
        buffer = PacketBuffer(header.format, capacity: Self.piece)
    }

    /// Packets that are in the files or on their way there.
    var packets: Int { packetsBefore + packetsInFile + buffer.packets }

    /// Where it is kept, for people.
    var place: String {
        guard limits.isRing else { return path.escapedForDisplay }
        let pattern = names.pattern.escapedForDisplay
        return files.count == filesMade
            ? "\(filesMade) file\(filesMade == 1 ? "" : "s") \(pattern)"
            : "the last \(files.count) of \(filesMade) files \(pattern)"
    }

    /// Adds a packet. Called for each one.
    func append(
        _ frame: Span<UInt8>, _ head: CaptureHandle.Header, _ direction: PacketDirection?
    ) throws(FileError) {
        let length = buffer.length(ofFrame: frame.count, hasDirection: direction != nil)
        if buffer.count &+ length > Self.piece, !buffer.isEmpty { try flush() }
        buffer.append(
            frame, unixNanoseconds: head.unixNanoseconds, originalLength: head.originalLength, direction: direction)
    }

    /// Whether a packet of this length belongs in the next file.
    func isFull(beforeFrame count: Int) -> Bool {
        guard let limit = limits.fileBytes, packetsInFile &+ buffer.packets > 0 else { return false }
        let length = buffer.length(ofFrame: count, hasDirection: true)
        // Some room for the counts at the end.
        return file.length &+ Int64(buffer.count &+ length &+ 128) > limit
    }

    /// Whether the present file covers as much time as one should. One without packets covers none.
    func isOver(at now: Instant) -> Bool {
        guard let span = limits.fileSpan, packetsInFile + buffer.packets > 0 else { return false }
        return now - began.monotonic >= span
    }

    /// Goes on in the next file.
    func rotate(_ counts: CaptureHandle.Statistics?, _ now: Now) throws(FileError) {
        try end(counts, now)
        packetsBefore += packetsInFile
        packetsInFile = 0
        let name = names.file(filesMade + 1, unixNanoseconds: now.unixNanoseconds)
        file = try RecordingFile(recording: name, header: header.bytes)
        filesMade += 1
        files.append(name)
        bytesSynced = 0
        began = now
        if let counts { countsAtBegin = counts }
        countsWritten = countsAtBegin
        guard let most = limits.files else { return }
        while files.count > most { try RecordingFile.remove(files.removeFirst()) }
    }

    /// Writes what has been collected. Where the disk is full, the file ends with the last packet that is whole.
    func flush() throws(FileError) {
        guard !buffer.isEmpty else { return }
        let before = file.length
        do throws(FileError) {
            try buffer.withBytes { bytes throws(FileError) in
                try file.append(bytes) { buffer.whole(within: $0).bytes }
            }
        } catch {
            packetsInFile += buffer.whole(within: Int(clamping: file.length - before)).packets
            buffer.removeAll()
            throw error
        }
        packetsInFile += buffer.packets
        buffer.removeAll()
    }

    /// Once a second: writes everything, and what was dropped since; has it brought to the disk.
    func settle(_ counts: CaptureHandle.Statistics?, _ now: Now) throws(FileError) {
        try flush()
        // What a file covers begins with its first packet.
        if packetsInFile == 0 { began = now }
        if let counts, counts.lost != countsWritten.lost { try write(counts, now) }
        if let failure = worker.failure { throw failure }
        if file.length != bytesSynced, worker.isIdle {
            bytesSynced = file.length
            file.sync(by: worker)
        }
    }

    /// Ends the present file: packets, then the counts.
    func end(_ counts: CaptureHandle.Statistics?, _ now: Now) throws(FileError) {
        try flush()
        if let counts { try write(counts, now) }
        if let failure = worker.failure { throw failure }
        file.sync(by: worker)
    }

    private func write(_ counts: CaptureHandle.Statistics, _ now: Now) throws(FileError) {
        countsWritten = counts
        let dropped = counts.dropped &- countsAtBegin.dropped
        let statistics = InterfaceStatistics(
            start: CaptureTimestamp(nanosecondsSince1970: began.unixNanoseconds),
            end: CaptureTimestamp(nanosecondsSince1970: now.unixNanoseconds),
            // Of what was seen and left out there is no count for each file.
            received: header.isHandshakesOnly ? nil : UInt64(packetsInFile) &+ dropped,
            droppedByInterface: counts.droppedByInterface &- countsAtBegin.droppedByInterface, droppedByOS: dropped,
            delivered: UInt64(packetsInFile))
        let block = header.statistics(statistics, at: now.unixNanoseconds)
        try file.append(block.span) { _ in 0 }
    }
}

extension CaptureHandle.Statistics {
    /// Everything that was to be recorded and is not.
    var lost: UInt64 { dropped &+ droppedByInterface }
}
