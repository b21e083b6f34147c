import CaptureFile
public import CaptureReplay
import Conversations
public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire

/// Reads a capture that somebody is still writing, and says of each thing that fails that it does, as soon as that is
/// known; at the end the whole, as `CaptureAnalysis` does of a complete one.
///
/// It ends with SIGINT, SIGTERM or SIGHUP, with the writer of a pipe, and behind `PacketFilter.until`. A file that is
/// replaced or begun anew under its name is followed as the next part of the same capture.
public final class CaptureFollow {
    /// What there is to say on the way.
    public enum News: Sendable {
        /// - Parameter startedUnixNanoseconds: when the instants in it are counted from.
        case found(TargetDiagnosis, startedUnixNanoseconds: Int64)
        /// What became of the file, in a line.
        case notice(String)
        case progress(packets: Int, found: Int)
    }

    /// How often a file is asked whether it has grown.
    private static let look = TimeSpan.milliseconds(250)
    /// How long what is there is still read after a signal.
    private static let patience = TimeSpan.seconds(1)
    /// A look at everything costs in proportion to what is held, so less is: what has ended is let go earlier.
    private static let mostHeld = 16_384

    private let path: String
    private let filter: String?
    private let options: CaptureAnalyzer.Options
    private let clock = RunClock()
    private let file: GrowingFile
    private let frameFilter: FrameFilter?
    private let poller: Poller
    private let interrupts: Interrupts
    private var follower: CaptureFollower
    private var notes: [String] = []
    /// The file is the first of its name, and there was no other.
    private var isFirst = true
    /// The present file cannot be read any further, which was said.
    private var isUnreadable = false
    private var progress = (packets: -1, found: -1)
    /// Of the report's diagnoses those that were not told on the way.
    public private(set) var untold: [TargetDiagnosis] = []

