public import CaptureFile
import Conversations
public import Diagnosis
import PacketWire

/// A capture on its way through reader, decoder, table and diagnosis: bytes in as they come, verdicts out at the end.
/// Time is the capture's own.
public struct CaptureAnalyzer: Sendable {
    /// What is looked at, and how much is kept.
    public struct Options: Sendable {
        /// Conversations that are held at the same time; beyond these the ones that ended make room.
        public var heldConversations = 65_536
        /// However many are open: then those of which nothing was seen for longest are let go, and counted.
        public var mostConversations = 262_144
        /// Every conversation gets a diagnosis of its own, the healthy ones too; as many as this.
        public var listsAll = false
        public var mostListed = 100_000
        /// Findings beyond these are only counted, but for the first of each kind.
        public var mostFindings = 8_192
        /// Only the conversation of this number is listed.
        public var only: Int?
        public var keeps = PacketFilter()
        /// Frames are held back for a moment, for earlier ones that may stand behind them; else only as long as there is
        /// more to read at once.
        public var waitsForLateFrames = true
        /// Only this part is judged; nil judges all. Bounds are then the share's own.
        public var share: CaptureShare?

        public init() {}
    }

    public let options: Options
    public private(set) var reader = CaptureReader()
    public internal(set) var digest = CaptureDigest()
    /// What broke the file off; nil where it is whole.
    public private(set) var problem: CaptureFileError?
    /// Nanoseconds since 1970 of the first packet.
    public private(set) var startedUnixNanoseconds: Int64?
    private var undecoded = UndecodedFrames()
    var table: ConversationTable
    var ledger: CaptureLedger
    var quality = CaptureQuality()
    private var fragments = FragmentShelf()
    private(set) var listed: [TargetDiagnosis] = []
    private var unlisted = 0
    /// The latest packet that counted.
    var end = Instant.zero
    /// How long nothing came after the packet that was the latest then.
    private var waited = (after: Instant.zero, span: TimeSpan.zero)
    /// There was a packet behind `PacketFilter.until`.
    private var hasPassedEnd = false
    /// Looked for in a share only.
    var strays = ShareStrays()
    private var queue = FrameQueue()
    /// How many came out of the queue.
    private(set) var turns = 0
    private(set) var held: Int
    /// As in `options`, in the capture's own time as soon as that is known.
    private var keeps: PacketFilter
    private var comments: [String] = []
    /// What the files before this one say in words.
    private var remarks: [String] = []
    private var lost: UInt64 = 0
    /// With how many frames behind it each conversation began; kept of a share only.
    var beginnings: [UInt32] = []

    public init(_ options: Options = Options()) {
        self.options = options
        table = ConversationTable(capacity: .max)
        ledger = CaptureLedger(mostFindings: options.mostFindings)
        held = options.heldConversations
        keeps = options.keeps
        table.reserveCapacity(held)
    }

    /// What is to be done with the bytes that were read from.
    public struct Need: Sendable, Hashable {
        /// So many at the front are no longer needed; the others come again, with more behind them.
        public var released: Int
        /// So many more are needed to get on; 0 at the end, and where it goes no further.
        public var more: Int
    }

    /// Takes what there is of the file so far, from the first byte that was not released.
    ///
    /// - Parameter accepts: a filter on whole frames, where there is one.
    @discardableResult
    public mutating func read(
        _ bytes: Span<UInt8>, isComplete: Bool, accepts: ((Span<UInt8>, CaptureRecord) -> Bool)? = nil
    ) -> Need {
        while true {
            if queue.addUsual(from: &reader, bytes) {
                takeQueued(bytes, accepts)
                continue
            }
            let step: CaptureReader.Step
            do throws(CaptureFileError) {
                step = try reader.next(in: bytes, isComplete: isComplete)
            } catch {
                problem = error
                return release(bytes, more: 0, accepts)
            }
            switch step {
            case .record(let record): queue.add(record, interfaces: reader.interfaces.count)
            case .needsMore(let count): return release(bytes, more: count, accepts)
            case .end: return release(bytes, more: 0, accepts)
            }
            takeQueued(bytes, accepts)
        }
    }

