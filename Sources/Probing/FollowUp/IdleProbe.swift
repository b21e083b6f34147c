public import Conversations
public import Diagnosis
public import PacketWire

/// The plan that finds how long a connection may be quiet: several are opened at once, each is left alone for a time of
/// its own, and then asked whether the far end still knows it. Where some are lost, a new one shows that the host is
/// there.
///
/// TCP is asked by the kernel's own keep-alive (RFC 9293 section 3.8.4): a segment without data that every TCP must
/// acknowledge. A byte of ours would go into a protocol that we may not know, and change what its server does.
/// A UDP service is asked its own question once more, from the same port, and what comes back must be the answer to it.
public struct IdleProbe: FollowUpPlan {
    private enum Phase: Hashable {
        case opening
        case quiet(since: Instant)
        case asking(since: Instant)
        case over
    }

    private let transport: Transport
    private let hasWire: Bool
    private var facts: IdleFacts
    private var phases: [Phase]
    private var answerTTLs: [Int: UInt8] = [:]
    private var resetTTLs: [Int: UInt8] = [:]
    private var openingEnds = Instant.zero
    private var newOne: (number: Int, until: Instant)?
    public private(set) var isFinished = false

    /// How long a connection may take to be opened.
    static let openingPatience = TimeSpan.seconds(3)
    /// The kernel asks three times, a second apart; a question is asked three times, too.
    static let askingPatience = TimeSpan.milliseconds(4_500)
    /// Between two looks at a connection that was asked, or two questions.
    static let gap = TimeSpan.milliseconds(900)
    /// The times that make sense beside each other.
    public static let most = 16

    /// - Parameter times: how long to be quiet; TCP's are in whole seconds, as keep-alive has them.
    public init(_ transport: Transport, times: [TimeSpan], hasWire: Bool) {
        self.transport = transport
        self.hasWire = hasWire
        let sorted = Set(times.map { max($0, .seconds(1)) }).sorted().prefix(Self.most)
        facts = IdleFacts(
            holds: sorted.map {
                var hold = IdleFacts.Hold(quiet: $0)
                hold.wasSeenLeaving = hasWire ? false : nil
                return hold
            })
        phases = sorted.map { _ in .opening }
    }

    public func testify(_ facts: inout Facts) { facts.idle = placed }

    /// With the resets told apart by how far away they were made.
    private var placed: IdleFacts {
        var facts = facts
        for index in facts.holds.indices {
            guard case .reset = facts.holds[index].outcome, let answer = answerTTLs[index], let reset = resetTTLs[index]
            else { continue }
            facts.holds[index].outcome = .reset(sameDistance: answer.routersPassed == reset.routersPassed)
            facts.holds[index].answerPassed = answer.routersPassed
            facts.holds[index].resetPassed = reset.routersPassed
        }
        return facts
    }

    public var progressPhrase: String { "keeping quiet" }

    public mutating func begin(at now: Instant) -> [FollowUpAction] {
        openingEnds = now + Self.openingPatience
        isFinished = facts.holds.isEmpty
        let orders = facts.holds.indices.map { index in
            FollowUpAction.start(
                FollowUpOrder(index, transport == .tcp ? .hold(facts.holds[index].quiet) : .question))
        }
        return orders + [.wake(at: openingEnds)] + (transport == .udp ? [.wake(at: now + Self.gap)] : [])
    }

    public mutating func note(_ packet: SeenPacket, number: Int) {
        guard facts.holds.indices.contains(number) else { return }
        let isAsking =
            switch phases[number] {
            case .opening: false
            // The kernel's clock and ours need not agree to the millisecond.
            case .quiet(let since): packet.at - since + .milliseconds(100) >= facts.holds[number].quiet
            case .asking, .over: true
            }
        if packet.fromInitiator {
            if isAsking { facts.holds[number].wasSeenLeaving = true }
            return
        }
        // An error about what asked is no answer.
        if let error = packet.icmpError {
            if isAsking, error.isFatalToAttempt, facts.holds[number].rejection == nil {
                facts.holds[number].rejection = IdleFacts.Rejection(error, by: packet.source, frame: packet.frame)
            }
        } else if isAsking {
            facts.holds[number].wasSeenAnswered = true
        }
        guard let flags = packet.tcp?.flags else { return }
        if flags.contains(.rst) {
            resetTTLs[number] = packet.timeToLive
        } else if answerTTLs[number] == nil {
            answerTTLs[number] = packet.timeToLive
        }
    }

