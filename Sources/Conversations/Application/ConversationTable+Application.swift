public import PacketWire

/// What applications say in the first bytes of a conversation.
extension ConversationTable {
    /// Reads the packet's payload, as long as something is to be learned from it.
    ///
    /// - Parameters:
    ///   - frame: that `packet` was decoded from.
    ///   - position: of the conversation that it was filed with.
    ///   - isComplete: no fragment of it is missing; else what is read is the beginning of it.
    @inline(__always)
    public mutating func read(
        _ packet: Packet, in frame: Span<UInt8>, number: Int, at: Instant, position: Int, isComplete: Bool = true
    ) {
        guard isRead(position) else { return }
        if let flags = packet.tcpFlags {
            guard !packet.payload.isEmpty || flags.contains(.fin), let segment = SegmentOutline(packet),
                let fromInitiator = tracks[position].direction(of: segment.flow)
            else { return }
            read(
                segment, in: frame, number: number, at: at, position: position, fromInitiator: fromInitiator,
                isComplete: isComplete)
        } else if !packet.payload.isEmpty {
            readDatagram(packet, in: frame, number: number, at: at, position: position, isComplete: isComplete)
        }
    }

    /// The same of a segment.
    @inline(__always)
    public mutating func read(
        _ segment: SegmentOutline, in frame: Span<UInt8>, number: Int, at: Instant, position: Int,
        fromInitiator: Bool, isComplete: Bool = true
    ) {
        guard isRead(position) else { return }
        // A reset may say why, which is no part of what its connection says: RFC 9293 section 3.10.7.
        if !segment.payload.isEmpty, !segment.header.flags.contains(.rst),
            !tracks[position].events.contains(fromInitiator ? .readInitiator : .readResponder)
        {
            readPayload(
                segment, in: frame, number: number, at: at, position: position, fromInitiator: fromInitiator,
                isComplete: isComplete)
        }
        if !fromInitiator, segment.header.flags.contains(.fin) { readEnd(segment, position) }
    }

    /// Something is still to be learned from what is said in it.
    @inline(__always)
    private func isRead(_ position: Int) -> Bool {
        !tracks[position].events.isSuperset(of: [.readInitiator, .readResponder])
    }

    /// What was read; nil where nothing was recognised.
    public func application(at position: Int) -> ApplicationExchange? {
        let (place, reader) = (tracks[position].application, tracks[position].reader)
        if reader != PacketArena.none { return readers[reader].told }
        return place == PacketArena.none ? nil : applications[place]
    }

    /// Asks something of what was read of a conversation that is finished: much of it is looked at, and little kept. Nil where
    /// nothing was recognised.
    public func askApplication(at position: Int, _ question: (borrowing ApplicationExchange) -> Bool) -> Bool? {
        let (place, reader) = (tracks[position].application, tracks[position].reader)
        if place != PacketArena.none { return applications.with(place, question) }
        guard reader != PacketArena.none, let exchange = readers[reader].exchange else { return nil }
        return question(exchange)
    }

    /// What is said in most conversations, where there is nothing to be told of it.
    public enum OrdinaryTalk: Sendable, Hashable {
        /// A request and its answer. So long is the responder's stream when it has said what it owes; nil where that is not
        /// known.
        case http(owedLength: UInt32?)
        /// In datagrams.
        case dns
    }

    /// Nil for anything else, and where something is to be told.
    ///
    /// - Parameter end: when the observation ended.
    public func ordinaryTalk(at position: Int, by end: Instant) -> OrdinaryTalk? {
        if tracks[position].hasOrdinaryAnswer {
            let length = tracks[position].owedLength
            return .http(owedLength: length > 0 ? length : nil)
        }
        let reader = tracks[position].reader
        return reader != PacketArena.none && readers[reader].isOrdinaryDNS(by: end) ? .dns : nil
    }

