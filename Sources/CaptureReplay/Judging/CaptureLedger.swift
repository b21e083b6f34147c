public import Conversations
public import Diagnosis
import PacketWire

/// What comes of the conversations of a capture, like beside like: forty clients that one router turns away are one
/// finding. Bounded, however many conversations there are.
///
/// Each shape of conversation is judged once, by the same engine as a probe: what has the same shape, in the same
/// surroundings, has the same verdict. The first conversation of each finding is diagnosed by itself, so that what the
/// finding says, its addresses and its frames are those of that one.
public struct CaptureLedger: Sendable {
    /// Numbers and initiators that one finding names.
    public static let mostNamed = 16
    /// Shapes that are remembered; others are judged each time.
    static let mostShapes = 65_536

    /// What makes conversations one finding.
    struct Key: Hashable {
        var verdict: Verdict
        var stage: Stage?
        var mechanism: Mechanism?
        var transport: Transport
        /// Who refuses them or, where nobody does, whom they were begun to; nil where nothing is known of them.
        var place: IPAddress?
        /// Nil where a router refuses, whatever the port. Sixteen bits would do, and the key would be returned in
        /// registers: without optimisation Swift 6.3 then keeps the address, which is aligned to 16 bytes, in a place
        /// that is aligned to 8, and traps.
        var port: Int?
        /// How a DNS server refuses: what is told of one code is not true of another.
        var code: Int?

        /// What becomes of a connection that was opened.
        init(_ course: CourseJudgement, of flow: Flow) {
            verdict = course.verdict
            stage = course.stage
            mechanism = course.mechanism
            transport = flow.transport
            place = flow.destination.address
            port = Int(flow.destination.port)
        }

        /// Findings in one place differ little in the rest, and names hash slowly.
        func hash(into hasher: inout Hasher) {
            hasher.combine(place)
            hasher.combine(port)
        }

        init(_ diagnosis: TargetDiagnosis) {
            let target = diagnosis.target
            let isRefusedOnTheWay = diagnosis.actor != nil && diagnosis.actor != target.address
            let isUnknown = diagnosis.verdict == .undetermined
            verdict = diagnosis.verdict
            stage = diagnosis.stage
            mechanism = diagnosis.mechanism
            transport = target.transport
            place = isRefusedOnTheWay ? diagnosis.actor : isUnknown ? nil : target.address
            port = isRefusedOnTheWay ? nil : Int(target.port)
            if mechanism == .resolverRefused, case .dns(let exchange)? = diagnosis.conversation?.application {
                code = exchange.worstFailure.map { Int($0.code.rawValue) }
            }
        }
    }

    /// What findings have in common that differ in whom they concern only: a few dozen can be.
    struct Kind: Hashable {
        var verdict: Verdict
        var stage: Stage?
        var mechanism: Mechanism?
        var transport: Transport

        init(_ key: Key) {
            (verdict, stage, mechanism, transport) = (key.verdict, key.stage, key.mechanism, key.transport)
        }
    }

    struct Entry {
        var diagnosis: TargetDiagnosis
        /// The number of the first conversation of each initiator that the diagnosis names.
        var namedBy: [Int]
        var initiators: Set<IPAddress>
        var responders: Set<IPAddress>
    }

    private let mostFindings: Int
    var entries: [Entry] = []
    var places: [Key: Int] = [:]
    private var kinds: Set<Kind> = []
    private var shapes: [ShapeKey: Judgement] = [:]
    public var verdicts: [Verdict: Int] {
        healthy == 0 ? judged : judged.merging([.open: healthy], uniquingKeysWith: +)
    }
    /// Those with a shape that is known to be open, and with nothing that befell them later, are many: counted apart.
    var healthy = 0
    var judged: [Verdict: Int] = [:]
    public internal(set) var others = 0
    /// Those of `others` of which the capture has only a piece, whose opening was before it.
    public internal(set) var remnants = 0
    /// Datagrams to all who listen, as conversations.
    public internal(set) var toGroups = 0
    public internal(set) var forgotten = 0
    /// Who asked for an address of his own.
    public internal(set) var addresses = AddressRequests()
    /// TCP conversations of more than one packet in which one end or both were seen.
    var oneSided = 0
    var bothSided = 0
    /// Their opening was before the capture.
    var began = 0
    var oversized = 0
    /// What was spoken in the clear, by name: so few that looking through them is faster than a hash.
    var talk: [(name: String, tally: ApplicationTally)] = []
    public var spoken: [String: ApplicationTally] {
        Dictionary(talk.map { ($0.name, $0.tally) }) { first, _ in first }
    }
    /// Where the capture was made.
    public internal(set) var tap = TapTally()

    private struct ShapeKey: Hashable {
        var shape: ConversationShape
        var surroundings: UInt64
    }

