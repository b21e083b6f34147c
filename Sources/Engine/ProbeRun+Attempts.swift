import Conversations
import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire
import Probing

/// Opening attempts, following them, and sorting what comes in.
extension ProbeRun {
    func open(_ order: AttemptOrder, _ index: Int) {
        guard let address = targets[index].target.address else { return }
        if case .echo = order.kind {
            let sent = echo.send(to: address, timeToLive: order.timeToLive, target: index, attempt: order.attempt)
            switch sent {
            case .success(let sequence):
                note(sequence, to: address, order.attempt, index)
                targets[index].probe?.amend { $0.attempts[order.attempt].socket = SocketOutcome() }
            case .failure(let error):
                // What was never asked is no silence.
                let failure = SocketError(system: error.errno)
                tell(
                    .outcome(
                        attempt: order.attempt, SocketOutcome(state: .failed(failure, atOnce: true), at: clock.now)),
                    index)
            }
            return
        }
        if case .experiment(.variant(let variant)) = order.purpose { return craft(variant, order, index) }
        if isPortTaken(order, index) { return openBesides(order, index) }
        var options = ProbeSocket.Options()
        options.source = order.source ?? request.sourceAddress
        options.interface = request.interface
        options.timeToLive = order.timeToLive
        options.sourcePort = order.purpose == .primary ? request.sourcePort : order.sourcePort
        // Ports below 1024 were taken while that was allowed.
        let held = order.sourcePort.flatMap { port in
            port < 1_024 ? means.take(port: port, order.kind.transport ?? .tcp, address.family) : nil
        }
        if order.sharesPort {
            // The first one leaves the choice to connect(), which prefers other ports than bind() does
            // (net/ipv4/inet_hashtables.c): rules and hashes must see a port like an application's.
            options.sharesPort = true
            options.sourcePort = order.sourcePort ?? targets[index].ladders[.init(order)]?.port
            if order.kind.transport == .udp { return sendRung(order, index, to: address, options) }
        }
        let datagram = order.kind.transport == .udp ? payload(index, port: order.kind.port ?? 0) : nil
        let runner: AttemptRunner
        do {
            let scope = targets[index].scope
            runner = try kernel.sending(order.kind, target: index, attempt: order.attempt) {
                () throws(SystemCallError) in
                try AttemptRunner(
                    target: index, order: order, to: address, scope: scope, options: options,
                    datagram: datagram, on: held, clock: clock)
            }
        } catch {
            let failure = SocketError(system: error.errno)
            if order.isFromAskedPort(request.sourcePort), failure.isPortInUse { return openBesides(order, index) }
            if order.sharesPort, failure.isNamed("EADDRINUSE"), targets[index].ladders[.init(order)]?.port != nil {
                // connect() may choose a port that a connection to somewhere else has as well; bind() does not get it a
                // second time then. The ladder goes on from another one.
                targets[index].ladders[.init(order)]?.port = nil
                return open(order, index)
            }
            var outcome = SocketOutcome(state: .failed(failure, atOnce: true), at: clock.now)
            outcome.aftermath = nil
            tell(.outcome(attempt: order.attempt, outcome), index)
            return
        }
        if order.isFromAskedPort(request.sourcePort), case .failed(let failure, atOnce: true) = runner.outcome.state,
            failure.isPortInUse
        {
            runner.close()
            return openBesides(order, index)
        }
        if let local = runner.local {
            targets[index].probe?.note(local: local, attempt: order.attempt)
            wire.register(
                order.kind, local: local, remote: address, target: index, attempt: order.attempt,
                timeToLive: order.sharesPort ? order.timeToLive : nil, payload: datagram?.first ?? [])
            if order.sharesPort { targets[index].ladders[.init(order), default: LadderFlow()].port = local.port }
        }
        if runner.isSettled {
            runner.close()
            tell(.outcome(attempt: order.attempt, runner.outcome), index)
            return
        }
        if order.sharesPort {
            // Its SYN has left; the next packet of the flow needs the place.
            runner.close()
            return
        }
        targets[index].probe?.amend { $0.attempts[order.attempt].socket = runner.outcome }
        targets[index].runners[order.attempt] = runner
        // A pending connection becomes writable, or fails; a datagram socket is writable all the time.
        try? poller.add(
            runner.descriptor, token: Token.attempt(index, order.attempt), readable: true,
            writable: order.kind.transport == .tcp)
        if let ear = runner.earDescriptor {
            try? poller.add(ear, token: Token.attempt(index, order.attempt), readable: true, writable: false)
        }
    }

