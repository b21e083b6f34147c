import CaptureFile
import HostNetwork
import PacketWire

/// Files whose times overlap, as one stream of pcapng: of one network at several places, say, or of several interfaces.
/// Read one after the other, what one machine sent would come long before another received it.
///
/// Packets come in the order of their times, as far as each file is in order; what is late within its file is put in its
/// turn by whoever reads the stream. Comments of packets stay, and so does what the files say was lost.
struct MergedCapture {
    private struct Source {
        var path: String
        var file: InputFile
        var reader = CaptureReader()
        /// The next packet.
        var head: CaptureRecord?
        var stamp = CaptureTimestamp(nanosecondsSince1970: 0)
        /// Of the stream, by those of the file.
        var interfaces: [Int: Int] = [:]
        var problem: CaptureFileError?

        mutating func advance() {
            let step = file.withBytes { bytes -> CaptureRecord? in
                do throws(CaptureFileError) {
                    guard case .record(let record) = try reader.next(in: bytes) else { return nil }
                    return record
                } catch {
                    problem = error
                    return nil
                }
            }
            head = step
            // One without a time stands where the one before it stood.
            if let time = step?.timestamp { stamp = time }
        }
    }

    /// What is given at once.
    private static let chunk = 1 << 18

    private var sources: [Source]
    private var writer: PcapngWriter
    private var window: [UInt8] = []

    /// - Parameter paths: of files that are mapped and not packed.
    init(_ paths: [String]) throws(FileError) {
        var sources: [Source] = []
        for path in paths {
            var source = Source(path: path, file: try InputFile(reading: path))
            source.advance()
            sources.append(source)
        }
        let sections = sources.flatMap(\.reader.sections)
        let application = sections.first?.application
        let section = CaptureSection(
            application: sections.allSatisfy { $0.application == application } ? application : nil,
            comments: sections.flatMap(\.comments))
        writer = PcapngWriter(section, to: &window)
        self.sources = sources
    }

    /// As `InputFile.feed`.
    mutating func feed(_ body: (Span<UInt8>, Bool) -> InputDemand) {
        var isComplete = false
        var needed = 0
        while true {
            let wanted = window.count + max(Self.chunk, needed)
            while window.count < wanted, !isComplete { isComplete = !appendNext() }
            guard case .more(let released, let count) = body(window.span, isComplete), !isComplete else { return }
            window.removeFirst(max(0, min(released, window.count)))
            needed = count
        }
    }

    /// Each was saved by a probe, and names its targets.
    var areAllProbes: Bool {
        sources.allSatisfy { !ProbedTargets.parse($0.reader.sections.flatMap(\.comments)).isEmpty }
    }

    /// What is wrong with the files, in their order.
    var problems: [(path: String, reader: CaptureReader, problem: CaptureFileError?)] {
        sources.map { ($0.path, $0.reader, $0.problem) }
    }

    /// False behind the last packet.
    private mutating func appendNext() -> Bool {
        var earliest: Int?
        for (index, source) in sources.enumerated() where source.head != nil {
            if let found = earliest, sources[found].stamp <= source.stamp { continue }
            earliest = index
        }
        guard let earliest, let record = sources[earliest].head else {
            appendEnd()
            return false
        }
        let interface = interface(record.interface, of: earliest)
        let (file, stamp) = (sources[earliest].file, sources[earliest].stamp)
        file.withBytes { bytes in
            writer.append(
                bytes.extracting(record.frame), at: stamp, interface: interface, originalLength: record.originalLength,
                options: record.hasOptions ? record.options(in: bytes) : .none, to: &window)
        }
        sources[earliest].advance()
        return true
    }

    private mutating func interface(_ index: Int, of source: Int) -> Int {
        if let known = sources[source].interfaces[index] { return known }
        var description = sources[source].reader.interfaces[index]
        // The stamps are in their place already.
        description.resolution = .nanoseconds
        description.timestampOffsetSeconds = 0
        let new = writer.append(description, to: &window)
        sources[source].interfaces[index] = new
        return new
    }

    /// What was counted when it was over, and the names.
    private mutating func appendEnd() {
        for (index, source) in sources.enumerated() {
            for (number, description) in source.reader.interfaces.enumerated() {
                // All packets of an interface may have been lost.
                guard let statistics = description.statistics else { continue }
                let interface = interface(number, of: index)
                writer.append(statistics, ofInterface: interface, at: source.stamp, to: &window)
            }
            if !source.reader.names.isEmpty { writer.append(source.reader.names, to: &window) }
        }
    }
}
