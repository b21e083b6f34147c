public import Conversations
public import PacketWire

/// What the facts amount to before any cause is considered: one symptom, and the circumstances that tell
/// causes with the same symptom apart. Derived from the facts, never more than they hold.
public struct Observations: Sendable {
    /// What happened to the attempt that the person asked for.
    public enum Symptom: Sendable, Hashable {
        /// There is no address to try.
        case unresolved(ResolutionFact)
        /// The operating system refused before a packet could be answered.
        case localError(SocketError, atOnce: Bool)
        case silence
        case reset(Answer.Reply)
        case refused(Answer.Refusal)
        /// The TTL ran out although the packet had the system's full one.
        case circling(Answer.Refusal)
        /// An answer came, and nothing broke it while it was watched.
        case answered(Answer.Reply)
        /// The handshake completed; then, without data, this.
        case broken(SocketOutcome.Aftermath)
    }

    public let facts: Facts
    public let symptom: Symptom
    public let primary: Attempt?
    public let handshake: TCPHandshake
    public let path: PathView
    /// The primary attempt beside its repetitions.
    public let trials: Trials

    public init(_ facts: Facts) {
        var facts = facts
        facts.attempts = facts.attempts.map(\.settled)
        self.facts = facts
        primary = facts.attempts.first { $0.purpose == .primary }
        handshake = primary?.handshake ?? TCPHandshake([])
        path = PathView(attempts: facts.attempts)
        trials = Trials(facts.attempts, until: facts.observedUntil)
        symptom = Self.symptom(facts, primary, handshake)
    }

    private static func symptom(_ facts: Facts, _ primary: Attempt?, _ handshake: TCPHandshake) -> Symptom {
        if facts.target.address == nil, let resolution = facts.resolution { return .unresolved(resolution) }
        guard let primary else { return .silence }
        switch primary.answer {
        case .silence: return .silence
        case .localError(let error, let atOnce): return .localError(error, atOnce: atOnce)
        case .reset(let reply): return .reset(reply)
        case .refused(let refusal): return .refused(refusal)
        case .timeExceeded(let refusal): return .circling(refusal)
        case .reached(let reply):
            // Behind the handshake the application tells what became of it.
            if facts.application == nil, let aftermath = primary.aftermath(handshake) { return .broken(aftermath) }
            return .answered(reply)
        }
    }

    public var transport: Transport { facts.target.transport }
    /// The wire is a witness, and knows this flow's packets when it sees them.
    public var hasWire: Bool {
        facts.witnesses.contains(.wire) && !(facts.kernel.translatesSource && sentOnWire == 0)
    }
    public var target: IPAddress? { facts.target.address }

    /// Silence has lasted long enough to be one: the sender tried again, or a second went by after its packet.
    public var isAnswerDue: Bool {
        guard facts.isOffline, let last = primary?.packets.last(where: \.fromInitiator) else { return true }
        return tries > 1 || facts.observedUntil - last.at >= .seconds(1)
    }

    /// The target is an address of this machine: there is no path to it.
    public var isLocalTarget: Bool { facts.isLocalTarget }

    /// The target's packets were seen to leave this machine: at the tap, or by a router's answer to one.
    public var leftThisMachine: Bool {
        if sentOnWire > droppedBehindTap { return true }
        // What a ladder's packets from other ports do says nothing of those that a rule here is known to have stopped.
        if hasWire, sentOnWire == 0, outgoingDrops.count >= tries, !path.isOfFailing { return false }
        return path.lastAnswering != nil
    }

    /// The primary attempt's own packets at the tap.
    public var sentOnWire: Int {
        primary?.packets.filter(\.fromInitiator).count ?? 0
    }

    /// How often the primary packet was sent, as far as anyone counted.
    public var tries: Int { primary?.tries ?? 0 }

    /// Everything of the host that got through besides the target: other ports, echo.
    public var controls: [Attempt] {
        facts.attempts.filter { $0.purpose == .control }
    }

    /// Attempts of one experiment.
    func attempts(of experiment: Experiment) -> [Attempt] {
        facts.attempts.filter { $0.purpose == .experiment(experiment) }
    }

    /// Whether one of them got through, and not by chance.
    func passes(_ experiment: Experiment) -> Bool {
        attempts(of: experiment).contains(where: passesChanged)
    }