    /// What the datagrams of a target bear. Those of another port ask that port's service.
    func payload(_ index: Int, port: UInt16) -> UDPPayload {
        UDPPayload(
            port: port, choice: port == targets[index].target.port ? choice(index) : nil,
            transaction: ServiceTransaction(firstTransaction.number &+ UInt64(index) << 8))
    }

    private func choice(_ index: Int) -> PayloadChoice? {
        request.payload ?? targets[index].service.map { .service($0) }
    }

    func resend(_ attempt: Int, _ index: Int) {
        if let runner = targets[index].runners[attempt] {
            kernel.sending(runner.order.kind, target: index, attempt: attempt) { runner.send(at: clock.now) }
            if runner.isSettled { changed(runner, index) }
        } else if let address = targets[index].target.address,
            let probe = targets[index].probe, case .echo = probe.facts.attempts[attempt].kind
        {
            let timeToLive = probe.facts.attempts[attempt].purpose.timeToLive
            let sent = echo.send(to: address, timeToLive: timeToLive, target: index, attempt: attempt)
            if case .success(let sequence) = sent { note(sequence, to: address, attempt, index) }
        }
    }

    /// The wire is to know the request by its number.
    private func note(_ sequence: UInt16, to address: IPAddress, _ attempt: Int, _ index: Int) {
        guard let identifier = echo.identifier(address.family) else { return }
        wire.registerEcho(
            identifier: identifier, sequence: sequence, remote: address, target: index, attempt: attempt)
    }

    func close(_ attempt: Int, _ index: Int) {
        targets[index].holders.removeValue(forKey: attempt)?.close()
        guard let runner = targets[index].runners.removeValue(forKey: attempt) else { return }
        runner.lookOnceMore(at: clock.now)
        runner.readCounters()
        targets[index].probe?.amend { facts in
            // What the plan concluded of a held connection stays.
            let aftermath = facts.attempts[attempt].socket?.aftermath
            facts.attempts[attempt].socket = runner.outcome
            if runner.outcome.aftermath == nil { facts.attempts[attempt].socket?.aftermath = aftermath }
        }
        unwatch(runner)
        runner.close()
    }

