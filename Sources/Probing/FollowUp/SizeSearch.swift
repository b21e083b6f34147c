/// The search for the largest size that passes: by bisection, to the byte.
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
    private var landmarks: [Int]

    /// - Parameter landmarks: limits that are often met, worth a try before the middle is.
    init(from smallest: Int, to largest: Int, landmarks: [Int] = []) {
        self.smallest = smallest
        self.largest = max(smallest, largest)
        self.landmarks = landmarks
    }

    /// What to try now; nil where no more can be learned.
    var next: Int? {
        guard let passed else { return lost == nil ? smallest : nil }
        guard let lost else { return passed < largest ? largest : nil }
        guard lost - passed > 1 else { return nil }
        if let reported { return passed >= reported ? nil : reported }
        if let landmark = landmarks.first(where: { $0 > passed && $0 < lost }) { return landmark }
        return passed + (lost - passed) / 2
    }

    mutating func note(passed size: Int) {
        guard lost.map({ size < $0 }) ?? true else { return }
        passed = max(passed ?? size, size)
    }

    /// - Parameter reported: what would fit, as a router says; nil or nonsense for nothing.
    mutating func note(lost size: Int, reported: Int? = nil) {
        guard passed.map({ size > $0 }) ?? true else { return }
        lost = min(lost ?? size, size)
        landmarks.removeAll { $0 >= size }
        // A report that does not hold is not believed twice.
        self.reported = reported.flatMap { $0 > passed ?? 0 && $0 < size ? $0 : nil }
    }
}
