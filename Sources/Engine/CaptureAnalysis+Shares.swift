import CaptureReplay
import Diagnosis
import HostNetwork
import Synchronization

/// Large captures, by as many threads as there are processors: each reads everything, and judges its own share of the
/// hosts. Reading and decoding is little beside the rest, and nothing has to be handed from one to the other.
extension CaptureAnalysis {
    /// Below that many bytes a second thread gains nothing that anybody notices.
    static let worthwhile = 8 << 20
    /// Each reads everything: more threads read more, and judge little more.
    private static let mostShares = 4

    /// The conclusion on all files together, and what is to be said of them. Nil where that cannot be told from shares,
    /// or is not worth it: then they are read by one.
    ///
    /// - Parameter bytes: that the files have at least, all together.
    func sharedConclusion(
        by threads: Int = ParallelWork.processorCount, from bytes: Int = worthwhile
    ) -> (conclusion: CaptureConclusion, notes: [String])? {
        let count = min(threads, Self.mostShares)
        guard count > 1, !options.listsAll, options.only == nil, size.map({ $0 >= bytes }) ?? false else { return nil }
        let isOver = Flag()
        let shares = ParallelWork.run(count) { share(CaptureShare($0, of: count), isOver) }
        guard var sum = shares.first ?? nil else { return nil }
        for share in shares.dropFirst() {
            guard let share else { return nil }
            sum.conclusion.add(share.conclusion)
        }
        return sum
    }

    /// Of all files; nil where one cannot be read twice.
    private var size: Int? {
        var bytes = 0
        for path in paths {
            guard path != "-", let input = try? InputFile(reading: path), let size = input.mappedSize else {
                return nil
            }
            bytes += size
        }
        return bytes
    }

    /// Nil where something is wrong with a file, or a probe saved it: whoever reads it alone tells what is to be told.
    private func share(_ share: CaptureShare, _ isOver: Flag) -> (conclusion: CaptureConclusion, notes: [String])? {
        var options = options
        options.share = share
        options.heldConversations = max(1, options.heldConversations / share.count)
        options.mostConversations = max(1, options.mostConversations / share.count)
        options.mostListed = 0
        var analyzer = CaptureAnalyzer(options)
        var notes: [String] = []
        let stops = { (analyzer: CaptureAnalyzer) in isOver.isSet || analyzer.needsWhole }
        do throws(ProbeFailure) {
            if readAtOnce > 0 { notes += try readMerged(into: &analyzer, until: stops).notes }
            for path in paths.dropFirst(readAtOnce) where !stops(analyzer) {
                notes += try read(path, into: &analyzer, until: stops)
            }
        } catch { isOver.set() }
        guard !stops(analyzer) else {
            isOver.set()
            return nil
        }
        guard ProbedTargets.parse(analyzer.allComments).isEmpty else { return nil }
        return ((consume analyzer).conclusion(), notes)
    }

    /// One of them needs to see everything: the others need not go on.
    private final class Flag: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}
