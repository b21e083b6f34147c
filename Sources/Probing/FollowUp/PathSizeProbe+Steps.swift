public import Conversations
import Diagnosis
import PacketWire

/// What is done next: the means one after another, each with its search, the boundary once more, and the ladder.
extension PathSizeProbe {
    /// Every IPv6 link carries 1,280 (RFC 8200 section 5), every IPv4 host takes 576 (RFC 791 section 3.1).
    private var smallestStream: Int { situation.family == .v6 ? 1_280 : 576 }
    /// Small enough for whatever a link may be limited to by mistake.
    private static let smallestDatagram = 128
    /// Limits that are often met: what IPv6 guarantees, tunnels of several kinds, PPPoE (RFC 2516 section 7).
    private static let landmarks = [1_280, 1_400, 1_492]

    public mutating func begin(at now: Instant) -> [FollowUpAction] {
        if situation.occasion == .stall, situation.hasDialogue {
            phase = .healing
            means = .segments
            search = SizeSearch(from: smallestStream, to: situation.linkMTU)
        } else {
            measure(.datagram)
        }
        return proceed(at: now)
    }

    private mutating func measure(_ next: Means) {
        let smallest = next == .segments ? smallestStream : Self.smallestDatagram
        (phase, means) = (next == .datagram ? .waiting : .searching, next)
        // A stall is that of full packets: nothing was said of them until now.
        search = SizeSearch(
            from: smallest, to: situation.linkMTU, near: boundary, isLargestLost: next == .segments,
            landmarks: Self.landmarks)
        // The healed dialogue.
        for trial in facts.trials where trial.means == next && trial.outcome == .passed {
            search.note(passed: trial.size)
        }
    }

    mutating func proceed(at now: Instant) -> [FollowUpAction] {
        guard waiting.isEmpty else { return [] }
        switch phase {
        case .finished, .waiting:
            return []
        case .healing:
            guard facts.trials.isEmpty else { return healed(at: now) }
            return start(smallestStream, at: now)
        case .searching:
            // Where answers are scarce, one at a time tells more for each.
            let isScarce = means == .datagram && allowance.present(at: now) < Double(Self.sizesAtOnce)
            let sizes = search.next(isScarce ? 1 : Self.sizesAtOnce)
            guard !sizes.isEmpty else { return searched(at: now) }
            return start(sizes, at: now)
        case .confirming(isSent: true):
            guard isChanceLeft else { return confirmed(at: now) }
            phase = .confirming(isSent: false)
            return proceed(at: now)
        case .confirming(isSent: false):
            // The small one right behind the large one: had the host had no answer to spare, it would have none for it.
            let actions = start([search.lost, search.passed].compactMap { $0 }, at: now)
            phase = .confirming(isSent: !waiting.isEmpty)
            return actions
        case .ladder:
            return climb(at: now)
        }
    }

    /// The size that is lost may still be lost by chance alone.
    private var isChanceLeft: Bool {
        guard let lost = search.lost, facts.isLostSilently(lost, by: means) else { return false }
        let losses = facts.trials.count { $0.means == means && $0.size == lost && $0.timeToLive == nil }
        return losses < facts.lossesThatConfirm(means)
    }

    /// Who answers only so many datagrams a second must not look as if they were lost.
    private mutating func start(_ sizes: [Int], at now: Instant) -> [FollowUpAction] {
        if means == .datagram {
            let moment = allowance.moment(for: sizes.count, after: now)
            if moment > now { return [.wake(at: moment)] }
        }
        return sizes.flatMap { start($0, at: now) }
    }

    private mutating func healed(at now: Instant) -> [FollowUpAction] {
        guard search.passed != nil else {
            // With small segments it is no better.
            phase = .finished
            return []
        }
        // What was not taken got lost on the way there, where a datagram costs less than a dialogue.
        let order: [Means] = situation.isTaken == false ? [.datagram, .segments] : [.segments, .datagram]
        remaining = [order[1]]
        measure(order[0])
        return proceed(at: now)
    }

    private mutating func searched(at now: Instant) -> [FollowUpAction] {
        guard search.passed != nil else {
            // The host does not answer such datagrams; perhaps it answers echo requests.
            if means == .datagram {
                measure(.echo)
            } else {
                nextMeans()
            }
            return proceed(at: now)
        }
        guard let lost = search.lost, facts.isLostSilently(lost, by: means) else { return confirmed(at: now) }
        phase = .confirming(isSent: false)
        return proceed(at: now)
    }

