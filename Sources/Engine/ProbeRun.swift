import Conversations
public import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire
import Probing

/// A run of `probe`: opens what it needs, drives every target's plan on one thread, and says each verdict as soon
/// as it stands.
///
/// Everything that needs a privilege is opened by `prepare()`; the caller gives the privilege up before `run`.
/// One thread and one poll loop own sockets, captures and clocks, so no packet waits for another task.
public final class ProbeRun {
    /// The targets with their addresses, in the order of the command line.
    var targets: [RunTarget] = []
    let request: ProbeRequest
    public let clock: RunClock
    let poller: Poller
    let interrupts: Interrupts?
    var capture: CaptureSet?
    var echo: EchoStage
    var means = ExperimentMeans()
    /// This machine's, as they were before the first packet.
    var interfaces: [Interface] = []
    var host: HostWitness?
    var routes = RouteWitness()
    var missing: [MissingWitness] = []
    var notes: [String] = []
    var wire = WireWitness()
    var kernel = KernelWitness()
    var ladders = LadderBudget()
    /// Who walks the control's ladder of a host.
    var controlWalkers: [IPAddress: Int] = [:]
    var moments = EventQueue<Moment>()
    var output: ReplacingFile?
    var active = 0
    var nextToStart = 0
    var mostActive = 256
    private var lastPath = Instant(nanoseconds: .min)
    public internal(set) var wasInterrupted = false
    var isGivingTurns = false
    /// Where the numbers of questions begin: nobody can answer them who has not seen them.
    let firstTransaction = ServiceTransaction(.random(in: 0 ... .max))

    enum Moment {
        case probe(Int)
        case judge(Int)
        /// The first look at whether a packet has left.
        case look(Int)
        /// A dialogue asked to be told the time: target and attempt.
        case dialogue(Int, Int)
        case followUp(Int)
    }

    /// Tokens of the poller: attempts are target and attempt, everything else stands above.
    enum Token {
        static let special = UInt64(1) << 63
        static let interrupt = special
        static let echo = special | 1
        static let capture = special | 2
        static let drops = special | 3
        static let rules = special | 8

        static func attempt(_ target: Int, _ attempt: Int) -> UInt64 { UInt64(target) << 16 | UInt64(attempt) }
    }

    public init(_ request: ProbeRequest) throws(ProbeFailure) {
        self.request = request
        notes = request.notes
        clock = RunClock()
        do {
            poller = try Poller()
            interrupts = try Interrupts()
        } catch {
            throw ProbeFailure(.system, error.description)
        }
        echo = EchoStage()
        // An attempt is a descriptor, and a target has some twenty of them at once.
        let most = max(4, min(256, DescriptorLimit.raise() / 64))
        mostActive = request.trace == nil ? most : 1
    }

    // MARK: Before the privilege is given up

    /// Resolves names, looks up routes, opens captures, the kernel's drops, echo sockets and the output file.
    public func prepare() throws(ProbeFailure) {
        try request.checkOrigin()
        var unwritable: FileError?
        if let path = request.captureFile {
            do {
                output = try ReplacingFile(replacing: path)
            } catch {
                guard error.isPermission else { throw ProbeFailure(.cannotWrite, error.line) }
                unwritable = error
            }
        }
        routes = RouteWitness()
        targets = TargetPreparation(request: request, clock: clock, routes: routes).targets()
        interfaces = (try? Interface.all()) ?? []
        // Whoever may neither write there nor capture hears of the capture: another place would not help.
        try openCapture()
        if let unwritable { throw ProbeFailure(.cannotWrite, unwritable.line) }
        openKernel()
        let families = Set(targets.compactMap { $0.target.address?.family })
        echo.open(families: families)
        // A port of one's own says something only where the rest of the flow stays as it was asked for.
        let isBound = request.sourceAddress != nil || request.interface != nil
        means.open(
            families: families, targets: targets.map(\.target), interfaces: interfaces, holdsPorts: !isBound)
        host = HostWitness()
    }

    // MARK: The run

    /// Probes all targets; returns the report. `progress` hears each verdict as soon as it stands.
    public func run(_ progress: (ProbeProgress) -> Void) -> DiagnosisReport {
        watchEverything()
        var lastProgress = Instant(nanoseconds: .min)
        while hasWork {
            startTargets(progress)
            hear()
            var now = clock.now
            while let moment = moments.take(until: now) {
                act(moment, progress)
                // What one moment does may take long.
                hear()
            }
            settleLadders(at: now)
            now = clock.now
            if now - lastProgress >= .milliseconds(250) {
                lastProgress = now
                tellProgress(at: now, progress)
            }
            showPath(at: now, progress)
            guard hasWork else { break }
            poller.wait(nanoseconds: timeout(after: now)) { event in handle(event) }
            if wasInterrupted { stopEverything(progress) }
        }
        return report()
    }

    /// What has come is heard before the clock: a machine that was busy elsewhere must not call an answer late.
    private func hear() { poller.wait(nanoseconds: 0) { event in handle(event) } }

    /// A trace is looked at while it grows, some ten times a second.
    private func showPath(at now: Instant, _ progress: (ProbeProgress) -> Void) {
        guard request.trace != nil, now - lastPath >= .milliseconds(100) else { return }
        lastPath = now
        for target in targets where target.isStarted && target.diagnosis == nil {
            guard let facts = target.probe?.facts else { continue }
            progress(.tracing(target.target, hops: PathView(attempts: facts.attempts).hops))
        }
    }

    var hasWork: Bool { active > 0 || nextToStart < targets.count && !wasInterrupted }

