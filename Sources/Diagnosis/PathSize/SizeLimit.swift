import PacketWire

/// Where the sizes that pass end, as the trials by one means tell it.
public struct SizeLimit: Sendable, Hashable {
    public typealias Trial = PathSizeFacts.Trial

    public enum Direction: String, Sendable, Hashable {
        case outward = "out"
        case inward = "in"
        /// Either: the answer was as large as the question.
        case either
    }

    public let means: Trial.Means
    /// The largest that passed, and the smallest that did not; nil where all did.
    public let passed: Int
    public let lost: Int?
    /// Who said that it is too big, and what would fit, as the socket heard it.
    public let reported: PathSizeFacts.Report?
    /// Somebody says that more passes than does: whoever loses the rest says nothing.
    public let claimed: PathSizeFacts.Report?
    /// This machine's own link carries no more.
    public let isLocal: Bool
    /// A filter of this machine stops larger ones.
    public let isStoppedHere: Bool
    public internal(set) var direction: Direction
    /// Some size passed that is not smaller than one that was lost: size is not what decides.
    public let isContradicted: Bool
    /// Both sides of the boundary, twice each, and more often where chance is at work.
    public let isConfirmed: Bool

    /// Nil where nothing passed: then the silence of the others says nothing.
    init?(_ facts: PathSizeFacts, _ means: Trial.Means) {
        let trials = facts.trials.filter { $0.means == means && $0.timeToLive == nil }
        let good = trials.filter { $0.outcome == .passed }.map(\.size)
        let bad = trials.filter(\.isLost)
        guard let passed = good.max() else { return nil }
        self.means = means
        let lost = bad.map(\.size).min()
        self.lost = lost
        isContradicted = lost.map { passed >= $0 } ?? false
        self.passed = isContradicted ? good.filter { size in lost.map { size < $0 } ?? true }.max() ?? 0 : passed
        isConfirmed =
            !isContradicted && good.count(where: { $0 == passed }) > 1
            && bad.count(where: { $0.size == lost }) >= facts.lossesThatConfirm(means)
        let reports = bad.compactMap { trial -> PathSizeFacts.Report? in
            guard case .tooBig(let mtu, let sender) = trial.outcome else { return nil }
            return PathSizeFacts.Report(mtu: mtu, sender: sender, frame: trial.report?.frame ?? 0)
        }
        let most = self.passed
        reported = reports.last { $0.mtu <= most }
        claimed = reported == nil ? reports.last : nil
        isLocal = bad.contains { trial in
            if case .local = trial.outcome { trial.size == lost } else { false }
        }
        isStoppedHere = bad.contains { $0.outcome == .stoppedHere && $0.size == lost }
        switch means {
        case .datagram: direction = .outward
        case .echo: direction = .either
        case .segments:
            let taken = Set(bad.map { $0.outcome == .unanswered })
            direction = taken == [true] ? .inward : taken == [false] ? .outward : .either
        }
    }

    /// Larger ones vanish, and nobody says so.
    public var isSilent: Bool { lost != nil && reported == nil && !isLocal && !isContradicted }
    public var isExact: Bool { lost.map { $0 - passed == 1 } ?? false || reported.map { $0.mtu == passed } ?? false }
}

extension PathSizeFacts {
    /// What each means that was used found, the dialogue's own first.
    public var limits: [SizeLimit] { [.segments, .datagram, .echo].compactMap { SizeLimit(self, $0) } }

    /// What the packets to nobody found, by the means that chance did not spoil.
    public var limitThere: SizeLimit? {
        let there = limits.filter { $0.means != .segments }
        return there.first { !$0.isContradicted } ?? there.first
    }

    /// Packets of these means that were lost and passed when they were sent again.
    public func passedAgain(_ means: Trial.Means) -> Int {
        guard means != .segments else { return 0 }
        return trials.count { $0.means == means && $0.timeToLive == nil && $0.outcome == .passed && $0.tries > 1 }
    }

    /// Where every other packet is lost, sizes are many, and two searches in a hundred end at a boundary that was lost four
    /// times (5 of 250 in the lab): what repeats itself there may be chance.
    func isBesetByChance(_ means: Trial.Means) -> Bool { passedAgain(means) >= 3 }

    /// How many trials of one size have to be lost before that is its doing: a path that loses every other packet by
    /// chance loses two trials of two packets each once in sixteen times.
    public func lossesThatConfirm(_ means: Trial.Means) -> Int { passedAgain(means) > 0 ? 4 : 2 }
}

extension PathSizeFacts.Trial {
    package var isLost: Bool {
        switch outcome {
        case .silence, .tooBig, .local, .stoppedHere, .unacknowledged, .unanswered: true
        case .passed, .expired, .other: false
        }
    }
}

/// The two ladders of sizes: how far the large packet is known to have come, and where the small one still came.
struct SizeLadder: Hashable {
    /// The last hop that has had the large one.
    private(set) var after: Hop?
    /// The first behind it that has had the small one alone.
    private(set) var before: Hop?
    /// It is the host itself.
    private(set) var endsAtHost = false

    /// Nil where no ladder was walked, or nothing on it answered.
    init?(_ facts: PathSizeFacts, host: IPAddress?) {
        let rungs = facts.trials.filter { $0.timeToLive != nil }
        guard let large = rungs.map(\.size).max() else { return nil }
        var reached: [Int: IPAddress?] = [:]
        var isReachedByLarge: [Int: IPAddress] = [:]
        var hostAt: Int?
        for rung in rungs {
            guard let position = rung.timeToLive else { continue }
            switch (rung.outcome, rung.size == large) {
            case (.expired(let sender), true): isReachedByLarge[position] = sender
            case (.expired(let sender), false): reached[position] = sender
            case (.passed, false):
                reached[position] = host
                hostAt = min(hostAt ?? position, position)
            default: break
            }
        }
        guard !reached.isEmpty else { return nil }
        let last = isReachedByLarge.keys.max()
        after = last.map { Hop(ttl: $0, address: isReachedByLarge[$0]) }
        let next = reached.keys.filter { $0 > last ?? 0 }.min()
        before = next.map { Hop(ttl: $0, address: reached[$0] ?? nil) }
        endsAtHost = before != nil && before?.ttl == hostAt
    }
}