    private mutating func release(
        _ bytes: Span<UInt8>, more: Int, _ accepts: ((Span<UInt8>, CaptureRecord) -> Bool)?
    ) -> Need {
        if more == 0 || !options.waitsForLateFrames {
            queue.flush()
            takeQueued(bytes, accepts)
        }
        let released = reader.releaseConsumed(before: queue.firstOffset)
        queue.release(released)
        return Need(released: released, more: more)
    }

    @inline(__always)
    private mutating func takeQueued(_ bytes: Span<UInt8>, _ accepts: ((Span<UInt8>, CaptureRecord) -> Bool)?) {
        while let place = queue.next() {
            turns &+= 1
            let frame = bytes.extracting(queue[place].record.frame)
            if let accepts, !accepts(frame, queue[place].record) { continue }
            let stamp = queue[place].stamp
            if startedUnixNanoseconds == nil { begin(stamp) }
            let at = Instant(nanoseconds: stamp) + TimeSpan(nanoseconds: 0 &- (startedUnixNanoseconds ?? 0))
            if keeps.isEverything {
                let (linkType, originalLength) = (queue[place].record.linkType, queue[place].record.originalLength)
                if let share = options.share, share.passes(frame, linkType) {
                    if at > end { end = at }
                    quality.note(isCut: originalLength > frame.count, at: at, frame: queue[place].number)
                    continue
                }
                if linkType == .ethernet {
                    let number = queue[place].number
                    if addPlain(frame, originalLength: originalLength, number: number, at: at) { continue }
                    if !queue[place].record.hasOptions,
                        addOpening(frame, originalLength: originalLength, number: number, at: at)
                    {
                        continue
                    }
                }
            }
            add(queue[place], frame, in: bytes, at: at)
        }
    }

    private mutating func begin(_ stamp: Int64) {
        startedUnixNanoseconds = stamp
        keeps = keeps.resolved(firstPacket: stamp)
        table.beganAt = stamp
    }

    @inline(never)
    private mutating func add(
        _ queued: FrameQueue.Frame, _ frame: Span<UInt8>, in window: Span<UInt8>, at: Instant
    ) {
        let record = queued.record
        // Filled where it stays: copying it costs as much as decoding it.
        var packet = Packet(
            linkType: record.linkType, capturedLength: frame.count, originalLength: record.originalLength)
        packet.fill(from: frame)
        add(packet, record, frame, number: queued.number, in: window, at: at)
    }

    /// The same of a plain segment of a connection that is known, as nearly all packets are; false for any other, of which
    /// nothing is noted then. Whatever it belongs to is this share's: see `CaptureShare.passes`.
    @inline(__always)
    private mutating func addPlain(_ frame: Span<UInt8>, originalLength: Int, number: Int, at: Instant) -> Bool {
        guard table.take(plain: frame, originalLength: originalLength, number: number, at: at) else { return false }
        if at > end { end = at }
        digest.packets &+= 1
        digest.bytes &+= frame.count
        quality.note(isCut: false, at: at, frame: number)
        if table.count >= held { release() }
        return true
    }

    @inline(never)
    private mutating func add(
        _ packet: Packet, _ record: CaptureRecord, _ frame: Span<UInt8>, number: Int, in window: Span<UInt8>,
        at: Instant
    ) {
        guard keeps.isEverything || keeps.accepts(packet, at: at) else {
            if keeps.isPast(at) { hasPassedEnd = true }
            return
        }
        if at > end { end = at }
        let isHeld = holds(packet)
        if isHeld ?? options.share?.isFirst ?? true {
            digest.packets &+= 1
            digest.bytes &+= packet.originalLength
        }
        if packet.network == nil { undecoded.add(record.linkType) }
        quality.note(isCut: packet.isCut, at: at, frame: number)
        if let fragment = packet.fragment, !fragment.isAtomic {
            for whole in fragments.add(packet, in: frame, number: number, at: at) { file(whole) }
        } else {
            if packet.tcpFlags?.isDisjoint(with: [.syn, .rst]) == false {
                quality.noteCrossing(packet, frame: number)
                quality.noteAnswerer(packet, at: at)
            }
            if packet.tcpFlags?.contains(.syn) ?? true, packet.encapsulations.isEmpty {
                let direction = record.direction(of: packet, in: window)
                quality.note(packet, passed: direction)
                quality.note(packet, passed: direction, over: record.interface, frame: number)
                quality.noteDevice(packet, frame: number)
                quality.noteAnswer(packet, frame: number)
            }
            if options.share != nil, packet.tcpFlags?.contains(.syn) ?? true { strays.note(packet) }
            guard isHeld ?? true else { return }
            file(packet, frame, number: number, at: at)
        }
        if table.count >= held { release() }
    }