    func end(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt] else { return }
        runner.end()
        // It would be readable for good once the far end closes, too.
        poller.remove(runner.descriptor)
        targets[index].probe?.amend { $0.attempts[attempt].socket = runner.outcome }
    }

    func inspect(_ attempt: Int, _ index: Int) {
        guard let runner = targets[index].runners[attempt], runner.inspect() else { return }
        tell(.outcome(attempt: attempt, runner.outcome), index)
    }

    func changed(_ runner: AttemptRunner, _ index: Int) {
        let attempt = runner.order.attempt
        if runner.isSettled {
            unwatch(runner)
        } else if case .connected = runner.outcome.state {
            poller.change(runner.descriptor, token: Token.attempt(index, attempt), readable: true, writable: false)
            if attempt == 0 { share(runner, index) }
        }
        tell(.outcome(attempt: attempt, runner.outcome), index)
    }

    private func unwatch(_ runner: AttemptRunner) {
        poller.remove(runner.descriptor)
        if let ear = runner.earDescriptor { poller.remove(ear) }
    }

    /// An open port is a control for every other target on the same host.
    func share(_ runner: AttemptRunner, _ index: Int) {
        guard case .tcp(let port) = runner.order.kind else { return }
        for other in targets.indices
        where other != index && targets[other].target.address == targets[index].target.address {
            targets[other].probe?.learn(openPort: port)
            targets[other].knownPorts.append(port)
        }
    }

    // MARK: What comes in

    func handle(_ event: Poller.Event) {
        switch event.token {
        case Token.interrupt:
            if let signal = interrupts?.take(), signal > 0 { wasInterrupted = true }
        case Token.echo:
            for change in echo.read(at: clock.now) {
                if FollowUps.owns(change.attempt) {
                    hearFollowUp(change)
                    continue
                }
                tell(.outcome(attempt: change.attempt, change.outcome), change.target)
            }
        case Token.capture:
            readCapture()
        case Token.drops:
            readDrops()
        case Token.rules:
            host?.read()
            targets.indices.forEach(foretellRules)
        case let token:
            let (index, attempt) = (Int(token >> 16), Int(token & 0xFFFF))
            if FollowUps.owns(attempt) { return handleFollowUp(event, attempt, index) }
            guard targets.indices.contains(index), let runner = targets[index].runners[attempt] else { return }
            if runner.handle(event, at: clock.now) { changed(runner, index) }
            noteDialogue(runner, index)
        }
    }

    func readCapture() {
        capture?.drain(clock: clock) { packet, at, reading, keep in
            guard let (owner, fromInitiator) = wire.owner(of: packet, identifier: reading.identifier) else {
                if let isSent = wire.isSent(laterFragment: packet) { _ = keep(isSent) }
                return
            }
            wire.learn(packet, from: owner, isSent: fromInitiator)
            let frame = keep(fromInitiator)
            switch owner {
            case .neighbor:
                wire.note(packet, frame: frame, isForAnother: reading.isForAnother && !fromInitiator)
            case .attempt(let target, let attempt):
                if !fromInitiator, reading.isForAnother {
                    return noteMisaddressed(packet, frame: frame, target: target, attempt: attempt)
                }
                if fromInitiator, reading.isLoopback, !mayBeLocal(target) {
                    targets[target].probe?.amend { facts in
                        guard facts.attempts.indices.contains(attempt) else { return }
                        facts.attempts[attempt].loopedBack += 1
                    }
                    return
                }
                guard
                    var seen = SeenPacket(
                        packet, frame: frame, at: at, fromInitiator: fromInitiator, quote: reading.quote)
                else { return }
                seen.isDamaged = reading.isDamaged && !fromInitiator
                seen.isPartial = packet.fragment.map { !$0.isAtomic } ?? false
                // No stack takes it: of TCP's it is told why the answer was not heard, and no other is an answer.
                if seen.isDamaged, seen.tcp == nil { return }
                if FollowUps.owns(attempt) {
                    targets[target].followUps.note(seen, attempt: attempt)
                    return
                }
                if !fromInitiator, let flow = packet.flow, let asked = targets[target].probe?.facts.attempts[attempt] {
                    seen.isFromStranger = flow.source.address != asked.remote || flow.source.port != asked.kind.port
                }
                perform(targets[target].probe?.note(seen, attempt: attempt) ?? [], target)
            }
        }
    }

    /// What goes to this machine itself goes over loopback.
    private func mayBeLocal(_ target: Int) -> Bool {
        targets[target].route.map { $0.kind == .local } ?? true
    }

    /// An answer that no protocol of this machine takes is none to the attempt.
    private func noteMisaddressed(_ packet: Packet, frame: Int, target: Int, attempt: Int) {
        guard case .ethernet(let link) = packet.link, !FollowUps.owns(attempt) else { return }
        let answer = MisaddressedAnswer(
            frame: frame, linkDestination: link.destination, linkSource: link.source, flags: packet.tcp?.flags,
            isICMP: packet.icmp?.isError == true)
        targets[target].probe?.amend { facts in
            guard facts.attempts.indices.contains(attempt), facts.attempts[attempt].misaddressed.count < 64 else {
                return
            }
            facts.attempts[attempt].misaddressed.append(answer)
        }
    }
}
