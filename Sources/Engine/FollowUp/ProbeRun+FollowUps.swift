import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// What is looked at between the end of a target's plan and its verdict.
extension ProbeRun {
    func beginFollowUps(_ index: Int) {
        if !wasInterrupted { targets[index].followUps.plans = followUpPlans(index) }
        nextFollowUp(index)
    }

    /// Those that were asked for, and those that what was found asks for.
    private func followUpPlans(_ index: Int) -> [any FollowUpPlan] {
        guard let facts = targets[index].probe?.facts, request.trace == nil else { return [] }
        var plans: [any FollowUpPlan] = []
        if let question = targets[index].service?.asked {
            plans.append(
                NameServerProbe(
                    question, asksDatagrams: facts.isReached, hasWire: capture != nil,
                    identifier: .random(in: 0 ... .max)))
        }
        let sizes = facts.route?.kind == .local ? nil : sizeSituation(facts, index)
        if facts.application?.isWorthRepeating ?? false, request.tls != nil {
            // A second more is what a stall by size may take that is looked into behind it.
            plans.append(DialogueAgain(patience: sizes == nil ? .milliseconds(2_500) : .seconds(1)))
        }
        // This machine's own addresses have neither a path nor a box that forgets.
        guard facts.route?.kind != .local else { return plans }
        if let situation = sizes { plans.append(PathSizeProbe(situation)) }
        let times = request.settings.idleTimes
        if !times.isEmpty, facts.isReached {
            plans.append(IdleProbe(facts.target.transport, times: times, hasWire: capture != nil))
        }
        return plans
    }

    /// Starts the current plan, or ends the target where there is none left.
    private func nextFollowUp(_ index: Int) {
        guard !targets[index].followUps.isOver else { return close(index) }
        let current = targets[index].followUps.current
        let actions = targets[index].followUps.plans[current].begin(at: clock.now)
        performFollowUp(actions, index)
        settleFollowUp(index)
    }

    func tellFollowUp(_ event: FollowUpEvent, _ index: Int) {
        guard targets[index].diagnosis == nil, !targets[index].followUps.isOver else { return }
        let current = targets[index].followUps.current
        performFollowUp(targets[index].followUps.plans[current].handle(event, at: clock.now), index)
        settleFollowUp(index)
    }

    private func settleFollowUp(_ index: Int) {
        if let sizes = targets[index].followUps.sizes, !sizes.holdsTurn { giveTurns(at: targets[index]) }
        let current = targets[index].followUps.current
        guard !targets[index].followUps.isOver, targets[index].followUps.plans[current].isFinished else { return }
        closeWorks(index)
        if !request.settings.measuresPathSize { targets[index].followUps.dropNeedless() }
        targets[index].followUps.current += 1
        nextFollowUp(index)
    }

    func takeTurn(after earlier: PathSizeProbe?, _ index: Int) {
        guard var plan = targets[index].followUps.sizes else { return }
        let actions = plan.takeTurn(after: earlier, at: clock.now)
        targets[index].followUps.plans[targets[index].followUps.current] = plan
        performFollowUp(actions, index)
        settleFollowUp(index)
    }

    private func closeWorks(_ index: Int) {
        for work in targets[index].followUps.works.values {
            poller.remove(work.descriptor)
            _ = work.stop(at: clock.now)
        }
        targets[index].followUps.works = [:]
    }

    /// What they found, finished or not, becomes part of the facts.
    func endFollowUps(_ index: Int) {
        closeWorks(index)
        for plan in targets[index].followUps.plans { targets[index].probe?.amend { plan.testify(&$0) } }
        let heldTurn = targets[index].followUps.sizes?.holdsTurn ?? false
        targets[index].followUps.current = targets[index].followUps.plans.count
        if heldTurn, !wasInterrupted { giveTurns(at: targets[index]) }
    }

    // MARK: What they do

    private func performFollowUp(_ actions: [FollowUpAction], _ index: Int) {
        var outcomes: [(Int, FollowUpOutcome)] = []
        for action in actions {
            switch action {
            case .wake(let at):
                moments.insert(.followUp(index), at: at)
            case .start(let order):
                outcomes += start(order, index).map { (order.number, $0) }
            case .again(let number):
                if let work = targets[index].followUps.works[number] {
                    outcomes += work.again(at: clock.now).map { (number, $0) }
                } else {
                    outcomes += echoAgain(number, index).map { (number, $0) }
                }
            case .stopUnheard(let number):
                if let work = targets[index].followUps.works[number] {
                    outcomes += work.stopUnheard(at: clock.now).map { (number, $0) }
                }
            case .stop(let number):
                guard let work = targets[index].followUps.works.removeValue(forKey: number) else { continue }
                poller.remove(work.descriptor)
                outcomes += work.stop(at: clock.now).map { (number, $0) }
            }
        }
        for (number, outcome) in outcomes { tellFollowUp(.outcome(number, outcome), index) }
    }