    @inline(never)
    private mutating func readDatagram(
        _ packet: Packet, in frame: Span<UInt8>, number: Int, at: Instant, position: Int,
        isComplete: Bool
    ) {
        guard let flow = packet.flow, let fromInitiator = tracks[position].direction(of: flow),
            !tracks[position].events.contains(fromInitiator ? .readInitiator : .readResponder)
        else { return }
        let payload = frame.extracting(packet.payload)
        let isCut = packet.payloadLengthOnWire > payload.count || !isComplete
        guard begin(payload, flow.transport, nil, fromInitiator: fromInitiator, number, at, position) else { return }
        readers[tracks[position].reader].read(
            datagram: payload, isCut: isCut, fromInitiator: fromInitiator, frame: number, at: at)
        noteRead(position)
    }

    @inline(never)
    private mutating func readPayload(
        _ segment: SegmentOutline, in frame: Span<UInt8>, number: Int, at: Instant, position: Int,
        fromInitiator: Bool, isComplete: Bool
    ) {
        let payload = frame.extracting(segment.payload)
        let isCut = segment.payloadLengthOnWire > payload.count || !isComplete
        // Where the opening was before the capture, the first bytes were, too.
        if tracks[position].events.isDisjoint(with: [.syn, .synAck]) {
            tracks[position].events.formUnion([.readInitiator, .readResponder])
            return
        }
        guard let offset = streamOffset(segment, fromInitiator: fromInitiator, position) else { return }
        if waits(payload, offset, isCut: isCut, fromInitiator: fromInitiator, number, at, position) { return }
        read(payload, offset, isCut: isCut, fromInitiator: fromInitiator, number, at, position)
        while tracks[position].mayWait,
            !tracks[position].events.contains(fromInitiator ? .readInitiator : .readResponder),
            let next = early.next(
                of: tracks[position].number, fromInitiator: fromInitiator,
                behind: count(fromInitiator: fromInitiator, position))
        {
            // It is known since what stands in front of it is.
            read(
                next.bytes.span, next.offset, isCut: next.isCut, fromInitiator: fromInitiator, next.frame,
                max(at, next.at), position)
        }
    }

    // What only looks at the table, and is called from what changes it, is put in place there: else the table itself would be
    // copied for each call.

    /// So much of a direction's stream was read.
    @inline(__always)
    private func count(fromInitiator: Bool, _ position: Int) -> UInt32 {
        let reader = tracks[position].reader
        return reader == PacketArena.none ? 0 : readers[reader].count(fromInitiator: fromInitiator)
    }

    /// What comes before its turn is read when that has come.
    private mutating func waits(
        _ payload: Span<UInt8>, _ offset: UInt32, isCut: Bool, fromInitiator: Bool, _ number: Int, _ at: Instant,
        _ position: Int
    ) -> Bool {
        let count = count(fromInitiator: fromInitiator, position)
        if offset == count || isBehindNegotiation(offset, fromInitiator: fromInitiator, position) { return false }
        let waits = early.keep(
            payload, offset: offset, behind: count, isCut: isCut, fromInitiator: fromInitiator, frame: number, at: at,
            of: tracks[position].number)
        if waits { tracks[position].mayWait = true }
        return waits
    }

    /// Reads what has its turn.
    private mutating func read(
        _ payload: Span<UInt8>, _ offset: UInt32, isCut: Bool, fromInitiator: Bool, _ number: Int, _ at: Instant,
        _ position: Int
    ) {
        if tracks[position].reader == PacketArena.none,
            asksForEncryption(payload, offset, fromInitiator: fromInitiator, position)
        {
            return
        }
        guard begin(payload, .tcp, offset, fromInitiator: fromInitiator, number, at, position) else { return }
        readers[tracks[position].reader].read(
            payload, offset: offset, isCut: isCut, fromInitiator: fromInitiator, frame: number, at: at)
        noteRead(position)
    }

