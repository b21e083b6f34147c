import BenchmarkSupport

/// One line of the table: what was measured, what it should be, and what another tool takes for the like.
struct Figure {
    var name: String
    var unit: String
    var samples: [Double]
    /// The most that it should be.
    var goal: Double?
    var peer: Peer?

    struct Peer {
        var name: String
        var samples: [Double]
    }

    enum Verdict: String {
        case met
        /// The median is within the goal, the largest is not.
        case mostlyMet = "met, not always"
        case notMet = "not met"
    }

    /// Nil without a goal.
    var verdict: Verdict? {
        goal.map { samples.median > $0 ? .notMet : (samples.max() ?? 0) > $0 ? .mostlyMet : .met }
    }

    /// This tool's median over the other's: below one is less.
    var ratio: Double? {
        guard let peer, peer.samples.median > 0 else { return nil }
        return samples.median / peer.samples.median
    }
}
