public import Conversations
public import Diagnosis
public import PacketWire

/// The facts of connection attempts in a capture, with what else the same two hosts said to each other.
///
/// Packets with a small TTL beside others of the same kind with a full one are a ladder, and what else the same two
/// hosts said to each other are the controls: a saved probe gives its own evidence back. A hundred controls prove no
/// more than a few, so they are bounded.
public struct CaptureFacts: Sendable {
    let table: ConversationTable
    let pairs: HostPairs
    let strays: StrayAnswers
    /// By what conversations have in common: see `surroundings(of:)`.
    var surroundings: [Surroundings: Known?] = [:]
    /// Of pairs of hosts with many conversations.
    var relatives: [Pair: Relatives] = [:]
    /// By the same, how many were opened late, or not at all.
    var troubled: [Surroundings: Int] = [:]
    private let end: Instant
    private let limits: [String]
    /// The capture dropped packets: absence from it proves nothing.
    private let capturedWithLoss: Bool
    /// Addresses of the machine that the capture was made on.
    let capturedOn: Set<IPAddress>
    /// Whoever captured wrote the file to its end.
    private let isWhole: Bool
    let oddities: Oddities

    /// - Parameter end: when the observation ended.
    /// - Parameter capturedOn: addresses of the machine that captured, as far as the capture says so.
    /// - Parameter isWhole: whoever captured wrote the file to its end; then what a saved probe is known to send and is
    ///   not in it has not left.
    /// - Parameter oddities: what a saved probe's frames say of themselves.
    /// - Parameter isOfProbe: nobody but a probe sent anything.
    /// - Parameter near: only conversations near this one are looked at; the nearest tell enough, and a recording may
    ///   hold very many.
    public init(
        _ table: ConversationTable, until end: Instant, limits: [String] = [], capturedWithLoss: Bool = false,
        capturedOn: Set<IPAddress> = [], isWhole: Bool = false, oddities: Oddities = Oddities(),
        isOfProbe: Bool = false,
        near: Int? = nil
    ) {
        self.table = table
        self.end = end
        self.limits = limits
        self.capturedWithLoss = capturedWithLoss
        self.capturedOn = capturedOn
        self.isWhole = isWhole
        self.oddities = oddities
        let range = near.map { max(0, $0 - 256)..<min(table.count, $0 + 256) } ?? 0..<table.count
        pairs = HostPairs(table, range)
        strays = StrayAnswers(table, range, pairs, isOfProbe: isOfProbe)
    }

    /// Of every attempt, one set per conversation.
    ///
    /// - Parameter named: targets that the capture's own comment names: then only they count, and those without a
    ///   packet get facts too.
    public func all(named: [Target] = []) -> [Facts] { placed(named: named).map(\.facts) }

    /// The verdicts on named targets, as a probe would have told them: what was said behind the handshake included.
    public func diagnoses(named: [Target]) -> [TargetDiagnosis] {
        placed(named: named).map { facts, position in
            guard let position else { return facts.diagnose() }
            return facts.diagnose { diagnosis in
                let siblings = pairs.siblings(of: position, in: table, most: Self.mostSiblings)
                let server = CapturedNameServer(
                    table, of: position, siblings, facts.target, isWhole: isWhole && !capturedWithLoss)
                if let server { return server.told(diagnosis, facts) }
                if let kept = UntakenGreeting(table.analysis(at: position), facts) {
                    return diagnosis.withApplication(kept.finding, stage: .application)
                }
                // What other datagrams ask is the probe's own question.
                guard let application = table.application(at: position), let stage = application.stage else {
                    let conversation = table.conversation(at: position)
                    if let words = CapturedWords(conversation, facts) {
                        return diagnosis.withApplication(words.finding, stage: .application)
                    }
                    return diagnosis.with(table.wordlessConnection(at: position, of: facts.target, until: end))
                        .with(UnsaidRequest(conversation, facts))
                }
                let aftermath = Aftermath(table.conversation(at: position), facts)
                return diagnosis.withApplication(application.finding(aftermath), stage: stage)
            }
        }
    }

