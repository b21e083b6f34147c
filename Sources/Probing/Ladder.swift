import Diagnosis

/// Which TTLs to ask next: all of them at once, a few past the last hop that answered, and none past the
/// position where something else than "time exceeded" came back.
struct Ladder: Sendable, Hashable {
    private(set) var asked: Set<Int> = []
    private(set) var answered: Set<Int> = []
    private(set) var lastHop = 0
    private(set) var end: Int?

    init() {}

    /// The same path once more: what is known of its length is asked at once, and no more.
    init(after earlier: Ladder) { (lastHop, end) = (earlier.lastHop, earlier.end) }

    /// TTLs to ask now; each is given out once.
    mutating func next(window: Int, longest: Int) -> [Int] {
        let limit = min(lastHop + window, end ?? longest, longest)
        guard limit >= 1 else { return [] }
        let fresh = (1...limit).filter { !asked.contains($0) }
        asked.formUnion(fresh)
        return fresh
    }

    mutating func note(_ answer: Answer, at timeToLive: Int) {
        switch answer {
        case .silence, .localError: return
        case .timeExceeded: lastHop = max(lastHop, timeToLive)
        case .reached, .reset, .refused: end = min(end ?? timeToLive, timeToLive)
        }
        answered.insert(timeToLive)
    }

    /// Every position up to the end has answered: nothing more can be learnt.
    var isComplete: Bool {
        guard let end else { return false }
        return (1...end).allSatisfy(answered.contains)
    }
}