    /// - Parameter filter: of pcap-filter(7), on whole frames.
    public init(
        path: String, options: CaptureAnalyzer.Options = CaptureAnalyzer.Options(), filter: String? = nil
    ) throws(ProbeFailure) {
        var options = options
        options.heldConversations = min(options.heldConversations, Self.mostHeld)
        self.path = path
        self.filter = filter
        self.options = options
        follower = CaptureFollower(options)
        do {
            frameFilter = try filter.map { expression throws(CaptureError) in try FrameFilter(expression) }
        } catch {
            throw ProbeFailure(.usage, error.description)
        }
        do {
            file = try GrowingFile(following: path)
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        do {
            poller = try Poller()
            interrupts = try Interrupts()
            try poller.add(interrupts.descriptor, token: 1)
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        // What cannot be waited for is asked from time to time.
        if let readiness = file.readiness { try? poller.add(readiness, token: 2) }
    }

    /// Follows to the end.
    ///
    /// - Parameter tell: false ends it early, where nobody listens any more.
    public func report(_ tell: (News) -> Bool) throws(ProbeFailure) -> DiagnosisReport {
        var goesOn = true
        var hasRested = false
        while goesOn, !follower.isPastEnd {
            if interrupts.take() != nil {
                try readLast(tell)
                break
            }
            let step = try advance()
            follower.hasHalfARecord = file.heldBack > 0
            follower.wait(until: clock.now)
            goesOn = try react(to: step, tell)
            let isFirstRest = step == .rested && !hasRested
            if isFirstRest || follower.isDue(at: clock.now), goesOn { goesOn = look(tell) }
            if goesOn { goesOn = showProgress(tell) }
            guard step == .rested else { continue }
            hasRested = true
            if goesOn { poller.wait(nanoseconds: Self.look.nanoseconds) { _ in } }
        }
        return try end()
    }

    /// What was written until the signal came belongs to it; a large file that was not read yet does not hold it up.
    private func readLast(_ tell: (News) -> Bool) throws(ProbeFailure) {
        let deadline = clock.now + Self.patience
        var goesOn = true
        repeat {
            let step = try advance()
            goesOn = try react(to: step, tell) && step != .rested && !follower.isPastEnd
        } while goesOn && clock.now < deadline
        follower.hasHalfARecord = file.heldBack > 0
    }

    private func advance() throws(ProbeFailure) -> GrowingFile.Step {
        do {
            return try file.advance { self.take($0, isComplete: $1) }
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
    }

    private func take(_ bytes: Span<UInt8>, isComplete: Bool) -> InputDemand {
        let need: CaptureAnalyzer.Need
        if let frameFilter {
            need = follower.read(bytes, isComplete: isComplete, at: clock.now) { frameFilter.accepts($0, $1) }
        } else {
            need = follower.read(bytes, isComplete: isComplete, at: clock.now)
        }
        return need.more > 0 ? .more(released: need.released, atLeast: need.more) : .done
    }

    /// Takes the rest of a file that its writer did not finish.
    private func takeRest() {
        file.finish { bytes, _ in
            if let frameFilter {
                follower.readRest(bytes, at: clock.now) { frameFilter.accepts($0, $1) }
            } else {
                follower.readRest(bytes, at: clock.now)
            }
            return .done
        }
    }

    // MARK: What becomes of the file

    /// Returns whether it goes on.
    private func react(to step: GrowingFile.Step, _ tell: (News) -> Bool) throws(ProbeFailure) -> Bool {
        let name = path == "-" ? "standard input" : path.escapedForDisplay
        switch step {
        case .grew: return try checkReadable(follower.analyzer, tell)
        case .rested: return try checkBeginning(tell)
        case .ended: return false
        case .wasRemoved: return tell(.notice("\(name) is gone; going on when there is one again"))
        case .wasReplaced:
            // Its writer has finished it, whatever it is like.
            file.finish { take($0, isComplete: $1) }
            try leave()
            return tell(.notice("\(name) is another file now; going on with that"))
        case .wasCut:
            takeRest()
            try leave()
            return tell(.notice("\(name) was begun anew; going on from there"))
        case .isPacked:
            guard isFirst else {
                isUnreadable = true
                return tell(.notice("\(name) is packed by gzip and cannot be followed; waiting for another file"))
            }
            let way = path == "-" ? "gzip -dc |" : "gzip -dc \(name) |"
            throw ProbeFailure(
                .usage,
                "\(name) is packed by gzip, and a packed file cannot be followed; unpack it on the way: "
                    + "\(way) stallpoint analyze --follow -")
        }
    }

    /// A file that is no capture, or whose damage leaves nothing to go on with.
    private func checkReadable(
        _ analyzer: CaptureAnalyzer, _ tell: (News) -> Bool
    ) throws(ProbeFailure) -> Bool {
        guard !isUnreadable, analyzer.problem != nil else { return true }
        isUnreadable = true
        do throws(ProbeFailure) {
            guard let note = try analyzer.notes(on: path).first else { return true }
            return tell(.notice(note))
        } catch {
            if isFirst { throw error }
            return tell(.notice(error.description))
        }
    }

    /// The reader would wait for more, so that it can name a format that is not ours; that it is not is known earlier.
    private func checkBeginning(_ tell: (News) -> Bool) throws(ProbeFailure) -> Bool {
        guard !isUnreadable, follower.analyzer.reader.format == nil, file.heldBack > 0 else { return true }
        var whole = follower.analyzer
        file.inspect { whole.read($0, isComplete: true) }
        return whole.problem?.isTruncation == true ? true : try checkReadable(whole, tell)
    }

    /// Goes on with the next file of the name.
    private func leave() throws(ProbeFailure) {
        notes += (try? follower.analyzer.notes(on: path)) ?? []
        follower.beginFile()
        file.begin()
        isFirst = false
        isUnreadable = false
    }

    // MARK: What is told

    /// A saved probe is judged as a whole.
    private var named: [Target] {
        isFirst && options.countsEverything(filter) ? ProbedTargets.parse(follower.analyzer.allComments) : []
    }

    private func look(_ tell: (News) -> Bool) -> Bool {
        guard named.isEmpty, let start = follower.analyzer.startedUnixNanoseconds else { return true }
        let before = clock.now
        let found = follower.news(at: before)
        follower.pace(clock.now - before)
        for diagnosis in found where !tell(.found(diagnosis, startedUnixNanoseconds: start)) { return false }
        return true
    }

    private func showProgress(_ tell: (News) -> Bool) -> Bool {
        let present = (packets: follower.analyzer.digest.packets, found: follower.count)
        guard present != progress else { return true }
        progress = present
        return tell(.progress(packets: present.packets, found: present.found))
    }

    private func end() throws(ProbeFailure) -> DiagnosisReport {
        takeRest()
        let named = named
        do throws(ProbeFailure) {
            notes += try follower.analyzer.notes(on: path)
        } catch {
            if isFirst { throw error }
        }
        let result = follower.result(at: clock.now, named: named)
        untold = named.isEmpty ? follower.untold(of: result) : result.diagnoses
        return DiagnosisReport(
            result, isSavedProbe: !named.isEmpty, captureFile: path, notes: notes, clock)
    }
}
