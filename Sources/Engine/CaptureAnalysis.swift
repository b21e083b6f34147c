import CaptureFile
public import CaptureReplay
import Conversations
public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// Reads capture files and diagnoses every connection attempt in them: the same causes as a live run, with the
/// packets as the only witness.
public struct CaptureAnalysis: Sendable {
    let paths: [String]
    let options: CaptureAnalyzer.Options
    private let filter: String?
    /// So many of the first overlap in time, and are read at once.
    var readAtOnce = 0

    /// - Parameters:
    ///   - paths: read as one capture, in the order of their first packets, or of all packets where they overlap; `-` is
    ///     standard input.
    ///   - filter: of pcap-filter(7), on whole frames.
    public init(paths: [String], options: CaptureAnalyzer.Options = CaptureAnalyzer.Options(), filter: String? = nil) {
        self.paths = paths
        self.options = options
        self.filter = filter
    }

    public init(path: String) { self.init(paths: [path]) }

    /// The report. What is whole of a damaged file is diagnosed, and a note says where it ends.
    ///
    /// - Parameter unreadable: told of a file that cannot be read, where others can; of the last one it is thrown.
    public func report(unreadable: (ProbeFailure) -> Void = { _ in }) throws(ProbeFailure) -> DiagnosisReport {
        let order = CaptureFileOrder(paths)
        var analysis = CaptureAnalysis(paths: order.paths, options: options, filter: filter)
        analysis.readAtOnce = order.readAtOnce
        return try analysis.report(saying: order.notes, unreadable: unreadable)
    }

    /// - Parameter said: what there is to say before any is read.
    private func report(
        saying said: [String], unreadable: (ProbeFailure) -> Void
    ) throws(ProbeFailure) -> DiagnosisReport {
        let clock = RunClock()
        if let (conclusion, notes) = sharedConclusion() {
            return DiagnosisReport(
                conclusion.result, isSavedProbe: false, captureFile: paths.count == 1 ? paths[0] : nil,
                notes: said + notes, clock)
        }
        var analyzer = CaptureAnalyzer(options)
        var failure: ProbeFailure?
        var wasAnyRead = false
        var notes = said
        // A saved probe is told as the probe told it; among other captures it is one of them.
        var areAllProbes = true
        if readAtOnce > 0 {
            let merged = try readMerged(into: &analyzer)
            notes += merged.notes
            areAllProbes = merged.areAllProbes
            wasAnyRead = true
        }
        for path in paths.dropFirst(readAtOnce) {
            do throws(ProbeFailure) {
                notes += try read(path, into: &analyzer)
                wasAnyRead = true
                let comments = analyzer.reader.sections.flatMap(\.comments)
                if ProbedTargets.parse(comments).isEmpty { areAllProbes = false }
            } catch {
                if let failure { unreadable(failure) }
                failure = error
            }
        }
        if let failure {
            guard wasAnyRead else { throw failure }
            unreadable(failure)
        }
        // Who chooses among the packets wants what the packets say.
        let named = areAllProbes && options.countsEverything(filter) ? ProbedTargets.parse(analyzer.allComments) : []
        return DiagnosisReport(
            (consume analyzer).result(named: named), isSavedProbe: !named.isEmpty,
            captureFile: paths.count == 1 ? paths[0] : nil, notes: notes, clock)
    }

    /// Reads one file to its end. Returns what is to be said of it.
    ///
    /// - Parameter isOver: asked now and then whether it is still wanted.
    func read(
        _ path: String, into analyzer: inout CaptureAnalyzer, until isOver: (CaptureAnalyzer) -> Bool = { _ in false }
    ) throws(ProbeFailure) -> [String] {
        let input: InputFile
        do {
            input = try InputFile(reading: path)
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        let frameFilter = try frameFilter()
        analyzer.beginFile()
        do {
            try input.feed { bytes, isComplete in
                Self.take(bytes, isComplete, into: &analyzer, frameFilter, until: isOver)
            }
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        let notes = try analyzer.notes(on: path) + (input.problem.map { [$0.description] } ?? [])
        let name = paths.count > 1 ? "\(path.escapedForDisplay): " : ""
        return notes.map { name + $0 }
    }

    /// Reads at once those that overlap. Returns what is to be said of them, and whether probes saved them all.
    func readMerged(
        into analyzer: inout CaptureAnalyzer, until isOver: (CaptureAnalyzer) -> Bool = { _ in false }
    ) throws(ProbeFailure) -> (notes: [String], areAllProbes: Bool) {
        var merged: MergedCapture
        do {
            merged = try MergedCapture(Array(paths.prefix(readAtOnce)))
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        let frameFilter = try frameFilter()
        analyzer.beginFile()
        merged.feed { bytes, isComplete in
            Self.take(bytes, isComplete, into: &analyzer, frameFilter, until: isOver)
        }
        var notes: [String] = []
        for (path, reader, problem) in merged.problems {
            notes += try reader.notes(on: path, problem).map { "\(path.escapedForDisplay): \($0)" }
        }
        return (notes, merged.areAllProbes)
    }

    private static func take(
        _ bytes: Span<UInt8>, _ isComplete: Bool, into analyzer: inout CaptureAnalyzer, _ filter: FrameFilter?,
        until isOver: (CaptureAnalyzer) -> Bool
    ) -> InputDemand {
        let need: CaptureAnalyzer.Need
        if let filter {
            need = analyzer.read(bytes, isComplete: isComplete) { filter.accepts($0, $1) }
        } else {
            need = analyzer.read(bytes, isComplete: isComplete)
        }
        return need.more > 0 && !isOver(analyzer) ? .more(released: need.released, atLeast: need.more) : .done
    }

    private func frameFilter() throws(ProbeFailure) -> FrameFilter? {
        do {
            return try filter.map { (filter) throws(CaptureError) in try FrameFilter(filter) }
        } catch {
            throw ProbeFailure(.usage, error.description)
        }
    }
}