    /// With the conversation of each; nil for a target of which the capture holds no packet.
    private func placed(named: [Target]) -> [(facts: Facts, position: Int?)] {
        var result: [(facts: Facts, position: Int?)] = []
        // Two names, or a name and an address, can be one endpoint: each was tried by itself.
        var wanted = Dictionary(grouping: named, by: Seen.init)
        var found: [Seen: Facts] = [:]
        for position in 0..<table.count {
            guard let flow = table.subject(at: position).flow else { continue }
            let seen = Seen(Target(flow))
            // A saved probe: what it did not ask for were its own controls.
            if !named.isEmpty, wanted[seen, default: []].isEmpty { continue }
            guard var facts = facts(at: position, isOwnProbe: !named.isEmpty) else { continue }
            if !named.isEmpty, let target = wanted[seen]?.removeFirst() { facts.target = target }
            if !named.isEmpty {
                noteProbe(&facts)
                Self.noteResolution(&facts)
            }
            found[seen] = facts
            result.append((facts, position))
        }
        for target in named {
            for left in wanted.removeValue(forKey: Seen(target)) ?? [] {
                // Nothing tells the conversations of one endpoint apart: fewer of them count for every name it had.
                var facts = found[Seen(left)] ?? silentFacts(left)
                facts.target = left
                Self.noteResolution(&facts)
                result.append((facts, nil))
            }
        }
        return result
    }

    /// The facts of one conversation; nil for a rung of a ladder, what is no attempt, or an answer to another, and what is
    /// left of an earlier one.
    public func facts(at position: Int, isOwnProbe: Bool = false) -> Facts? {
        guard let flow = table.subject(at: position).flow, !isRemnant(at: position), !strays.isAnswer(position) else {
            return nil
        }
        let siblings = pairs.siblings(of: position, in: table, most: Self.mostSiblings)
        let besideFarther = reachesFar(siblings)
        let isRung = isRung(table.outline(at: position), besideFarther: besideFarther)
        guard !isRung || isOwnProbe && isFirstOfProbe(position, siblings) else { return nil }
        return facts(position, flow, siblings, besideFarther, isOwnProbe: isOwnProbe)
    }

    /// How many conversations of the same two hosts are looked at.
    static let mostSiblings = 512
    static let mostControls = 8

    private struct Seen: Hashable {
        var endpoint: Endpoint?
        var transport: Transport

        init(_ target: Target) {
            endpoint = target.endpoint
            transport = target.transport
        }
    }