    /// Whether it is of the share that is judged; nil where it is everybody's.
    @inline(__always)
    private func holds(_ packet: Packet) -> Bool? {
        guard let share = options.share else { return true }
        return share.holds(packet)
    }

    /// Of a share: an error quotes a connection that is not among this share's, and may be another's under other
    /// addresses; an answer comes from another host than was asked; or a checksum is wrong, and whether that is damage
    /// hangs on all the others. Whoever sees that reads the capture whole.
    public var needsWhole: Bool {
        options.share != nil && (table.unplacedQuotes > 0 || table.hasWrongChecksums || strays.areSeen)
    }

    private mutating func file(_ whole: FragmentShelf.Whole) {
        guard keeps.isEverything || keeps.accepts(whole.packet, at: whole.at), holds(whole.packet) ?? true else {
            return
        }
        let position = file(
            whole.packet, whole.bytes.span, number: whole.frame, at: whole.at, isInOwnFrame: false,
            isComplete: whole.isComplete)
        if let position, let carrier = whole.carrier { table.note(carrier, at: position) }
    }

    /// Puts a packet to its conversation, and returns where that stands.
    ///
    /// - Parameters:
    ///   - isInOwnFrame: what the packet travelled in stands in front of it.
    ///   - isComplete: no fragment of it is missing.
    @inline(never)
    @discardableResult
    private mutating func file(
        _ packet: Packet, _ frame: Span<UInt8>, number: Int, at: Instant, isInOwnFrame: Bool = true,
        isComplete: Bool = true
    ) -> Int? {
        let position: Int?
        let copies = table.duplicates
        if isComplete, let flags = packet.tcpFlags {
            let opens = !flags.isDisjoint(with: [.syn, .rst])
            let opening = opens ? packet.checksums(in: frame) : nil
            if let opening { quality.note(opening) }
            position = table.observe(segment: packet, frame: number, at: at) {
                opening ?? packet.checksums(in: frame)
            }
        } else {
            position = table.observe(
                packet, frame: number, at: at, quote: PacketQuote(packet, in: frame),
                identifier: packet.datagramIdentifier(in: frame), isComplete: isComplete
            ) { packet.checksums(in: frame) }
        }
        noteBeginning()
        guard let position else { return nil }
        if isInOwnFrame { table.note(packet, in: frame, at: position) }
        // What the capture has twice was said once.
        if table.duplicates != copies { return position }
        table.read(packet, in: frame, number: number, at: at, position: position, isComplete: isComplete)
        return position
    }

    // MARK: Several files

    /// The next bytes are another file's: its packets follow those so far, in one time and with one count.
    public mutating func beginFile() {
        comments += reader.sections.flatMap(\.comments)
        remarks += reader.remarks
        lost &+= reader.lostPackets
        reader = CaptureReader()
        queue.forget()
        problem = nil
    }

    /// Until when the capture was observed: to its latest packet, and for as long as somebody waited for more.
    var observedUntil: Instant { waited.after == end ? end + waited.span : end }

    /// Nothing came for so long, beside what was waited since the latest packet.
    mutating func wait(_ span: TimeSpan) {
        waited = waited.after == end ? (end, waited.span + span) : (end, span)
    }

    /// Nothing that comes later counts.
    var isPastEnd: Bool { hasPassedEnd || keeps.isPast(observedUntil) }

    /// What the files say of themselves so far.
    public var allComments: [String] { comments + reader.sections.flatMap(\.comments) }

    /// What limits the evidence.
    public var notes: [String] {
        var notes: [String] = []
        if lostPackets > 0 { notes.append("the capture lost \(lostPackets) packets: absence proves little") }
        if let note = undecoded.note(of: turns) { notes.append(note) }
        return notes
    }