    /// What the openings of conversations of one shape have in common.
    private struct Judgement {
        var verdict: Verdict
        /// All but the endpoint, which is each conversation's own.
        var key: Key
        /// The responder refuses, not somebody on the way.
        var isByResponder: Bool

        init(_ diagnosis: TargetDiagnosis) {
            verdict = diagnosis.verdict
            key = Key(diagnosis)
            isByResponder = key.place == diagnosis.target.address
        }

        func key(of flow: Flow) -> Key {
            var key = key
            if isByResponder { key.place = flow.destination.address }
            if key.port != nil { key.port = Int(flow.destination.port) }
            return key
        }
    }

    /// - Parameter mostFindings: those beyond are only counted, but for the first of each kind: a scan of ten thousand
    ///   hosts hides no failure of another kind that comes after it.
    public init(mostFindings: Int = 8_192) {
        self.mostFindings = mostFindings
    }

    /// Judges a conversation and files it with those that are like it.
    public mutating func add(
        _ table: ConversationTable, at position: Int, _ facts: inout CaptureFacts, until end: Instant
    ) {
        let outline = table.outline(at: position)
        guard let flow = outline.subject.flow else {
            others += 1
            return
        }
        addresses.add(outline, flow)
        guard !outline.isToGroup else {
            toGroups += 1
            return
        }
        noteSides(outline, flow, table, position)
        if flow.transport == .tcp {
            tap.add(table, at: position)
            if table.exceedsSegmentSize(at: position) { oversized += 1 }
        }
        let isPlain = noteTalk(table, at: position, until: end)
        guard let surroundings = facts.surroundings(of: position, outline), isPlain ?? true,
            isPlain != nil || table.wordlessConnection(at: position, until: end) == nil,
            !table.isResetUnanswered(at: position), !outline.isRefusedMidway, outline.unheard == nil,
            table.damaged.packets == 0 || !facts.isDamaged(at: position)
        else {
            return judge(table, at: position, outline, facts)
        }
        let shape = ShapeKey(shape: table.shape(at: position, until: end), surroundings: surroundings)
        guard let known = shapes[shape] else { return judge(table, at: position, outline, facts, shape) }
        var key = known.key(of: flow)
        if known.verdict == .open {
            guard let course = table.courseJudgement(at: position) else {
                healthy += 1
                return
            }
            key = Key(course, of: flow)
        }
        if let place = places[key] {
            judged[key.verdict, default: 0] += 1
            entries[place].add(outline)
        } else if hasRoom(for: key) {
            judge(table, at: position, outline, facts)
        } else {
            judged[key.verdict, default: 0] += 1
            forgotten += 1
        }
    }

    /// Counts what was spoken, and says whether nothing of it bears on a verdict; nil where nothing was recognised.
    private mutating func noteTalk(_ table: ConversationTable, at position: Int, until end: Instant) -> Bool? {
        switch table.ordinaryTalk(at: position, by: end) {
        case .http(let length):
            talk[placeOfTalk("HTTP")].tally.addOrdinary()
            return !table.endsEarly(before: length, at: position)
        case .dns:
            talk[placeOfTalk("DNS")].tally.addOrdinary()
            return true
        case nil: break
        }
        return table.askApplication(at: position) { application in
            talk[placeOfTalk(application.name)].tally.add(application, until: end)
            return application.isPlain(by: end) && !table.endsEarly(before: application.owedLength, at: position)
                && !(application.hidesAlerts && table.isClosedEarlyByResponder(at: position))
        }
    }

    /// Where the tally of a protocol stands.
    mutating func placeOfTalk(_ name: String) -> Int {
        if let place = talk.firstIndex(where: { $0.name == name }) { return place }
        talk.append((name, ApplicationTally()))
        return talk.count - 1
    }

    /// One conversation by itself.
    private mutating func judge(
        _ table: ConversationTable, at position: Int, _ outline: ConversationOutline, _ facts: CaptureFacts,
        _ shape: ShapeKey? = nil
    ) {
        guard let facts = facts.facts(at: position) else {
            others += 1
            if outline.beganBefore, !outline.isShortLived { remnants += 1 }
            return
        }
        let opening = facts.diagnoseInShort()
        if let shape, shapes.count < Self.mostShapes { shapes[shape] = Judgement(opening) }
        var diagnosis = facts.complete(opening, in: table, at: position)
        judged[diagnosis.verdict, default: 0] += 1
        guard diagnosis.verdict != .open else { return }
        let key = Key(diagnosis)
        if let place = places[key] {
            entries[place].add(outline)
        } else if hasRoom(for: key) {
            diagnosis.timeline = facts.timeline
            append(
                key,
                Entry(
                    diagnosis: diagnosis, namedBy: [outline.number], initiators: [outline.subject.initiator],
                    responders: [outline.subject.responder]))
        } else {
            forgotten += 1
        }
    }