    private func facts(
        _ position: Int, _ flow: Flow, _ siblings: [Int], _ besideFarther: Bool, isOwnProbe: Bool
    ) -> Facts {
        let conversation = table.conversation(at: position)
        var facts = Facts(target: Target(flow), witnesses: [.wire], isOffline: true)
        facts.isSavedProbe = isOwnProbe
        facts.limits = limits
        facts.capturedWithLoss = capturedWithLoss
        facts.observedUntil = end
        facts.beganAt = table.beganAt
        facts.isCapturedAtTarget = isCapturedAt(
            conversation.responder, in: table.outline(at: position).network)
        if table.outline(at: position).network == 0 { facts.capturedOn = capturedOn }
        facts.circles = table.outline(at: position).circles
        facts.attempts = [attempt(.primary, conversation)]
        var controls = 0
        // What is refused is tried again from the same ports and from others, and nothing else is asked of it.
        let again = isOwnProbe && facts.attempts[0].isRefused ? retried(flow, position, siblings, besideFarther) : []
        facts.attempts += again.map { attempt(.experiment(.rerun), table.conversation(at: $0)) }
        var rounds = isOwnProbe && again.isEmpty ? repeatedPorts(position, flow, siblings) : [:]
        for sibling in siblings where sibling != position {
            let other = table.outline(at: sibling)
            let otherFlow = other.subject.flow
            let sameTarget =
                otherFlow.map { $0.transport == flow.transport && $0.destination == flow.destination } ?? false
            if isOwnProbe, Self.isSized(table, sibling, besides: flow.destination) || again.contains(sibling) {
                continue
            }
            if isRung(other, besideFarther: besideFarther), let timeToLive = other.initiatorTimeToLive {
                let purpose: Attempt.Purpose =
                    sameTarget ? .rung(timeToLive: Int(timeToLive)) : .controlRung(timeToLive: Int(timeToLive))
                facts.attempts.append(attempt(purpose, table.conversation(at: sibling)))
            } else if isOwnProbe, otherFlow?.destination.port == Experiment.portOfNobody {
                facts.attempts.append(attempt(.experiment(.unusedPort), table.conversation(at: sibling)))
            } else if sameTarget, let port = otherFlow?.source.port, let round = rounds[port] {
                rounds[port] = round + 1
                facts.attempts.append(
                    attempt(.experiment(.sourcePort(round: round)), table.conversation(at: sibling)))
            } else if !sameTarget, !other.beganBefore || other.isAnswered, controls < Self.mostControls {
                controls += 1
                facts.attempts.append(attempt(.control, table.conversation(at: sibling)))
            }
        }
        if table.damaged.packets > 0 { noteDamage(&facts, of: conversation) }
        noteLoopback(&facts)
        if !isOwnProbe {
            facts.sameQuestion = sameQuestion(as: position, siblings)
            noteOthers(of: flow, position, siblings, &facts)
            noteECN(besides: position, flow, siblings, &facts)
            noteStrayed(&facts)
            if table.outline(at: position).network == 0 {
                noteCrossing(&facts)
                facts.linkHolders = linkHolders(of: conversation.responder)
                if !siblings.contains(where: { table.isOpened($0, at: flow) }) {
                    facts.servedBeside = servedBeside(position, table.outline(at: position))
                }
            }
        }
        facts.neighborExchange = table.exchange(
            with: conversation.responder, in: table.outline(at: position).network)
        if facts.neighborExchange == nil, conversation.isGivenUpUnsent {
            facts.neighborExchange = unansweredExchange(conversation.initiator.family)
            if table.outline(at: position).network == 0 { noteUntakenNeighbor(&facts) }
        }
        switch table.application(at: position) {
        case .quic?: facts.isQUICInCapture = true
        // What its silence means hangs on whom it answers.
        case .service(let exchange)? where !isOwnProbe: facts.service = exchange.asked.value.service
        default: break
        }
        facts.isToGroup = table.outline(at: position).isToGroup
        let strangers = strays.answers(to: position, in: table)
        if !strangers.isEmpty {
            facts.attempts[0].packets += strangers
            facts.attempts[0].packets.sort { $0.frame < $1.frame }
        }
        noteAnswerFromElsewhere(position, flow, siblings, &facts)
        facts.application = otherHellos(besides: position, siblings, facts) ?? sameRequests(besides: position, siblings)
        if isOwnProbe {
            var sizes = CapturedSizes(table, of: position)
            facts.pathSize = sizes?.facts(siblings)
            if facts.pathSize != nil { facts.witnesses.insert(.path) }
            facts.idle = CapturedHolds.facts(table, of: position, siblings)
        }
        if !facts.attempts.contains(where: { $0.purpose.timeToLive != nil }) { return facts }
        facts.witnesses.insert(.path)
        return facts
    }

    /// Segments of a connection whose opening is not in the capture, and not of both ends: what was sent again behind its
    /// end, and the reset that answers it, or one direction of it. They ask for nothing, and tell nothing by
    /// themselves, unless somebody is seen to wait.
    private func isRemnant(at position: Int) -> Bool {
        guard table.outline(at: position).beganBefore else { return false }
        let handshake = TCPHandshake(table.conversation(at: position).packets)
        return handshake.refusals.isEmpty && (handshake.earlierThere == nil || handshake.earlierBack == nil)
            && table.courseJudgement(at: position) == nil
            && UnknownWords(table, at: position, isWhole: !capturedWithLoss) == nil
    }

    /// Whether something came by damaged that may be missing from the conversation; nothing beside it is looked at.
    func isDamaged(at position: Int) -> Bool {
        let outline = table.outline(at: position)
        return table.isDamaged(
            between: outline.subject.initiator, and: outline.subject.responder, from: outline.firstSeen,
            to: outline.lastSeen)
    }

    /// A packet that came by damaged is missing, from the attempt itself or from what it is held against.
    private func noteDamage(_ facts: inout Facts, of conversation: Conversation) {
        let packets = facts.attempts.flatMap(\.packets)
        let first = packets.map(\.at).min() ?? conversation.firstSeen
        let last = max(packets.map(\.at).max() ?? first, conversation.lastSeen)
        if table.isDamaged(between: conversation.initiator, and: conversation.responder, from: first, to: last) {
            facts.capturedWithLoss = true
        }
    }

