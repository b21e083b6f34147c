/// What each source port did that was tried more than once: the same each time, as where paths are chosen by it, or now
/// this and now that, as chance does.
struct PortOutcomes: Sendable, Hashable {
    /// How many connections of each port failed, and of each other one passed at once.
    private(set) var failing: [UInt16: Int] = [:]
    private(set) var passing: [UInt16: Int] = [:]

    init(failing: [UInt16: Int], passing: [UInt16: Int]) {
        (self.failing, self.passing) = (failing, passing)
    }

    /// Nil where any port did both.
    init?(_ trials: [Trials.Trial]) {
        var results: [UInt16: (connections: Int, rounds: Int, failed: Int, passed: Int)] = [:]
        for trial in trials {
            guard let port = trial.sourcePort else { continue }
            var result = results[port] ?? (0, 0, 0, 0)
            result.connections += 1
            // Three packets over seconds are as good as two rounds; what needed a second one has failed and passed.
            result.rounds += trial.sent > (trial.isAnswered ? 1 : 2) ? 2 : 1
            if !trial.isAnswered || trial.sent > 1 { result.failed += 1 }
            if trial.isAnswered { result.passed += 1 }
            results[port] = result
        }
        for (port, result) in results where result.rounds > 1 {
            if result.passed == 0 {
                failing[port] = result.connections
            } else if result.failed == 0 {
                passing[port] = result.connections
            } else {
                return nil
            }
        }
    }

    /// Whether the port decides. One port may have been lucky, or unlucky, twice; two of each kind, or one more often, were
    /// not.
    var isDecisive: Bool {
        guard !failing.isEmpty, !passing.isEmpty else { return false }
        return failing.count > 1 && passing.count > 1 || chance <= 0.025
    }

    /// How likely chance, which loses as many of these connections, loses whole ports and nothing else: of all ways to choose
    /// so many of them, those that are made of ports.
    var chance: Double {
        let sizes = Array(failing.values) + Array(passing.values)
        let (lost, total) = (failing.values.reduce(0, +), sizes.reduce(0, +))
        var ways = [1.0] + Array(repeating: 0.0, count: total)
        for size in sizes {
            for sum in stride(from: total, through: size, by: -1) { ways[sum] += ways[sum - size] }
        }
        return ways[lost] / Self.choices(lost, of: total)
    }

    /// How many ways there are to choose so many.
    static func choices(_ count: Int, of total: Int) -> Double {
        (0..<min(count, total - count)).reduce(1.0) { $0 * Double(total - $1) / Double($1 + 1) }
    }
}

extension Trials {
    var portOutcomes: PortOutcomes? { PortOutcomes(trials) }

    /// Ports that failed every time they were tried, and ports that passed every time at once, among those that were tried
    /// in more than one round; nil where any port did both, or they are too few to tell that from chance.
    public var decidedByPort: (failing: [UInt16], passing: [UInt16])? {
        guard let outcomes = portOutcomes, outcomes.isDecisive else { return nil }
        return (outcomes.failing.keys.sorted(), outcomes.passing.keys.sorted())
    }

    /// Whether the port may decide, though too few of one kind were tried: one failed each time, and none did both.
    var mayBeDecidedByPort: Bool { portOutcomes.map { !$0.failing.isEmpty } ?? false }

    /// Some ports always fail and others always pass, decisive or not: what else the same tries look like is unsure.
    var isSortedByPort: Bool { portOutcomes.map { !$0.failing.isEmpty && !$0.passing.isEmpty } ?? false }

    /// Whether a change that lets so many tries pass is what decides, and not that each of them has a port of its own, of
    /// which some pass and others fail: all that were unchanged failed, which no share of ports makes likely. How likely
    /// the likeliest shares make it on the whole is an integral of theirs (Bayes, 1763: one in (n + 1) times n over k).
    func excludesPorts(passing: Int) -> Bool {
        let silent = Set(unanswered.compactMap(\.sourcePort)).count
        let total = silent + passing
        return Double(total + 1) * PortOutcomes.choices(passing, of: total) >= 100
    }

    /// Other source ports were tried.
    public var areOtherPortsTried: Bool { trials.contains { $0.round > 0 } }

    /// Whether ports did the same each time they were tried more often than chance, which loses as many, makes them: one
    /// exception, a packet that was lost besides, does not make it chance. Once in twenty times it looks so all the same.
    var isAlikeByPort: Bool {
        let ports = Dictionary(grouping: trials.filter { $0.sourcePort != nil }) { $0.sourcePort }
            .values.filter { $0.count > 1 }
        let tries = ports.map(\.count).reduce(0, +)
        let failed = ports.flatMap(\.self).count { !$0.passedAtOnce }
        guard failed > 1, tries - failed > 1 else { return false }
        let share = Double(failed) / Double(tries)
        // How likely each number of ports is to have done the same each time.
        var odds = [1.0]
        var alike = 0
        for port in ports {
            let passed = port.count(where: \.passedAtOnce)
            if passed == 0 || passed == port.count { alike += 1 }
            let same = Share.power(share, port.count) + Share.power(1 - share, port.count)
            odds = zip(odds + [0], [0] + odds).map { $0 * (1 - same) + $1 * same }
        }
        return odds[alike...].reduce(0, +) <= 0.05
    }
}