    // MARK: Letting go

    /// Judges and takes out what has ended. Where much is open, more is held.
    mutating func release() {
        let (positions, cutShort) = table.ended(by: end, leaving: options.mostConversations / 2)
        digest.cutShort += cutShort
        judge(positions)
        table.remove(positions)
        if table.count > held / 4 * 3 { held = min(held * 2, options.mostConversations) }
    }

    private mutating func judge(_ positions: [Int]) {
        let end = observedUntil
        for position in positions { table.finish(position, at: end) }
        var facts = CaptureFacts(
            table, until: end, capturedWithLoss: lostPackets > 0, capturedOn: quality.localAddresses,
            oddities: quality.oddities)
        for position in positions {
            ledger.add(table, at: position, &facts, until: end)
            if options.listsAll { list(position, facts) }
        }
    }

    private mutating func list(_ position: Int, _ facts: CaptureFacts) {
        if let only = options.only, table.outline(at: position).number != only { return }
        guard let one = facts.facts(at: position) else { return }
        guard listed.count < options.mostListed else {
            unlisted += 1
            return
        }
        listed.append(one.diagnose(in: table, at: position))
    }

    /// Packets that the capturing system said it lost.
    public var lostPackets: UInt64 { lost &+ reader.lostPackets }

    /// The file has its end: whoever captured counted what was lost when it was over.
    private var isWhole: Bool { problem == nil && reader.interfaces.contains { $0.statistics != nil } }

    // MARK: The end

    /// Everything that the capture says, by now: more may be read afterwards, and asked for again. Whoever wants no more
    /// gives the analyzer away, and spares a copy of all conversations.
    ///
    /// - Parameter named: targets that the capture's own comment names: a saved probe is told as the probe told it.
    public consuming func result(named: [Target] = []) -> CaptureResult {
        // Of a file so large that conversations had to be let go, the targets may be among those.
        guard !named.isEmpty, table.count == table.total else { return conclusion().result }
        var rest = consume self
        for whole in rest.fragments.giveUp() { rest.file(whole) }
        var result = CaptureResult(
            digest: rest.wholeDigest, findings: [], diagnoses: [], notes: rest.notes,
            isByConversation: rest.options.listsAll, startedUnixNanoseconds: rest.startedUnixNanoseconds)
        let facts = CaptureFacts(
            rest.table, until: rest.observedUntil, capturedWithLoss: rest.lostPackets > 0,
            capturedOn: rest.quality.localAddresses, isWhole: rest.isWhole,
            oddities: rest.quality.oddities, isOfProbe: true)
        result.diagnoses = facts.diagnoses(named: named)
        return result
    }

    /// The same, to be put together with that of other shares.
    public consuming func conclusion() -> CaptureConclusion {
        var rest = consume self
        for whole in rest.fragments.giveUp() { rest.file(whole) }
        rest.judge(Array(0..<rest.table.count))
        rest.quality.late = rest.queue.late
        return CaptureConclusion(
            digest: rest.wholeDigest, frames: rest.turns, ledger: rest.ledger, quality: rest.quality,
            fragments: rest.fragments.limit,
            link: rest.table.linkNotes, notes: rest.notes, listed: rest.listed, unlisted: rest.unlisted,
            duplicates: rest.table.duplicates, damaged: Damaged(rest.table),
            options: rest.options, startedUnixNanoseconds: rest.startedUnixNanoseconds, beginnings: rest.beginnings)
    }

    private var wholeDigest: CaptureDigest {
        var digest = digest
        digest.duration = end - .zero
        digest.conversations = table.total
        digest.remarks = remarks + reader.remarks
        return digest
    }
}

/// What came of a capture.
public struct CaptureResult: Sendable {
    public var digest: CaptureDigest
    /// What fails, like beside like, worst first.
    public var findings: [TargetDiagnosis]
    /// Every attempt by itself, where that was asked for, or where the capture names its targets.
    public var diagnoses: [TargetDiagnosis]
    /// What limits the evidence.
    public var notes: [String]
    /// Every attempt by itself was asked for.
    public var isByConversation: Bool
    /// Nanoseconds since 1970 of the first packet; nil where there is none.
    public var startedUnixNanoseconds: Int64?
}
