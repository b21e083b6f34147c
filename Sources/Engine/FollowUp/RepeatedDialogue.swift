import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// The dialogue once more, on a connection of its own whose segments are smaller in both directions; or a connection
/// alone, where nothing is said.
final class RepeatedDialogue: FollowUpWork {
    private let runner: AttemptRunner
    private let dialogue: Dialogue?
    private var hasConnected = false
    private var hasEnded = false

    var descriptor: Int32 { runner.descriptor }
    var local: Endpoint? { runner.local }
    var kind: Attempt.Kind { runner.order.kind }
    var isConnecting: Bool { !hasConnected }

    /// - Parameter size: of the largest IP packet; nil is the system's own.
    init(
        _ dialogue: Dialogue?, size: Int?, to remote: Endpoint, scope: UInt32, options: ProbeSocket.Options,
        clock: RunClock
    ) throws(SystemCallError) {
        self.dialogue = dialogue
        var options = options
        if let size {
            options.maximumSegmentSize = max(88, size - remote.address.family.headers(of: .tcp))
        }
        let order = AttemptOrder(attempt: 0, kind: .tcp(port: remote.port), purpose: .control)
        runner = try AttemptRunner(
            target: 0, order: order, to: remote.address, scope: scope, options: options, datagram: nil, clock: clock)
    }

    func handle(_ event: Poller.Event, at now: Instant) -> [FollowUpOutcome] {
        guard !hasEnded else { return [] }
        _ = runner.handle(event, at: now)
        var outcomes: [FollowUpOutcome] = []
        if !hasConnected, case .connected = runner.outcome.state {
            hasConnected = true
            outcomes.append(.connected(packet: runner.outcome.fullPacket))
            if let dialogue, !runner.isSettled { runner.converse(dialogue) }
        }
        return outcomes + end(at: now)
    }

    func again(at now: Instant) -> [FollowUpOutcome] { end(at: now) }

    /// How it ended, once it has.
    private func end(at now: Instant) -> [FollowUpOutcome] {
        if case .failed(let error, _) = runner.outcome.state { return once(.failed(error)) }
        if let dialogue, dialogue.isAnswered { return once(dialogue.facts.outcome) }
        guard runner.isSettled else { return [] }
        switch runner.outcome.aftermath {
        case .reset: return once(.closed(isReset: true))
        default: return once(.closed(isReset: false))
        }
    }

    private func once(_ outcome: FollowUpOutcome) -> [FollowUpOutcome] {
        guard !hasEnded else { return [] }
        hasEnded = true
        return [outcome]
    }

    func stopUnheard(at now: Instant) -> [FollowUpOutcome] {
        guard hasConnected, dialogue != nil, runner.isAllAcknowledged == false else { return [] }
        return conclude(at: now)
    }

    func stop(at now: Instant) -> [FollowUpOutcome] {
        defer { runner.close() }
        return conclude(at: now)
    }

    private func conclude(at now: Instant) -> [FollowUpOutcome] {
        guard !hasEnded else { return [] }
        hasEnded = true
        guard hasConnected, let dialogue else { return [.failed(nil)] }
        let isAcknowledged = runner.isAllAcknowledged
        dialogue.stop(at: now, isAcknowledged: isAcknowledged)
        return [dialogue.facts.outcome]
    }
}

extension ApplicationFacts {
    fileprivate var outcome: FollowUpOutcome { brokeOff?.outcome ?? (isUnserved ? .unserved : .answered) }
}

extension DialogueEnd {
    fileprivate var outcome: FollowUpOutcome {
        switch self {
        case .silence(_, let isAcknowledged): .silent(isAcknowledged: isAcknowledged)
        case .closed: .closed(isReset: false)
        case .reset: .closed(isReset: true)
        }
    }
}