    func hasRoom(for key: Key) -> Bool { entries.count < mostFindings || !kinds.contains(Kind(key)) }

    mutating func append(_ key: Key, _ entry: Entry) {
        places[key] = entries.count
        kinds.insert(Kind(key))
        entries.append(entry)
    }

    mutating func removeFindings() { (entries, places, kinds) = ([], [:], []) }

    private mutating func noteSides(
        _ outline: ConversationOutline, _ flow: Flow, _ table: ConversationTable, _ position: Int
    ) {
        guard flow.transport == .tcp else { return }
        if outline.beganBefore { began += 1 }
        // A few packets may be all that there was of an attempt, or be a rest of one; a SYN-ACK and what follows it are neither.
        let isServed = outline.sent.packets == 0 && outline.isAnswered && outline.isOpened
        guard outline.sent.packets + outline.received.packets > (isServed ? 1 : 3) else { return }
        guard outline.sent.packets == 0 || outline.received.packets == 0 else {
            bothSided += 1
            return
        }
        // Who only asks may just get no answer; who acknowledges something has got one.
        if outline.sent.packets == 0 || table.analysis(at: position)?.initiator.acknowledged ?? 0 != 0 { oneSided += 1 }
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
            limits.append(
                began == 1
                    ? "1 connection began before the capture: nothing is known of its opening"
                    : "\(began) connections began before the capture: nothing is known of their opening")
        }
        if oversized > 0 {
            limits.append(
                "segments of \(oversized) connection\(oversized == 1 ? "" : "s") are longer than the other end said it takes: the capture saw them"
                    + " before the network card split them up, or after it had put them together (TSO, GRO)")
        }
        return limits
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
}

extension CaptureLedger.Entry {
    fileprivate mutating func add(_ outline: ConversationOutline) {
        diagnosis.conversation?.add(outline)
        if initiators.count < ConversationDigest.mostInitiators { initiators.insert(outline.subject.initiator) }
        if responders.count < ConversationDigest.mostInitiators { responders.insert(outline.subject.responder) }
        if let count = diagnosis.conversation?.initiators.count, count < CaptureLedger.mostNamed,
            diagnosis.conversation?.initiators.contains(outline.subject.initiator) == false
        {
            diagnosis.conversation?.initiators.append(outline.subject.initiator)
            namedBy.append(outline.number)
        }
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

extension ApplicationExchange {
    /// It does not say itself which of its questions were answered.
    fileprivate var mayGoOnUnheard: Bool {
        switch self {
        case .quic, .service: true
        default: false
        }
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

extension Facts {
    /// The verdict on one conversation of a capture, its course included.
    public func diagnose(in table: ConversationTable, at position: Int) -> TargetDiagnosis {
        complete(diagnose(), in: table, at: position)
    }

    /// The verdict on the opening with what came afterwards.
    fileprivate func complete(
        _ opening: TargetDiagnosis, in table: ConversationTable, at position: Int
    ) -> TargetDiagnosis {
        let analysis = table.analysis(at: position)
        let application = table.application(at: position)
        let isToldTooBig = attempts.first?.packets.contains { $0.icmpError?.meaning == .packetTooBig } ?? false
        var diagnosis = opening.withCourse(
            of: analysis, isToldTooBig: isToldTooBig,
            isResetNearer: Aftermath(table.conversation(at: position), self).isResetNearer)
        if application == nil {
            diagnosis = diagnosis.with(table.wordlessConnection(at: position, until: observedUntil))
                .with(capturedWithLoss ? nil : table.silentClient(at: position))
        } else if let application {
            let aftermath = Aftermath(table.conversation(at: position), self)
            diagnosis = diagnosis.withApplication(application.finding(aftermath), stage: application.stage)
        }
        if application?.mayGoOnUnheard ?? true {
            diagnosis = diagnosis.with(
                SilencedService(table.conversation(at: position), table.outline(at: position).unheard))
        }
        diagnosis = diagnosis.with(ResetWords(table, at: position, self)).with(table.rejectedMidway(at: position))
            .with(UnmetWords(table, at: position, isWhole: !capturedWithLoss))
            .with(UnknownWords(table, at: position, isWhole: !capturedWithLoss))
        diagnosis = diagnosis.with(UntakenWords(table, at: position))
        diagnosis = diagnosis.withTooBigReport(of: self).withWayHere(of: self)
        diagnosis.conversation = ConversationDigest(
            table.outline(at: position), analysis: analysis, carrier: table.carrier(at: position))
        diagnosis.conversation?.application = application
        return diagnosis
    }
}