    func isCapturedAt(_ address: IPAddress, in network: UInt16) -> Bool {
        network == 0 && !capturedOn.isEmpty && capturedOn.contains(address)
    }

    /// A target that the capture names and holds no packet of.
    private func silentFacts(_ target: Target) -> Facts {
        var facts = Facts(target: target, witnesses: [.wire], isOffline: true)
        facts.limits = limits
        facts.capturedWithLoss = capturedWithLoss
        facts.observedUntil = end
        facts.neighborExchange =
            target.address.flatMap { table.neighbors[$0] ?? unansweredExchange($0.family) }
        return facts
    }

    /// Somebody who was asked for and never answered: a next hop, where the file does not say which it was.
    private func unansweredExchange(_ family: IPFamily) -> NeighborExchange? {
        table.neighbors.values.filter { $0.isUnanswered && $0.address.family == family }.min { $0.address < $1.address }
    }

    /// A packet that was sent to die on the way: it proves something only beside the others of its ladder.
    func isRung(_ conversation: ConversationOutline, besideFarther: Bool) -> Bool {
        // A group is asked with a TTL of 1 as a rule.
        conversation.isShortLived && !conversation.isToGroup && (!conversation.isAnswered || besideFarther)
    }

    /// Whether one of them was sent to reach its end.
    private func reachesFar(_ siblings: [Int]) -> Bool {
        siblings.contains { (table.outline(at: $0).initiatorTimeToLive ?? 0) > SharedFlow.longestRung }
    }

    func attempt(_ purpose: Attempt.Purpose, _ conversation: Conversation) -> Attempt {
        let kind: Attempt.Kind
        var local: Endpoint?
        switch conversation.subject {
        case .flow(let flow):
            kind = flow.transport == .tcp ? .tcp(port: flow.destination.port) : .udp(port: flow.destination.port)
            local = flow.source
        case .echo(let from, _, _, _):
            kind = .echo
            local = Endpoint(from, 0)
        }
        var attempt = Attempt(
            purpose: purpose, kind: kind, remote: conversation.responder, startedAt: conversation.firstSeen)
        attempt.local = local
        attempt.packets = conversation.packets
        return attempt
    }
}

extension Conversation {
    /// The initiator's own kernel calls the host unreachable, and no packet of it passed the tap: so Linux ends what
    /// waits for a neighbour that does not answer (net/ipv4/arp.c, arp_error_report; net/ipv6/ndisc.c,
    /// ndisc_error_report). The errors pass the loopback interface.
    fileprivate var isGivenUpUnsent: Bool {
        !packets.isEmpty
            && packets.allSatisfy { packet in
                guard !packet.fromInitiator, let error = packet.icmpError else { return false }
                return packet.source == initiator && error.refusalMeaning == .hostUnreachable
            }
    }
}

extension ConversationTable {
    /// Who asked for an address, and who answered; nil in a network whose address resolution is not kept.
    func exchange(with address: IPAddress, in network: UInt16) -> NeighborExchange? {
        network == 0 && !neighbors.isEmpty ? neighbors[address] : nil
    }
}

extension Target {
    /// The target of a conversation that nobody named.
    init(_ flow: Flow) {
        self.init(
            input: "\(flow.destination)/\(flow.transport.rawValue)", host: flow.destination.address.description,
            address: flow.destination.address, port: flow.destination.port, transport: flow.transport)
    }
}

extension ConversationTable {
    /// The facts of every connection attempt: `CaptureFacts` with everything at once.
    public func facts(named: [Target] = [], observedUntil end: Instant, limits: [String] = []) -> [Facts] {
        CaptureFacts(self, until: end, limits: limits, isOfProbe: !named.isEmpty).all(named: named)
    }

    /// The facts of one conversation, with what else its two hosts said to each other about that time; nil for a rung
    /// of a ladder.
    public func facts(ofConversation position: Int, observedUntil end: Instant) -> Facts? {
        guard position >= 0, position < count else { return nil }
        return CaptureFacts(self, until: end, near: position).facts(at: position)
    }
}