    mutating func nextMeans() {
        boundary = [search.passed, search.lost].compactMap { $0 }
        guard let next = remaining.first else {
            phase = .finished
            return
        }
        remaining.removeFirst()
        measure(next)
    }

    /// The search by one means is over.
    private mutating func confirmed(at now: Instant) -> [FollowUpAction] {
        switch means {
        case .segments:
            // What is taken gets there: the way there needs no look.
            if facts.limits.first?.direction == .inward { remaining = [] }
        case .datagram where phase != .ladder && search.lost.map { facts.isLostSilently($0, by: .datagram) } ?? false:
            phase = .ladder
            return climb(at: now)
        case .datagram where phase != .ladder && facts.isSpoiled:
            // Other processes and machines use up what answers the host has to give. An echo reply is no error, and no
            // kernel counts those.
            measure(.echo)
            return proceed(at: now)
        case .echo where facts.isSpoiled && search.lost.map { facts.isLostSilently($0, by: .echo) } ?? false:
            // The routers' answers are for this machine alone.
            (phase, means) = (.ladder, .datagram)
            return climb(at: now)
        case .datagram, .echo:
            break
        }
        nextMeans()
        return proceed(at: now)
    }

    /// Small and large ones side by side, a few positions at a time: the last hop from which both come back has passed
    /// the large one on.
    private mutating func climb(at now: Instant) -> [FollowUpAction] {
        guard let lost = search.lost, hostPosition == nil, nextPosition <= Self.longestPath else {
            return decide(at: now)
        }
        // The first of them to reach the host wants an answer, or a later one would look like the nearest.
        let moment = allowance.moment(for: 2, after: now)
        guard moment <= now else { return [.wake(at: moment)] }
        var actions: [FollowUpAction] = []
        for position in nextPosition..<nextPosition + Self.ladderWindow {
            actions += start(Self.smallestDatagram, timeToLive: position, at: now)
            actions += start(lost, timeToLive: position, at: now)
        }
        // Two windows without a word are the end of what can be seen.
        let asked = facts.trials.filter { $0.timeToLive != nil }
        if nextPosition > Self.ladderWindow,
            asked.suffix(4 * Self.ladderWindow).allSatisfy({ $0.outcome == .silence })
        {
            nextPosition = Self.longestPath
        }
        nextPosition += Self.ladderWindow
        return actions
    }
}

extension PathSizeProbe {
    /// The rungs that place the hole, once more, when their routers have had a second to save an ICMP error up: whoever
    /// spends them on others says nothing of the large packet, and it may have come farther.
    private mutating func decide(at now: Instant) -> [FollowUpAction] {
        guard let lost = search.lost else { return confirmed(at: now) }
        let open = facts.placesOfHole(lost).filter { position in
            position != hostPosition
                && facts.trials.count(where: { $0.timeToLive == position && $0.size == lost }) < 2
        }.prefix(Self.ladderWindow)
        guard !open.isEmpty else { return confirmed(at: now) }
        let moment = rest ?? now + .milliseconds(1_100)
        rest = now < moment ? moment : nil
        return now < moment ? [.wake(at: moment)] : open.flatMap { start(lost, timeToLive: $0, at: now) }
    }
}

extension PathSizeFacts {
    /// The positions behind all that the large packet is known to have come to, as far as the next from which the small one
    /// is answered.
    fileprivate func placesOfHole(_ large: Int) -> [Int] {
        let answered = trials.filter { trial in
            if case .expired = trial.outcome { trial.timeToLive != nil } else { false }
        }
        let last = answered.filter { $0.size == large }.compactMap(\.timeToLive).max() ?? 0
        guard let next = answered.compactMap(\.timeToLive).filter({ $0 > last }).min() else { return [] }
        return Array(last + 1...next)
    }

    /// Datagrams were lost, though larger ones passed.
    fileprivate var isSpoiled: Bool { limits.contains { $0.means == .datagram && $0.isContradicted } }

    /// Nobody said why this size does not pass.
    func isLostSilently(_ size: Int, by means: Trial.Means) -> Bool {
        let tried = trials.filter { $0.means == means && $0.size == size && $0.timeToLive == nil }
        return !tried.isEmpty
            && tried.allSatisfy { trial in
                switch trial.outcome {
                case .silence, .stoppedHere, .unacknowledged, .unanswered: true
                case .passed, .tooBig, .expired, .local, .other: false
                }
            }
    }
}
