/// Who has the next packet: a binary heap of conversations by time.
struct Schedule {
    struct Turn {
        var at: UInt64
        var conversation: Int
    }

    private var turns: [Turn] = []

    var next: Turn? { turns.first }

    mutating func add(_ turn: Turn) {
        var index = turns.count
        turns.append(turn)
        while index > 0, turns[(index - 1) / 2].at > turn.at {
            turns[index] = turns[(index - 1) / 2]
            index = (index - 1) / 2
        }
        turns[index] = turn
    }

    /// The conversation of the next turn has its packet after that at this time; nil where it has none.
    mutating func replaceNext(at time: UInt64?) {
        guard let last = turns.last, let first = turns.first else { return }
        if let time {
            settle(Turn(at: time, conversation: first.conversation))
        } else {
            turns.removeLast()
            if !turns.isEmpty { settle(last) }
        }
    }

    /// Puts this one where it belongs, from the root down.
    private mutating func settle(_ turn: Turn) {
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < turns.count else { break }
            if child + 1 < turns.count, turns[child + 1].at < turns[child].at { child += 1 }
            guard turns[child].at < turn.at else { break }
            turns[index] = turns[child]
            index = child
        }
        turns[index] = turn
    }
}
