public import Conversations
import PacketWire

/// All tries of exactly what was asked for: the primary attempt and its repetitions from other source ports, put
/// beside each other. Together they tell loss from a block, and both from what depends on the source port.
public struct Trials: Sendable, Hashable {
    /// One connection attempt.
    public struct Trial: Sendable, Hashable {
        public var sourcePort: UInt16?
        /// When its first packet left.
        public var startedAt: Instant
        /// Packets of it that were sent before its answer, or before the observation ended.
        public var sent: Int
        public var isAnswered: Bool
        /// When each of them left, the answered one last: as the wire saw it, else a second apart, as kernels repeat.
        public var moments: [Instant]
        /// Which round of source ports it belongs to; 0 for everything else.
        public var round: Int
        public var isPaced: Bool
        /// It is of the burst that comes once more.
        public var isBurstAgain = false
        /// Something else went to the same port from this source port before, such as a ladder's packet that did not live
        /// long enough: whoever knows flows may know this one.
        var continuesFlow = false

        /// Of its packets those that this machine itself is known to have dropped.
        var lostHere = LostHere()

        /// Its first packet was answered.
        var passedAtOnce: Bool { isAnswered && sent == 1 }
    }

    public var trials: [Trial]
    /// Packets to the same port that are no such tries, for something about them was changed: a limit counts them.
    private var besides: [Sent] = []

    private struct Sent: Sendable, Hashable {
        var at: Instant
        var passed: Bool
    }

    /// - Parameter end: of the observation; nil where it goes on.
    public init(_ attempts: [Attempt], until end: Instant? = nil) {
        let changed = ChangedTries(attempts)
        besides = Self.changed(attempts, changed)
        let distance = Self.distance(attempts)
        let roundTrip = Self.roundTrip(attempts)
        let shortest = Self.shortestRoundTrip(attempts)
        let flows = Self.flows(attempts)
        // What takes long takes somewhat longer now and then.
        let patience = roundTrip < .milliseconds(500) ? roundTrip : roundTrip + .tolerance(of: roundTrip)
        let isDeaf = attempts.contains { attempt in
            attempt.purpose == .primary
                && (attempt.ignoresAnswer
                    || attempt.socket == nil && attempt.isAnswerIgnored(attempt.handshake))
        }
        let areRungsAnswered = attempts.contains { attempt in
            guard case .rung = attempt.purpose, case .reached = attempt.answer else { return false }
            return true
        }
        trials = attempts.compactMap { attempt in
            var round = 0
            var (isPaced, isBurstAgain) = (false, false)
            switch attempt.purpose {
            case .primary: break
            // One that lives long enough is a try like any other.
            case .rung(let timeToLive):
                guard let distance, timeToLive >= distance else { return nil }
                // A datagram of a ladder need not be a question of the service.
                if attempt.kind.transport == .udp, !areRungsAnswered { return nil }
                // Where this machine does not take answers, one that no socket waited for shows nothing.
                if isDeaf, attempt.socket == nil { return nil }
            case .experiment(.sourcePort(let number)): round = number
            case .experiment(.paced): isPaced = true
            case .experiment(.burstAgain): isBurstAgain = true
            case .experiment(let other) where other.repeatsPrimary: break
            case .experiment(.held(let step)) where attempt.isTrial(step): break
            // What was changed made no difference.
            case .experiment where changed.isChance(attempt): break
            case .control, .controlRung, .experiment: return nil
            }
            let isAnswered: Bool
            switch attempt.answer {
            case .reached: isAnswered = true
            // What was refused is known not to be lost.
            case .reset, .refused, .timeExceeded, .localError: return nil
            case .silence:
                // What was given up before the host's own round trip was over proves nothing, nor what nobody saw the end of.
                if let end = attempt.givenUpAt ?? end, end - attempt.leftAt < patience { return nil }
                // Nor what was answered when nobody waited any more.
                if attempt.wasGivenUpTooSoon { return nil }
                if Self.meetsHalfOpen(attempt, among: attempts) { return nil }
                // All that it sent was answered, though by what remembers another connection.
                if attempt.challengedTries > 0, attempt.unchallengedTries == 0 { return nil }
                isAnswered = false
            }
            // However long answers take, one that names another SYN is none to the first.
            let isFirst =
                (attempt.isLate(within: roundTrip) || attempt.isUntimed(on: roundTrip)
                    || attempt.answersEarlierPacket(roundTrip: shortest))
                && !attempt.handshake.namesRepeatedSYN && !attempt.isFirstDroppedHere
            let sent =
                isAnswered
                ? isFirst ? 1 : attempt.triesBeforeAnswer
                : attempt.triesWaitedFor(patience, until: attempt.givenUpAt ?? end)
            return Trial(
                sourcePort: attempt.local?.port, startedAt: attempt.leftAt, sent: sent, isAnswered: isAnswered,
                moments: attempt.sendMoments(sent), round: round, isPaced: isPaced,
                isBurstAgain: isBurstAgain,
                continuesFlow: attempt.local.flatMap { flows[$0.port] }.map { $0 < attempt.startedAt } ?? false,
                lostHere: LostHere(attempt, lost: isAnswered ? sent - 1 : sent))
        }
    }

