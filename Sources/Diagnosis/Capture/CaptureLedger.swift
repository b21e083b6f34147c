public import Conversations
import PacketWire

/// What comes of the conversations of a capture, like beside like: forty clients that one router turns away are one
/// finding. Bounded, however many conversations there are.
///
/// A plainly opened connection is counted and not looked at. Of the others each shape is diagnosed once, in full, by
/// the same engine as a probe; what has the same shape has the same verdict.
public struct CaptureLedger: Sendable {
    /// Numbers and initiators that one finding names.
    public static let mostNamed = 16
    /// Initiators that are told apart when they are counted.
    public static let mostInitiators = 1_024
    /// Findings beyond these are only counted.
    public static let mostFindings = 16_384
    /// Of these each has its diagnosis in full; of those beyond only the verdict and its place.
    public static let mostDiagnosed = 2_048

    /// What makes conversations one finding.
    private struct Key: Hashable {
        var verdict: Verdict
        var stage: Stage?
        var mechanism: Mechanism?
        var transport: Transport
        /// Who refuses them or, where nobody does, whom they were begun to.
        var place: IPAddress?
        /// Nil where a router refuses, whatever the port.
        var port: UInt16?
    }

    fileprivate struct Entry {
        var diagnosis: TargetDiagnosis
        var initiators: Set<IPAddress>
        var responders: Set<IPAddress>
    }

    private var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    private var shapes: [ShapeKey: TargetDiagnosis] = [:]
    private var diagnosed = 0
    public private(set) var verdicts: [Verdict: Int] = [:]
    public private(set) var others = 0
    public private(set) var forgotten = 0
    /// TCP conversations of more than one packet in which one end or both were seen.
    private var oneSided = 0
    private var bothSided = 0
    /// Their opening was before the capture.
    private var began = 0

    private struct ShapeKey: Hashable {
        var shape: ConversationShape
        var siblings: Siblings
    }

    /// What the other conversations of the same two hosts say.
    private struct Siblings: Hashable {
        var isAnswered = false
        var isAlone = true
    }

    public init() {}

    /// Judges a conversation and files it with those that are like it.
    public mutating func add(_ table: ConversationTable, at position: Int, _ facts: CaptureFacts, until end: Instant) {
        let outline = table.outline(at: position)
        guard let flow = outline.subject.flow else {
            others += 1
            return
        }
        noteSides(outline, flow)
        if outline.isPlainlyOpen || outline.isPlainlyAnswered {
            let analysis = table.analysis(at: position)
            guard analysis?.stalls.isEmpty == false else {
                verdicts[.open, default: 0] += 1
                return
            }
        }
        let siblings = siblings(of: position, table, facts)
        let key = ShapeKey(shape: table.shape(at: position, until: end), siblings: siblings)
        if let known = shapes[key] {
            file(known.moved(to: flow), outline, table.analysis(at: position), isKnown: true)
        } else {
            guard let found = facts.facts(at: position) else {
                others += 1
                return
            }
            let diagnosis = found.diagnose().withCourse(of: table.analysis(at: position))
            if shapes.count < 65_536 { shapes[key] = diagnosis }
            file(diagnosis, outline, table.analysis(at: position), isKnown: false)
        }
    }

    private mutating func noteSides(_ outline: ConversationOutline, _ flow: Flow) {
        guard flow.transport == .tcp else { return }
        if outline.beganBefore { began += 1 }
        guard outline.sent.packets + outline.received.packets > 3 else { return }
        if outline.sent.packets == 0 || outline.received.packets == 0 { oneSided += 1 } else { bothSided += 1 }
    }

    /// What the capture as a whole cannot say.
    public var limits: [String] {
        var limits: [String] = []
        if oneSided >= 3, oneSided > 4 * bothSided {
            limits.append(
                "of \(oneSided + bothSided) connections \(oneSided) were seen in one direction only: the capture was made"
                    + " where the other direction does not pass, and what is missing from it proves nothing")
        }
        if began > 0 {
            limits.append("\(began) connections began before the capture: nothing is known of their opening")
        }
        return limits
    }

    private func siblings(of position: Int, _ table: ConversationTable, _ facts: CaptureFacts) -> Siblings {
        var result = Siblings()
        guard let others = facts.siblings(of: position), others.count > 1 else { return result }
        result.isAlone = false
        result.isAnswered = others.prefix(64).contains { $0 != position && table.outline(at: $0).isAnswered }
        return result
    }

    private mutating func file(
        _ diagnosis: TargetDiagnosis, _ outline: ConversationOutline, _ analysis: TCPAnalysis?, isKnown: Bool
    ) {
        verdicts[diagnosis.verdict, default: 0] += 1
        guard diagnosis.verdict != .open else { return }
        let target = diagnosis.target
        let isRefusedOnTheWay = diagnosis.actor != nil && diagnosis.actor != target.address
        let key = Key(
            verdict: diagnosis.verdict, stage: diagnosis.stage, mechanism: diagnosis.mechanism,
            transport: target.transport, place: isRefusedOnTheWay ? diagnosis.actor : target.address,
            port: isRefusedOnTheWay ? nil : target.port)
        if let place = places[key] {
            entries[place].add(outline)
            return
        }
        guard entries.count < Self.mostFindings else {
            forgotten += 1
            return
        }
        var diagnosis = diagnosis
        diagnosis.conversation = ConversationDigest(outline, analysis: analysis)
        places[key] = entries.count
        entries.append(
            Entry(
                diagnosis: diagnosis, initiators: [outline.subject.initiator],
                responders: [outline.subject.responder]))
    }

