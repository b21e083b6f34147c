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
        guard !packet.payload.isEmpty, !tracks[position].events.isSuperset(of: [.readInitiator, .readResponder])
        else { return }
        readPayload(packet, in: frame, number: number, at: at, position: position, isComplete: isComplete)
    }

    /// What was read; nil where nothing was recognised.
    public func application(at position: Int) -> ApplicationExchange? {
        let place = tracks[position].application
        guard place != PacketArena.none else { return nil }
        return applications[place].told { $0 }
    }

    /// Lends it: much of it is looked at, and little kept.
    public func withApplication<Result>(at position: Int, _ body: (ApplicationExchange?) -> Result) -> Result {
        let place = tracks[position].application
        return place == PacketArena.none ? body(nil) : applications[place].told(body)
    }

    @inline(never)
    private mutating func readPayload(
        _ packet: Packet, in frame: Span<UInt8>, number: Int, at: Instant, position: Int,
        isComplete: Bool
    ) {
        guard let flow = packet.flow, let fromInitiator = tracks[position].direction(of: flow),
            !tracks[position].events.contains(fromInitiator ? .readInitiator : .readResponder)
        else { return }
        // Where the opening was before the capture, the first bytes were, too.
        if flow.transport == .tcp, tracks[position].events.isDisjoint(with: [.syn, .synAck]) {
            tracks[position].events.formUnion([.readInitiator, .readResponder])
            return
        }
        let port = tracks[position].subject.flow?.destination.port ?? 0
        let payload = frame.extracting(packet.payload)
        if tracks[position].application == PacketArena.none, flow.transport == .tcp,
            asksForEncryption(payload, packet, fromInitiator: fromInitiator, position)
        {
            return
        }
        if tracks[position].application == PacketArena.none {
            // What the other end said is nothing that is known, but was said.
            let isFirstWord = !tracks[position].events.contains(fromInitiator ? .readResponder : .readInitiator)
            guard
                let begun = ApplicationExchange(
                    payload, flow.transport, fromInitiator: fromInitiator, isFirstWord: isFirstWord, port: port,
                    frame: number, at: at)
            else {
                // Only what begins at the first byte is recognised; whoever sends datagrams goes on as he began.
                tracks[position].events.formUnion(
                    flow.transport == .udp
                        ? [.readInitiator, .readResponder] : fromInitiator ? .readInitiator : .readResponder)
                return
            }
            let isNegotiated =
                flow.transport == .tcp
                && streamOffset(packet, fromInitiator: fromInitiator, position)
                    == (fromInitiator ? EncryptionRequest.length : EncryptionRequest.answerLength)
            tracks[position].application = applications.add(
                isNegotiated
                    ? .reading(begun, behind: EncryptionRequest.length, and: EncryptionRequest.answerLength)
                    : .reading(begun))
        }
        let place = tracks[position].application
        let isCut = packet.payloadLengthOnWire > payload.count || !isComplete
        if flow.transport == .udp {
            applications[place].read(
                datagram: payload, isCut: isCut, fromInitiator: fromInitiator, frame: number, at: at)
        } else {
            guard let offset = streamOffset(packet, fromInitiator: fromInitiator, position) else { return }
            applications[place].read(
                payload, offset: offset, isCut: isCut, fromInitiator: fromInitiator, frame: number, at: at)
        }
        if applications[place].isDone(fromInitiator: true) { tracks[position].events.insert(.readInitiator) }
        if applications[place].isDone(fromInitiator: false) { tracks[position].events.insert(.readResponder) }
    }

    /// PostgreSQL's client asks first whether TLS may follow, and its server says yes or no with one byte: what comes
    /// behind that is the beginning.
    private func asksForEncryption(
        _ payload: Span<UInt8>, _ packet: Packet, fromInitiator: Bool, _ position: Int
    ) -> Bool {
        guard payload.count == (fromInitiator ? EncryptionRequest.length : EncryptionRequest.answerLength),
            streamOffset(packet, fromInitiator: fromInitiator, position) == 0
        else { return false }
        if fromInitiator { return EncryptionRequest.isPresent(payload) }
        // What the client said before was no word of any other protocol.
        let events = tracks[position].events
        return events.contains(.dataByInitiator) && !events.contains(.readInitiator)
            && EncryptionRequest.isAnswer(payload[0])
    }

    /// How far behind the first byte of its direction the segment's payload begins.
    private func streamOffset(_ packet: Packet, fromInitiator: Bool, _ position: Int) -> UInt32? {
        let analysis = tracks[position].analysis
        guard analysis != PacketArena.none, let header = packet.tcp else { return nil }
        // Data with a SYN (RFC 7413) begins behind the SYN's own number.
        if header.flags.contains(.syn) { return 0 }
        let side = analyses[analysis][fromInitiator: fromInitiator]
        return header.sequenceNumber &- side.initialSequenceNumber &- 1
    }
}