    public mutating func handle(_ event: FollowUpEvent, at now: Instant) -> [FollowUpAction] {
        guard !isFinished else { return [] }
        var actions: [FollowUpAction] = []
        switch event {
        case .time: actions = look(at: now)
        case .outcome(let number, let outcome): actions = heard(outcome, of: number, at: now)
        }
        return actions + proceed(at: now)
    }

    private mutating func heard(
        _ outcome: FollowUpOutcome, of number: Int, at now: Instant
    ) -> [FollowUpAction] {
        if let newOne, number == newOne.number {
            switch outcome {
            case .foreign: return []
            case .connected, .answered, .closed: facts.newOneWorks = true
            default: facts.newOneWorks = false
            }
            self.newOne = (number, now)
            return [.stop(number)]
        }
        guard facts.holds.indices.contains(number) else { return [] }
        switch (phases[number], outcome) {
        case (.opening, .connected), (.opening, .answered):
            phases[number] = .quiet(since: now)
            let end = now + facts.holds[number].quiet
            // A little later than the kernel asks.
            return [.wake(at: transport == .tcp ? end + .milliseconds(300) : end)]
        case (.opening, .foreign):
            return []
        case (.opening, _):
            return end(number, .notOpened)
        case (.asking, .foreign(let mismatch)):
            facts.holds[number].foreign = mismatch
            return []
        case (.quiet, .answered) where transport == .udp:
            // One answer too many.
            return []
        case (.quiet(let since), .closed(let isReset)), (.asking(let since), .closed(let isReset)):
            // `since` is when it was opened, or asked: whoever resets what is asked answers the question.
            if isReset,
                phases[number] != .quiet(since: since)
                    || now - since + .milliseconds(100) >= facts.holds[number].quiet
            {
                return end(number, .reset(sameDistance: nil))
            }
            return end(number, .closed(after: now - since, isReset: isReset))
        case (.quiet, .alive), (.asking, .alive), (.asking, .answered):
            return end(number, .alive)
        case (.asking, .rejected(let error, let sender)):
            if facts.holds[number].rejection == nil {
                facts.holds[number].rejection = IdleFacts.Rejection(error, by: sender, frame: 0)
            }
            return end(number, .lost)
        case (.asking, .failed(let error)):
            facts.holds[number].failure = error
            return end(number, .lost)
        case (.quiet, .lost), (.asking, .lost):
            return end(number, .lost)
        default:
            return []
        }
    }

    private mutating func end(_ number: Int, _ outcome: IdleFacts.Hold.Outcome) -> [FollowUpAction] {
        phases[number] = .over
        facts.holds[number].outcome = outcome
        return [.stop(number)]
    }

    /// What is due now.
    private mutating func look(at now: Instant) -> [FollowUpAction] {
        var actions: [FollowUpAction] = []
        for number in phases.indices {
            switch phases[number] {
            case .opening where now >= openingEnds:
                actions += end(number, .notOpened)
            case .opening where transport == .udp:
                actions += [.again(number), .wake(at: now + Self.gap)]
            case .quiet(let since) where now - since >= facts.holds[number].quiet:
                phases[number] = .asking(since: now)
                actions += [.again(number), .wake(at: now + Self.gap)]
            case .asking(let since):
                if now - since >= Self.askingPatience {
                    actions += end(number, .lost)
                } else {
                    actions += [.again(number), .wake(at: now + Self.gap)]
                }
            case .opening, .quiet, .over: break
            }
        }
        if let newOne, now >= newOne.until, facts.newOneWorks == nil {
            facts.newOneWorks = false
            actions.append(.stop(newOne.number))
        }
        return actions
    }

    private mutating func proceed(at now: Instant) -> [FollowUpAction] {
        guard phases.allSatisfy({ $0 == .over }) else { return [] }
        guard newOne == nil else {
            isFinished = facts.newOneWorks != nil
            return []
        }
        let isLost = facts.holds.contains { hold in
            switch hold.outcome {
            case .lost, .reset, .closed: true
            case .unknown, .notOpened, .alive: false
            }
        }
        guard isLost else {
            isFinished = true
            return []
        }
        let number = facts.holds.count
        let until = now + .milliseconds(1_500)
        newOne = (number, until)
        return [
            .start(FollowUpOrder(number, transport == .tcp ? .connection : .question)), .wake(at: until),
        ]
    }
}