    /// Worst first: what most conversations fail by; those that are conclusively bad before those that are not known.
    public var findings: [TargetDiagnosis] {
        entries.map { entry in
            var diagnosis = entry.diagnosis
            diagnosis.conversation?.initiatorCount = entry.initiators.count
            diagnosis.conversation?.responderCount = entry.responders.count
            return diagnosis
        }.sorted { a, b in
            let (ranks, counts) = (
                (a.verdict.rank, b.verdict.rank), (a.conversation?.count ?? 1, b.conversation?.count ?? 1)
            )
            if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
            if counts.0 != counts.1 { return counts.0 > counts.1 }
            return (a.conversation?.numbers.first ?? 0) < (b.conversation?.numbers.first ?? 0)
        }
    }

    /// Takes in what another ledger found of other conversations of the same capture.
    public mutating func merge(_ other: CaptureLedger) {
        verdicts.merge(other.verdicts, uniquingKeysWith: +)
        others += other.others
        oneSided += other.oneSided
        bothSided += other.bothSided
        began += other.began
        forgotten += other.forgotten
        for (key, place) in other.places.sorted(by: { $0.value < $1.value }) {
            let theirs = other.entries[place]
            guard let own = places[key] else {
                guard entries.count < Self.mostFindings else {
                    forgotten += theirs.diagnosis.conversation?.count ?? 1
                    continue
                }
                places[key] = entries.count
                entries.append(theirs)
                continue
            }
            entries[own].merge(theirs)
        }
    }
}

extension CaptureLedger.Entry {
    fileprivate mutating func add(_ outline: ConversationOutline) {
        diagnosis.conversation?.add(outline)
        if initiators.count < CaptureLedger.mostInitiators { initiators.insert(outline.subject.initiator) }
        if responders.count < CaptureLedger.mostInitiators { responders.insert(outline.subject.responder) }
        if let count = diagnosis.conversation?.initiators.count, count < CaptureLedger.mostNamed,
            diagnosis.conversation?.initiators.contains(outline.subject.initiator) == false
        {
            diagnosis.conversation?.initiators.append(outline.subject.initiator)
        }
    }

    fileprivate mutating func merge(_ other: CaptureLedger.Entry) {
        guard let own = diagnosis.conversation, let theirs = other.diagnosis.conversation else { return }
        // The one that came first stands for all.
        if let a = own.numbers.first, let b = theirs.numbers.first, b < a { diagnosis = other.diagnosis }
        diagnosis.conversation?.count = own.count + theirs.count
        diagnosis.conversation?.numbers = Array((own.numbers + theirs.numbers).sorted().prefix(CaptureLedger.mostNamed))
        var initiators = own.initiators
        for initiator in theirs.initiators where !initiators.contains(initiator) { initiators.append(initiator) }
        diagnosis.conversation?.initiators = Array(initiators.prefix(CaptureLedger.mostNamed))
        diagnosis.conversation?.firstSeen = min(own.firstSeen, theirs.firstSeen)
        diagnosis.conversation?.lastSeen = max(own.lastSeen, theirs.lastSeen)
        self.initiators.formUnion(other.initiators.prefix(max(0, CaptureLedger.mostInitiators - self.initiators.count)))
        responders.formUnion(other.responders.prefix(max(0, CaptureLedger.mostInitiators - responders.count)))
    }
}

extension ConversationDigest {
    fileprivate mutating func add(_ outline: ConversationOutline) {
        count += 1
        if numbers.count < CaptureLedger.mostNamed { numbers.append(outline.number) }
        firstSeen = min(firstSeen, outline.firstSeen)
        lastSeen = max(lastSeen, outline.lastSeen)
    }
}

extension Verdict {
    /// The order in which findings are worth reading.
    fileprivate var rank: Int {
        switch self {
        case .blocked, .unreachable: 0
        case .interfered: 1
        case .closed: 2
        case .degraded: 3
        case .failed: 4
        case .undetermined: 5
        case .open: 6
        }
    }
}

extension TargetDiagnosis {
    /// The same verdict on another conversation of the same shape.
    fileprivate func moved(to flow: Flow) -> TargetDiagnosis {
        var moved = self
        if moved.actor == target.address { moved.actor = flow.destination.address }
        moved.target = Target(flow)
        return moved
    }
}

extension Facts {
    /// The verdict on one conversation of a capture, its course included.
    public func diagnose(in table: ConversationTable, at position: Int) -> TargetDiagnosis {
        let analysis = table.analysis(at: position)
        var diagnosis = diagnose().withCourse(of: analysis)
        diagnosis.conversation = ConversationDigest(table.outline(at: position), analysis: analysis)
        return diagnosis
    }
}