    /// When the first packet of what was asked for left from each source port, whatever it was for.
    private static func flows(_ attempts: [Attempt]) -> [UInt16: Instant] {
        guard attempts.count > 1, let kind = attempts.first?.kind else { return [:] }
        return attempts.reduce(into: [:]) { flows, attempt in
            guard attempt.kind == kind, let port = attempt.local?.port else { return }
            flows[port] = min(flows[port] ?? attempt.startedAt, attempt.startedAt)
        }
    }

    /// The longest time that a first packet took to be answered. Where no capture tells which of an attempt's datagrams
    /// was answered: no shorter than the shortest wait of several, for who is slow is so each time.
    private static func roundTrip(_ attempts: [Attempt]) -> TimeSpan {
        // A SYN that no kernel repeats may have been answered by the far end's repetition, a second late.
        let known = attempts.filter { !$0.isCrafted }.compactMap(\.firstRoundTrip).max() ?? .zero
        if let steady = steadyWait(attempts) { return max(known, steady) }
        let waits = attempts.compactMap(\.untimedWait)
        guard waits.count > 1, let shortest = waits.min() else { return known }
        return max(known, shortest)
    }

    /// What went to the same port with something changed.
    private static func changed(_ attempts: [Attempt], _ tries: ChangedTries) -> [Sent] {
        guard let kind = attempts.first?.kind else { return [] }
        return attempts.flatMap { attempt -> [Sent] in
            guard case .experiment(let experiment) = attempt.purpose, !experiment.repeatsPrimary, attempt.kind == kind,
                !tries.isChance(attempt)
            else { return [] }
            if case .held(let step) = experiment, attempt.isTrial(step) { return [] }
            let moments = attempt.sendMoments(attempt.isPassing ? attempt.triesBeforeAnswer : attempt.tries)
            return moments.enumerated().map { Sent(at: $1, passed: attempt.isPassing && $0 == moments.count - 1) }
        }
    }

    /// How many hops it takes to the host: the shortest life with which a packet of either ladder was answered by it.
    private static func distance(_ attempts: [Attempt]) -> Int? {
        attempts.compactMap { attempt -> Int? in
            guard let timeToLive = attempt.purpose.timeToLive, case .reached = attempt.answer else { return nil }
            return timeToLive
        }.min()
    }

    /// When each packet left, in that order, and whether it was answered.
    private var packets: [Sent] {
        trials.flatMap { trial in
            trial.moments.enumerated().map {
                Sent(at: $1, passed: trial.isAnswered && $0 == trial.moments.count - 1)
            }
        }.sorted { $0.at < $1.at }
    }

    /// Whether all that was lost was lost in a row, and everything before and behind it passed: something stood still for
    /// a moment, and nothing shows that it comes again.
    var isOneMoment: Bool {
        let packets = packets
        guard let first = packets.firstIndex(where: { !$0.passed }),
            let last = packets.lastIndex(where: { !$0.passed }), last > first
        else { return false }
        return packets[first...last].allSatisfy { !$0.passed }
    }

    /// Whether all that was lost was lost within one burst: who counts how many come, or stand, at the same time stops some of
    /// those as well, and none that comes by itself.
    var isOneBurst: Bool {
        let lost = packets.filter { !$0.passed }.map(\.at)
        guard let first = lost.min(), let last = lost.max() else { return false }
        return last - first < .milliseconds(500)
    }