    func watchEverything() {
        if let interrupts { try? poller.add(interrupts.descriptor, token: Token.interrupt) }
        for descriptor in echo.descriptors { try? poller.add(descriptor, token: Token.echo) }
        if let descriptor = host?.descriptor, descriptor >= 0 { try? poller.add(descriptor, token: Token.rules) }
        for descriptor in capture?.descriptors ?? [] { try? poller.add(descriptor, token: Token.capture) }
        if let descriptor = kernel.descriptor { try? poller.add(descriptor, token: Token.drops) }
        for target in targets {
            if let source = target.route?.source { wire.own.insert(source) }
            if let nextHop = target.nextHop { wire.watch(neighbor: nextHop) }
        }
    }

    func timeout(after now: Instant) -> Int64 {
        var next = now + .milliseconds(250)
        if let moment = moments.next { next = min(next, moment) }
        if let moment = ladders.nextMoment(after: now) { next = min(next, moment) }
        return max(0, (next - now).nanoseconds)
    }

    func startTargets(_ progress: (ProbeProgress) -> Void) {
        while nextToStart < targets.count, active < mostActive, !wasInterrupted {
            let index = nextToStart
            nextToStart += 1
            targets[index].isStarted = true
            active += 1
            guard targets[index].target.address != nil else {
                // Nothing to try: the resolution is all there is.
                targets[index].isFinished = true
                judge(index, progress)
                continue
            }
            var settings = request.settings
            settings.usesOneFlow = capture != nil
            // Its rounds come when the attempt has given the port up.
            if request.trace != nil, request.sourcePort != nil,
                capture == nil || targets[index].target.transport == .udp
            {
                settings.walksLadder = false
            }
            host?.begin(index, at: clock.now)
            for look in HostWitness.looks { moments.insert(.look(index), at: clock.now + look) }
            let probe = TargetProbe(
                facts: facts(for: targets[index]), settings: settings,
                circumstances: means.circumstances(
                    for: targets[index], hasWire: capture != nil, isThorough: request.isThorough),
                // The same server owes an answer over TCP, too: a control as good as there is.
                knownPorts: targets[index].knownPorts
                    + (targets[index].service?.asked == nil ? [] : [targets[index].target.port]))
            targets[index].probe = request.trace.map { TraceProbe(probe, settings: $0) } ?? probe
            perform(targets[index].probe?.begin(at: clock.now) ?? [], index)
        }
    }

    func facts(for target: RunTarget) -> Facts {
        var witnesses: Set<Witness> = [.socket, .kernel]
        if capture != nil { witnesses.insert(.wire) }
        if request.settings.walksLadder { witnesses.insert(.path) }
        var facts = Facts(target: target.target, witnesses: witnesses)
        facts.request = target.request
        facts.sourcePort = request.sourcePort
        facts.resolution = target.resolution
        facts.route = target.route
        facts.service = target.service ?? service(of: target.target)
        return facts
    }

    /// Whose question the datagrams to a target ask.
    private func service(of target: Target) -> UDPService? {
        guard target.transport == .udp else { return nil }
        return UDPPayload(port: target.port, choice: request.payload, transaction: firstTransaction).service
    }

    func act(_ moment: Moment, _ progress: (ProbeProgress) -> Void) {
        switch moment {
        case .probe(let index): tell(.time, index)
        case .judge(let index): judge(index, progress)
        case .dialogue(let index, let attempt): tickDialogue(attempt, index)
        case .followUp(let index): tellFollowUp(.time, index)
        case .look(let index): lookAtRules(index)
        }
    }

    func tell(_ event: ProbeEvent, _ index: Int) {
        perform(targets[index].probe?.handle(event, at: clock.now) ?? [], index)
    }

    func perform(_ actions: [ProbeAction], _ index: Int) {
        for action in actions {
            switch action {
            case .open(let order):
                // What was ordered together is done one after the other.
                let now = clock.now
                targets[index].probe?.amend { facts in
                    guard facts.attempts.indices.contains(order.attempt) else { return }
                    facts.attempts[order.attempt].startedAt = now
                }
                open(order, index)
            case .resend(let attempt): resend(attempt, index)
            case .close(let attempt): close(attempt, index)
            case .end(let attempt): end(attempt, index)
            case .inspect(let attempt): inspect(attempt, index)
            case .converse(let attempt): converse(attempt, index)
            case .stopConversing(let attempt): stopConversing(attempt, index)
            case .stopUnheard(let attempt):
                if targets[index].runners[attempt]?.isUnheard ?? false { stopConversing(attempt, index) }
            case .requestLadder: ladders.request(index, at: clock.now)
            case .wake(let at): moments.insert(.probe(index), at: at)
            case .finish: finish(index)
            }
        }
    }

    func settleLadders(at now: Instant) {
        let (granted, denied) = ladders.settle(at: now)
        for index in granted { tell(.ladder(granted: true, sharesControl: !walksControl(index)), index) }
        for index in denied { tell(.ladder(granted: false, sharesControl: true), index) }
    }

    /// One control's ladder serves all targets on the same host: routers answer only a few packets a second.
    func walksControl(_ index: Int) -> Bool {
        guard let address = targets[index].target.address else { return false }
        return controlWalkers.updateValue(controlWalkers[address] ?? index, forKey: address) == nil
    }

    /// What the control's ladder of the same host found, for a target that did not walk it itself.
    func adoptControl(_ facts: inout Facts, _ index: Int) {
        guard let address = facts.target.address, let walker = controlWalkers[address], walker != index,
            let found = targets[walker].probe?.facts ?? targets[walker].facts
        else { return }
        facts.attempts += found.attempts.filter { attempt in
            switch attempt.purpose {
            case .controlRung: true
            case .primary, .rung, .control, .experiment: false
            }
        }
    }
}
