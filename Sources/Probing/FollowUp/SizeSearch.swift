/// The search for the largest size that passes: by bisection, or with several at once, to the byte.
///
/// Silence takes its time and an answer does not, so a few sizes side by side cost little more than one.
///
/// The smallest size is tried first, for without it the silence of the others says nothing; then the largest, which
/// passes nearly everywhere.
struct SizeSearch: Sendable, Hashable {
    let smallest: Int
    let largest: Int
    /// The largest that has passed, and the smallest that has not.
    private(set) var passed: Int?
    private(set) var lost: Int?
    /// What a router said would fit.
    private var reported: Int?
    /// It is known from elsewhere that the largest gets lost.
    private let isLargestLost: Bool
    private var near: [Int]
    private var landmarks: [Int]

    /// - Parameters:
    ///   - near: where another search ended, tried before anything but the smallest.
    ///   - isLargestLost: known from elsewhere; then it comes last, if at all.
    ///   - landmarks: limits that are often met, worth a try before the middle is.
    init(from smallest: Int, to largest: Int, near: [Int] = [], isLargestLost: Bool = false, landmarks: [Int] = []) {
        self.smallest = smallest
        self.largest = max(smallest, largest)
        self.near = near
        self.isLargestLost = isLargestLost
        self.landmarks = landmarks
    }

    /// What to try now, side by side; empty where no more can be learned.
    func next(_ most: Int) -> [Int] {
        guard let passed else { return lost == nil ? [smallest] : [] }
        let end = lost ?? (isLargestLost ? largest : largest + 1)
        let open = passed + 1..<max(passed + 1, end)
        guard !open.isEmpty, most > 0 else { return lost == nil && passed < largest ? [largest] : [] }
        if let reported, passed >= reported { return [] }
        if let reported, open.contains(reported) { return [reported] }
        let known = near.filter(open.contains)
        guard known.isEmpty else { return Array(known.prefix(most)) }
        guard lost != nil || isLargestLost else { return [largest] }
        let marks = landmarks.filter(open.contains)
        guard marks.isEmpty else { return Array(marks.prefix(most)) }
        // Evenly spaced: what is left between two of them is the next round's.
        let count = min(most, open.count)
        return (1...count).map { passed + (end - passed) * $0 / (count + 1) }
    }

    mutating func note(passed size: Int) {
        guard lost.map({ size < $0 }) ?? true else { return }
        passed = max(passed ?? size, size)
    }

    /// - Parameter reported: what would fit, as a router says; nil or nonsense for nothing.
    mutating func note(lost size: Int, reported: Int? = nil) {
        guard passed.map({ size > $0 }) ?? true else { return }
        lost = min(lost ?? size, size)
        // A report that does not hold is not believed twice; a smaller size may have been lost beside it.
        self.reported = reported.flatMap { $0 > passed ?? 0 && $0 < lost ?? size ? $0 : nil }
    }
}