    /// Whether there is a reader, one that begins with these bytes included.
    private mutating func begin(
        _ payload: Span<UInt8>, _ transport: Transport, _ offset: UInt32?, fromInitiator: Bool, _ number: Int,
        _ at: Instant, _ position: Int
    ) -> Bool {
        if tracks[position].reader != PacketArena.none { return true }
        // What the other end said is nothing that is known, but was said.
        let isFirstWord = !tracks[position].events.contains(fromInitiator ? .readResponder : .readInitiator)
        let place = readers.place(ApplicationReader())
        guard
            readers[place].begin(
                payload, transport, fromInitiator: fromInitiator, isFirstWord: isFirstWord,
                port: tracks[position].subject.flow?.destination.port ?? 0, frame: number, at: at)
        else {
            readers.release(place)
            // Only what begins at the first byte is recognised; whoever sends datagrams goes on as he began.
            tracks[position].events.formUnion(
                transport == .udp
                    ? [.readInitiator, .readResponder] : fromInitiator ? .readInitiator : .readResponder)
            return false
        }
        if let offset, isBehindNegotiation(offset, fromInitiator: fromInitiator, position) {
            readers[place].skip(EncryptionRequest.length, and: EncryptionRequest.answerLength)
        }
        tracks[position].reader = place
        return true
    }

    private mutating func noteRead(_ position: Int) {
        let reader = tracks[position].reader
        if readers[reader].isDone(fromInitiator: true) { tracks[position].events.insert(.readInitiator) }
        if readers[reader].isDone(fromInitiator: false) { tracks[position].events.insert(.readResponder) }
        if tracks[position].events.isSuperset(of: [.readInitiator, .readResponder]) { settle(position) }
    }

    /// The responder has no more to say: a page that waits for more of it, and was read as far as here, is all there is.
    private mutating func readEnd(_ segment: SegmentOutline, _ position: Int) {
        let reader = tracks[position].reader
        guard reader != PacketArena.none, let end = readers[reader].pageEnd,
            let offset = streamOffset(segment, fromInitiator: false, position),
            offset &+ UInt32(truncatingIfNeeded: segment.payloadLengthOnWire) == end
        else { return }
        tracks[position].events.formUnion([.readInitiator, .readResponder])
        settle(position)
    }

    /// What was read stays, and the reader reads another conversation: it is as much as all else that is known of one.
    private mutating func settle(_ position: Int) {
        let (reader, place) = (tracks[position].reader, applications.place(.nothing))
        if let length = readers[reader].end() {
            (tracks[position].hasOrdinaryAnswer, tracks[position].owedLength) = (true, length)
        }
        if readers[reader].conclude(into: &applications[place]) {
            tracks[position].application = place
        } else {
            applications.release(place)
        }
        readers.release(reader)
        tracks[position].reader = PacketArena.none
    }

    /// PostgreSQL's client asks first whether TLS may follow, and its server says yes or no with one byte: what comes
    /// behind that is the beginning.
    private func asksForEncryption(
        _ payload: Span<UInt8>, _ offset: UInt32, fromInitiator: Bool, _ position: Int
    ) -> Bool {
        guard offset == 0, payload.count == Int(EncryptionRequest.length(fromInitiator: fromInitiator)) else {
            return false
        }
        if fromInitiator { return EncryptionRequest.isPresent(payload) }
        // What the client said before was no word of any other protocol.
        let events = tracks[position].events
        return events.contains(.dataByInitiator) && !events.contains(.readInitiator)
            && EncryptionRequest.isAnswer(payload[0])
    }

    /// Where such a question, or its answer, may stand in front, and nothing was read yet.
    @inline(__always)
    private func isBehindNegotiation(_ offset: UInt32, fromInitiator: Bool, _ position: Int) -> Bool {
        tracks[position].reader == PacketArena.none && offset == EncryptionRequest.length(fromInitiator: fromInitiator)
    }

    /// How far behind the first byte of its direction the segment's payload begins.
    @inline(__always)
    private func streamOffset(
        _ segment: SegmentOutline, fromInitiator: Bool, _ position: Int
    ) -> UInt32? {
        let analysis = tracks[position].analysis
        guard analysis != PacketArena.none else { return nil }
        // Data with a SYN (RFC 7413) begins behind the SYN's own number.
        if segment.header.flags.contains(.syn) { return 0 }
        let first =
            fromInitiator
            ? analyses[analysis].initiator.initialSequenceNumber : analyses[analysis].responder.initialSequenceNumber
        return segment.header.sequenceNumber &- first &- 1
    }
}