    /// Whether what passed, passed because enough time had gone by since the one before: a bucket that holds one
    /// token. Every packet that came sooner failed and every one that came later passed, several of each: loss by
    /// chance does not sort itself by time.
    public var isSpacedOut: Bool { spacedOut != nil }

    /// How many waits there were before what passed, and before what failed, where all of the former are longer.
    var spacedOut: (passing: Int, failing: Int)? {
        let sent = (packets + besides).sorted { $0.at < $1.at }
        var last: Instant?
        var passing: [TimeSpan] = []
        var failing: [TimeSpan] = []
        for (index, packet) in sent.enumerated() {
            if let last {
                if packet.passed {
                    passing.append(packet.at - last)
                } else if !Self.isFollowed(index, in: sent) {
                    failing.append(packet.at - last)
                }
            }
            if packet.passed { last = packet.at }
        }
        guard passing.count >= 2, failing.count >= 4, let shortest = passing.min(), let longest = failing.max(),
            shortest + .milliseconds(150) > longest, shortest > .milliseconds(300)
        else { return nil }
        return (passing.count, failing.count)
    }

    /// Whether what was lost came close behind others, in several bursts, and whatever came by itself or first of a burst passed:
    /// a limit on bursts. Nil where that is not so, or chance does it now and then.
    var crowding: Crowding? { Crowding((packets + besides).sorted { $0.at < $1.at }.map { ($0.at, $0.passed) }) }

    /// How far apart what passed was.
    var spacing: Spacing { Spacing(packets.map { ($0.at, $0.passed) }) }

    /// What failed keeps a distance in time, and whoever was repeated passed: somebody who lets all pass for a while that have
    /// knocked loses one each so often. Kernels space repetitions themselves: of a connection that loses several it says nothing.
    var isLossSpaced: Bool {
        trials.allSatisfy { $0.sent - ($0.isAnswered ? 1 : 0) <= 1 }
            && Spacing(packets.map { ($0.at, !$0.passed) }).isKept
    }

    /// What no capture timed is known to some hundredths of a second, for kernels round their timers: whether a packet was
    /// sent before one that passed, or behind it.
    private static func isFollowed(_ index: Int, in sent: [Sent]) -> Bool {
        sent[(index + 1)...].first(where: \.passed).map { $0.at - sent[index].at < .milliseconds(100) } ?? false
    }

    public var answered: [Trial] { trials.filter(\.isAnswered) }
    public var unanswered: [Trial] { trials.filter { !$0.isAnswered } }
    /// Some got through, and some did not at once.
    public var isMixed: Bool { !answered.isEmpty && lost > 0 }
    /// Packets sent in all tries.
    public var sent: Int { trials.map(\.sent).reduce(0, +) }
    /// Of those, how many brought no answer.
    public var lost: Int { sent - answered.count }

    /// Whole connections fail, each with all its repeated packets, and those that pass do so at once: one that is led to
    /// a dead machine behind a balancer has one trial, however often its SYN is sent again.
    var isByConnection: Bool {
        let repeated = unanswered.filter { $0.sent > 1 }
        return answered.allSatisfy(\.passedAtOnce) && (repeated.count > 1 || repeated.contains { $0.sent > 2 })
    }

    /// What was lost of all that was tried, as far as each stands for itself.
    var share: Share {
        isByConnection
            ? Share(count: unanswered.count, total: trials.count) : Share(count: lost, total: sent)
    }
}

extension Attempt {
    /// A connection that is held beside others says by its failure that others stand, or that it was lost; what passes, and
    /// what comes when they were let go, is a try like any other.
    fileprivate func isTrial(_ step: HeldStep) -> Bool { isPassing || step == .afterRelease }

    fileprivate func sendMoments(_ count: Int) -> [Instant] {
        // What was challenged came first.
        let seen = packets.filter(\.isTry).map(\.at)
            .dropFirst(challengedTries)
        if seen.count >= count { return Array(seen.prefix(count)) }
        return (0..<min(count, 16)).map { startedAt + .seconds(Int64($0)) }
    }

