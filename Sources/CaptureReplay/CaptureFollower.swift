public import CaptureFile
public import Conversations
public import Diagnosis

/// A capture that is still being written: each thing that fails is told once, as soon as that is decided, and the whole
/// at the end.
///
/// Time is the capture's own as long as packets come, and goes on with the run's clock while none do: a SYN counts as
/// unanswered when there was time for an answer. No frame is held back for one that may be late: those that come together
/// are put in the order of time. While half a record stands at the end it does not go on: its writer
/// holds the other half back, and nobody knows what else.
public struct CaptureFollower: Sendable {
    /// How far apart two looks are at the least.
    public static let pause = TimeSpan.seconds(1)
    /// What a look costs is waited for so many times before the next one.
    private static let share = 10
    /// Findings that are told one by one; beyond these only the whole is.
    static let mostTold = 65_536

    public private(set) var analyzer: CaptureAnalyzer
    private var told = FindingSet()
    private var toldConversations: [Int: CaptureAnalyzer.Told] = [:]
    /// Of the conversations that were let go, and are told.
    private var listed = 0
    /// Findings told so far.
    public private(set) var count = 0
    /// The run's clock when time was last let go on.
    private var clock = Instant.zero
    /// Half a record stands at the end.
    public var hasHalfARecord = false
    /// Something could be known now that was not when it was last asked for.
    private var isWorthALook = false
    private var nextLook = Instant.zero + CaptureFollower.pause

    public init(_ options: CaptureAnalyzer.Options = CaptureAnalyzer.Options()) {
        var options = options
        options.waitsForLateFrames = false
        analyzer = CaptureAnalyzer(options)
    }

    /// The next bytes are another file's, which goes on with the same capture.
    public mutating func beginFile() {
        analyzer.beginFile()
        hasHalfARecord = false
    }

    /// Takes what there is of the file so far, from the first byte that was not released: `CaptureAnalyzer.read`.
    ///
    /// - Parameter now: by the run's clock.
    @discardableResult
    public mutating func read(
        _ bytes: Span<UInt8>, isComplete: Bool, at now: Instant,
        accepts: ((Span<UInt8>, CaptureRecord) -> Bool)? = nil
    ) -> CaptureAnalyzer.Need {
        wait(until: now)
        let packets = analyzer.digest.packets
        let need = analyzer.read(bytes, isComplete: isComplete, accepts: accepts)
        if analyzer.digest.packets > packets { isWorthALook = true }
        return need
    }

    /// The rest of a file whose writer still had it under way: half a record is nothing yet, and no damage. What is
    /// whole behind real damage is read.
    public mutating func readRest(
        _ bytes: Span<UInt8>, at now: Instant, accepts: ((Span<UInt8>, CaptureRecord) -> Bool)? = nil
    ) {
        var whole = self
        whole.read(bytes, isComplete: true, at: now, accepts: accepts)
        let (before, after) = (analyzer.reader, whole.analyzer.reader)
        let isHalf =
            whole.analyzer.problem?.isTruncation == true && after.packetCount == before.packetCount
            && after.totals.places == before.totals.places && before.format != nil
        if !isHalf { self = whole }
    }

    /// Time goes on although nothing comes.
    public mutating func wait(until now: Instant) {
        if analyzer.startedUnixNanoseconds != nil, !hasHalfARecord, now > clock {
            analyzer.wait(now - clock)
        }
        clock = max(clock, now)
    }

    // MARK: What is new

    public func isDue(at now: Instant) -> Bool { isWorthALook && now >= nextLook }

    /// What is decided and was not told yet; with `listsAll` every conversation, again where its verdict is another.
    ///
    /// - Parameter cost: of the look before; the dearer it was, the longer the next `isDue` lasts.
    public mutating func news(at now: Instant) -> [TargetDiagnosis] {
        wait(until: now)
        nextLook = now + Self.pause
        isWorthALook = false
        let found = analyzer.options.listsAll ? newConversations() : newFindings()
        count += found.count
        return found
    }

    /// The last look took so long: the next one waits for a multiple of that.
    public mutating func pace(_ cost: TimeSpan) {
        nextLook = nextLook + TimeSpan(nanoseconds: max(0, cost.nanoseconds) &* Int64(Self.share))
    }

    private mutating func newFindings() -> [TargetDiagnosis] {
        guard told.count < Self.mostTold else { return [] }
        return analyzer.decidedFindings(canChange: &isWorthALook).filter { told.insert($0) }
    }

    private mutating func newConversations() -> [TargetDiagnosis] {
        // Those that were let go stand in the list, and are not told again.
        let gone = Array(analyzer.listed[listed...])
        listed = analyzer.listed.count
        var news = gone.filter { isNews($0) }
        for diagnosis in gone { toldConversations[diagnosis.number] = nil }
        guard listed + toldConversations.count < analyzer.options.mostListed else { return news }
        for diagnosis in analyzer.decidedConversations(after: toldConversations, canChange: &isWorthALook) {
            if isNews(diagnosis) { news.append(diagnosis) }
            toldConversations[diagnosis.number] = CaptureAnalyzer.Told(
                verdict: diagnosis.verdict, lastSeen: diagnosis.conversation?.lastSeen ?? .zero)
        }
        return news
    }

    private func isNews(_ diagnosis: TargetDiagnosis) -> Bool {
        toldConversations[diagnosis.number]?.verdict != diagnosis.verdict
    }

    // MARK: The end

    /// Everything that the capture says, observed until now.
    public mutating func result(at now: Instant, named: [Target] = []) -> CaptureResult {
        wait(until: now)
        return analyzer.result(named: named)
    }

    /// Of everything what was not told on the way.
    public func untold(of result: CaptureResult) -> [TargetDiagnosis] {
        guard analyzer.options.listsAll else {
            return result.findings.filter { !told.contains($0) }
        }
        return result.diagnoses.dropFirst(listed).filter { isNews($0) }
    }

    /// Nothing counts any more: what comes now is behind `PacketFilter.until`.
    public var isPastEnd: Bool { analyzer.isPastEnd }
}

extension TargetDiagnosis {
    fileprivate var number: Int { conversation?.numbers.first ?? 0 }
}