    /// It got through, and where it came again it did so again.
    func passesChanged(_ attempt: Attempt) -> Bool {
        attempt.isPassing && !ChangedTries(facts.attempts).isChance(attempt)
    }

    /// One of these was let through again when it came again: no limit and no chance sorts it so.
    func isConfirmed(_ attempts: [Attempt]) -> Bool {
        attempts.contains(where: ChangedTries(facts.attempts).isConfirmed)
    }

    /// Some tries of the very same kind get through and others do not.
    var isIntermittent: Bool { trials.isMixed }

    /// A control that the host itself answered.
    public var passingControl: Attempt? {
        let passing = controls.filter { attempt in
            switch attempt.answer {
            case .reached(let reply): attempt.kind != .echo || !mayBeRefusers(reply)
            case .reset: true
            case .silence, .refused, .timeExceeded, .localError: false
            }
        }
        return passing.max { $0.controlRank < $1.controlRank }
    }

    /// An echo reply that has passed no more routers than the error of a router that refuses to forward: some routers answer
    /// echoes for whatever they lead to, and that says nothing of a host behind them.
    private func mayBeRefusers(_ echo: Answer.Reply) -> Bool {
        guard case .refused(let refusal) = symptom, refusal.sender != target, !isOwn(refusal.sender),
            let reply = echo.timeToLive, let error = refusal.timeToLive
        else { return false }
        return Self.routersPassed(reply) <= Self.routersPassed(error)
    }

    /// The next hop, or the target itself where it is on the link, did not answer address resolution.
    public var isNextHopUnresolved: Bool {
        // What the kernel has not taken in is no answer to it, whatever the tap saw.
        // An entry that has failed is soon taken out again: that there is none tells nothing.
        if let neighbor = facts.neighbor, neighbor.state != .absent {
            return neighbor.isUnresolved && sentOnWire == 0
        }
        return facts.neighborExchange?.isUnanswered == true && sentOnWire == 0
    }

    /// Whoever asked: in anybody's capture that is not the machine that recorded, or nobody knows.
    var clientPhrase: String { facts.isOffline && !facts.isSavedProbe ? "the client" : "this machine" }

    /// An address of this machine.
    public func isOwn(_ address: IPAddress) -> Bool {
        address == primary?.local?.address || address == facts.route?.source
            || (address.isLoopback && target != address)
    }
}

extension Attempt {
    /// It got through to something that answers for the host.
    public var isPassing: Bool {
        switch answer {
        case .reached, .reset: true
        case .silence, .refused, .timeExceeded, .localError: false
        }
    }

    /// A port that is open tells more than one that is closed, and that more than an echo.
    var controlRank: Int {
        switch (kind, answer) {
        case (.tcp, .reached), (.udp, .reached): 3
        case (_, .reset): 2
        default: 1
        }
    }

    /// So long it had been open, and the client had said nothing: who waits for that in vain turns nobody away.
    private func isGivenUp(_ end: Instant) -> Bool { end - startedAt >= SilentClient.patience }

    /// What broke the connection right after its handshake; nil where nothing did.
    func aftermath(_ handshake: TCPHandshake) -> SocketOutcome.Aftermath? {
        switch socket?.aftermath {
        // Words may go before a reset, and do not make it one that was asked for.
        case .reset, .closed(_, bytesBefore: 0):
            return socket?.aftermath
        case .closed, .held:
            return nil
        case nil:
            break
        }
        // From the wire alone: the responder ended it without a byte from the other side.
        guard socket == nil, handshake.isEstablished else { return nil }
        let initiatorBytes = packets.contains { $0.fromInitiator && $0.payloadLength > 0 }
        guard !initiatorBytes else { return nil }
        let end = handshake.initiatorClosed?.at ?? Instant(nanoseconds: .max)
        let words = handshake.responderBytes
        if let reset = handshake.resets.first, reset.at <= end,
            words == 0 && !isGivenUp(reset.at)
                || handshake.acknowledgement.map({ reset.at - $0.at < .seconds(1) }) ?? false
        {
            return .reset(at: reset.at, SocketError(linux: 104), bytesBefore: words)
        }
        guard words == 0 else { return nil }
        if let fin = handshake.fins.first, fin.at <= end, !isGivenUp(fin.at) {
            return .closed(at: fin.at, bytesBefore: 0)
        }
        return nil
    }
}