    /// How long its first packet took to be answered; nil where that one was lost, or answered by what remembers another
    /// connection, or nothing came.
    public var firstRoundTrip: TimeSpan? {
        guard case .reached(let reply) = answer, let at = reply.at, triesBeforeAnswer == 1, challengedTries == 0 else {
            return nil
        }
        return at - leftAt
    }

    /// From the start of an attempt with datagrams to its answer, which no capture timed.
    fileprivate var untimedWait: TimeSpan? {
        guard kind.transport == .udp, packets.isEmpty, case .reached(let reply) = answer, let at = reply.at else {
            return nil
        }
        return at - startedAt
    }

    /// No capture timed the answer to one of several datagrams, and others take half a second and more: it may be one to
    /// the first, at any moment.
    fileprivate func isUntimed(on roundTrip: TimeSpan) -> Bool {
        untimedWait != nil && roundTrip >= .milliseconds(500)
    }

    /// Who is slow is so each time: an answer that took no longer than another attempt's, of which nothing was lost, is
    /// one to the first packet, though the second one's may not have come before the end.
    fileprivate func isLate(within roundTrip: TimeSpan) -> Bool {
        guard case .reached(let reply) = answer, let at = reply.at, roundTrip > .zero else { return false }
        return at - leftAt <= roundTrip + .tolerance(of: roundTrip)
    }

    /// How many of its SYNs were answered by a challenge, for an older connection from the same port: kernels reset that
    /// one and send another SYN at once (RFC 9293 section 3.5.2), so they are no loss.
    fileprivate var challengedTries: Int {
        kind.transport == .tcp && !packets.isEmpty ? handshake.challenges.count : 0
    }

    /// What this machine dropped of it before the answer was no packet that the far end could be slow with.
    fileprivate var isFirstDroppedHere: Bool {
        guard case .reached(let reply) = answer, let at = reply.at else { return false }
        return unseenDrops(before: at) > 0
    }

    fileprivate var isCrafted: Bool {
        if case .experiment(.variant) = purpose { true } else { false }
    }

    /// Packets that stayed unanswered as long as an answer takes: a kernel may repeat its SYN right before it is closed. Where
    /// no capture tells when, that is the last of its seconds, which are up to a tenth longer.
    fileprivate func triesWaitedFor(_ patience: TimeSpan, until end: Instant?) -> Int {
        let tries = unchallengedTries
        guard let end, tries > 1, let last = sendMoments(tries).last else { return tries }
        let late = packets.isEmpty ? TimeSpan.milliseconds(100) : .zero
        return end - last < patience + late ? tries - 1 : tries
    }

    /// How many packets were sent and not answered by a challenge.
    fileprivate var unchallengedTries: Int { max(0, tries - challengedTries) }

    /// How many packets it took until the answer: the wire's count, else the kernel's.
    var triesBeforeAnswer: Int {
        let answer =
            takenAnswer ?? handshake.synAcks.first
            ?? packets.first { !$0.fromInitiator && $0.icmpError == nil }
        if case .tcp = kind, !isFirstSYNLost { return 1 }
        guard let answer, kind.transport != nil else { return max(1, 1 + (socket?.retransmissions ?? 0)) }
        let unseen = kind.transport == .tcp ? unseenDrops(before: answer.at) : 0
        let sent = packets.filter { $0.isTry && $0.at <= answer.at }
        return max(1, sent.count - challengedTries - questionsAtOnce(sent) + unseen)
    }

    /// How many of these datagrams are further questions rather than the first one again: they left right behind it, when
    /// nobody gives an answer up yet, and there are answers for them. A resolver asks for both kinds of address like that.
    private func questionsAtOnce(_ sent: [SeenPacket]) -> Int {
        guard kind.transport == .udp, let first = sent.first else { return 0 }
        let atOnce = sent.dropFirst().count { $0.at - first.at < .milliseconds(100) }
        return atOnce == 0 ? 0 : min(atOnce, max(0, packets.count(where: \.isAnswer) - 1))
    }
}

extension SeenPacket {
    /// The initiator asks: a datagram, or a SYN that answers none.
    var isTry: Bool { fromInitiator && (tcp.map { $0.flags.intersection([.syn, .ack]) == .syn } ?? true) }
}