    private func start(_ order: FollowUpOrder, _ index: Int) -> [FollowUpOutcome] {
        guard let attempt = targets[index].followUps.attempt(order.number),
            let address = targets[index].target.address
        else { return [.failed(nil)] }
        let started: any FollowUpWork
        do throws(SystemCallError) {
            guard let made = try work(for: order.work, index) else {
                targets[index].followUps.echoes[order.number] = order
                return sendEcho(order, attempt, to: address, index)
            }
            started = made
        } catch {
            return [.failed(SocketError(system: error.errno))]
        }
        targets[index].followUps.works[order.number] = started
        if let local = started.local {
            wire.register(started.kind, local: local, remote: address, target: index, attempt: attempt)
        }
        try? poller.add(
            started.descriptor, token: Token.attempt(index, attempt), readable: true, writable: started.isConnecting)
        return started.again(at: clock.now)
    }

    /// Nil for an echo request, which has no socket of its own.
    private func work(
        for order: FollowUpOrder.Work, _ index: Int
    ) throws(SystemCallError) -> (any FollowUpWork)? {
        let target = targets[index].target
        guard let address = target.address else { return nil }
        let scope = targets[index].scope
        var options = ProbeSocket.Options()
        options.source = request.sourceAddress
        options.interface = request.interface
        switch order {
        case .datagram(let size, let timeToLive):
            return try SizedDatagram(
                size: size, timeToLive: timeToLive, to: Endpoint(address, Self.portOfNobody(besides: target)),
                scope: scope, options: options, linkMTU: linkMTU(index) ?? 1_500)
        case .echo:
            return nil
        case .dialogue(let size):
            let dialogue = targets[index].request.flatMap { asked in
                self.request.tls.map { Dialogue(asked, target, $0) }
            }
            return try RepeatedDialogue(
                dialogue, size: size, to: Endpoint(address, target.port), scope: scope, options: options,
                clock: clock)
        case .connection:
            return try RepeatedDialogue(
                nil, size: nil, to: Endpoint(address, target.port), scope: scope, options: options, clock: clock)
        case .hold(let quiet):
            return try QuietConnection(
                quiet, to: Endpoint(address, target.port), scope: scope, options: options, at: clock.now)
        case .ask(let bytes, let transport):
            return try NameQuestion(
                bytes, over: transport, to: Endpoint(address, target.port), scope: scope, options: options)
        case .question:
            return try RepeatedQuestion(
                payload(index, port: target.port), to: Endpoint(address, target.port), scope: scope,
                options: options)
        }
    }

    // MARK: Numbers

    private static func portOfNobody(besides target: Target) -> UInt16 {
        target.port == Experiment.portOfNobody ? Experiment.portOfNobody + 1 : Experiment.portOfNobody
    }

    // MARK: Echo requests

    private func sendEcho(
        _ order: FollowUpOrder, _ attempt: Int, to address: IPAddress, _ index: Int
    ) -> [FollowUpOutcome] {
        guard case .echo(let size) = order.work,
            case .success(let sequence) = echo.send(
                to: address, timeToLive: nil, size: size, target: index, attempt: attempt),
            let identifier = echo.identifier(address.family)
        else { return [.failed(nil)] }
        wire.registerEcho(
            identifier: identifier, sequence: sequence, remote: address, target: index, attempt: attempt)
        return []
    }

    private func echoAgain(_ number: Int, _ index: Int) -> [FollowUpOutcome] {
        guard let order = targets[index].followUps.echoes[number], let address = targets[index].target.address,
            let attempt = targets[index].followUps.attempt(number)
        else { return [] }
        return sendEcho(order, attempt, to: address, index)
    }

    /// What came back for an echo request of a follow-up.
    func hearFollowUp(_ change: EchoStage.Change) {
        guard targets.indices.contains(change.target), targets[change.target].followUps.isCurrent(change.attempt) else {
            return
        }
        let notice = change.outcome.notices.first
        let outcome: FollowUpOutcome =
            switch change.outcome.state {
            case .connected: .answered
            case .failed(let error, _):
                if let notice, notice.error.meaning == .packetTooBig {
                    .tooBig(mtu: Int(clamping: change.fits ?? 0), by: notice.sender)
                } else if let notice, notice.error.meaning == .timeToLiveExceeded {
                    .expired(by: notice.sender)
                } else {
                    .failed(error)
                }
            case .pending: .failed(nil)
            }
        tellFollowUp(.outcome(FollowUps.number(of: change.attempt), outcome), change.target)
    }

    // MARK: What comes in

    func handleFollowUp(_ event: Poller.Event, _ attempt: Int, _ index: Int) {
        let number = FollowUps.number(of: attempt)
        guard targets.indices.contains(index), targets[index].followUps.isCurrent(attempt),
            let work = targets[index].followUps.works[number]
        else { return }
        let wasConnecting = work.isConnecting
        let outcomes = work.handle(event, at: clock.now)
        if wasConnecting, !work.isConnecting {
            poller.change(
                work.descriptor, token: Token.attempt(index, attempt), readable: true, writable: false)
        }
        for outcome in outcomes { tellFollowUp(.outcome(number, outcome), index) }
    }
}
