public import PacketWire

/// Sorts packets into conversations: the initiator's direction is found once, ICMP errors are filed with the
/// packet that they quote, address resolution is kept by the address that was asked for.
///
/// Bounded: past `capacity` conversations new ones are counted and not kept. Whoever reads more than that takes out
/// what has ended (`ConversationTable+Release.swift`).
public struct ConversationTable: Sendable {
    /// Address resolution by the address that was asked for.
    public internal(set) var neighbors: [IPAddress: NeighborExchange] = [:]
    /// What a clock showed at the first packet, in nanoseconds since 1970; nil where that is not known.
    public var beganAt: Int64?
    /// Packets of conversations that the capacity had no room for.
    public internal(set) var overflow = 0
    /// Copies of packets that the capture made: a mirror port that sees both sides of a switch, the `any` device.
    public internal(set) var duplicates = 0
    /// Errors that quote a segment of no conversation that is held, as addresses and ports go.
    public internal(set) var unplacedQuotes = 0
    /// Packets that belong to no conversation: other protocols, fragments, what could not be decoded.
    public internal(set) var unassigned = 0

    var tracks: [ConversationTrack] = []
    var analyses = Places<TCPAnalysis>()
    /// What applications said in conversations of which no more is read, and the readers of all others.
    var applications = Places<ApplicationExchange>()
    var readers = Places<ApplicationReader>()
    var arena = PacketArena()
    /// Where each subject's latest conversation stands.
    var index = PositionIndex()
    /// Where the SYN with this initial sequence number was filed: several connections may use one pair of ports in
    /// turn, and an ICMP error may quote ports that somebody rewrote.
    var openings = PositionIndex()
    let hash: FlowHash
    /// Datagrams of one flow that were sent to die on the way: each is a conversation of its own.
    var ladders: [Conversation.Subject: SharedFlow] = [:]
    /// Networks with addresses of their own: equal addresses in two of them are two hosts.
    var networks = NetworkNumbers()
    /// What conversations travelled in.
    var carriers = CarrierNumbers()
    var damage = DamageTally()
    var early = EarlySegments()
    /// How many are kept. Stored, so that whoever asks at every packet needs no more of the table.
    public internal(set) var count = 0
    /// Conversations so far, those included that were taken out.
    public internal(set) var total = 0
    let capacity: Int
    let analyzesSegments: Bool

    /// - Parameter seed: mixed into the hashes; what is filed where does not depend on it.
    /// - Parameter analyzesSegments: TCP is judged segment by segment, too.
    public init(
        capacity: Int = 200_000, analyzesSegments: Bool = true, seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.capacity = capacity
        self.analyzesSegments = analyzesSegments
        hash = FlowHash(seed: seed)
    }

    /// Makes room for so many at once. What is not used of it costs nothing, and moving what has grown does.
    public mutating func reserveCapacity(_ count: Int) {
        tracks.reserveCapacity(count)
        if analyzesSegments { analyses.reserveCapacity(count) }
        applications.reserveCapacity(count)
        readers.reserveCapacity(count)
    }

    /// The conversations that are kept, in the order of their first packets.
    public var conversations: ConversationList { ConversationList(table: self) }

    /// Files one packet. Returns the conversation's index, or nil for a packet that belongs to none.
    ///
    /// - Parameter quote: what it quotes, where it is an ICMP error.
    /// - Parameter identifier: how its payload begins, where it is a datagram.
    /// - Parameter isComplete: no fragment of it is missing.
    /// - Parameter checksums: whether they are right; asked for where the packet would be evidence of something.
    @discardableResult
    @inline(__always)
    public mutating func observe(
        _ packet: Packet, frame: Int, at: Instant, quote: PacketQuote? = nil, identifier: UInt16? = nil,
        isComplete: Bool = true,
        checksums: () -> ChecksumReport = { ChecksumReport(ipv4Header: nil, transport: nil) }
    ) -> Int? {
        let network = network(of: packet, at: at)
        if !isComplete, notePartial(packet, frame: frame, at: at, in: network) { return nil }
        if let segment = SegmentOutline(packet) {
            return file(segment, packet, frame: frame, at: at, in: network, checksums)
        }
        if isAddressResolution(packet, frame: frame, in: network) { return nil }
        if isDamaged(packet, checksums()) {
            return noteDamaged(packet, frame: frame, at: at, quote, in: network)
        }
        return file(packet, frame: frame, at: at, quote, identifier, in: network)
    }

    /// The same of a segment of TCP, of which there is no more to be said: nearly all packets are such.
    public mutating func observe(
        segment packet: Packet, frame: Int, at: Instant, checksums: () -> ChecksumReport
    ) -> Int? {
        guard let segment = SegmentOutline(packet) else { return nil }
        return file(segment, packet, frame: frame, at: at, in: network(of: packet, at: at), checksums)
    }

    /// Nearly every segment neither opens nor resets a connection.
    @inline(__always)
    private mutating func file(
        _ segment: SegmentOutline, _ packet: Packet, frame: Int, at: Instant, in network: UInt16,
        _ checksums: () -> ChecksumReport
    ) -> Int? {
        let flags = segment.header.flags
        if !flags.hasSYNOrRST, let (position, fromInitiator) = position(of: segment.flow, in: network) {
            if tracks[position].keeps(flags), isDamaged(packet, checksums()) {
                return noteDamaged(packet, frame: frame, at: at, nil, in: network)
            }
            take(segment, frame: frame, at: at, fromInitiator: fromInitiator, position) {
                SeenPacket(packet, frame: frame, at: at, fromInitiator: fromInitiator)
            }
            return position
        }
        if isDamaged(packet, checksums()) {
            return noteDamaged(packet, frame: frame, at: at, nil, in: network)
        }
        return open(segment, packet, frame: frame, at: at, in: network)
    }

    @inline(never)
    private mutating func open(
        _ segment: SegmentOutline, _ packet: Packet, frame: Int, at: Instant, in network: UInt16
    ) -> Int? {
        open(segment, frame: frame, at: at, in: network) {
            SeenPacket(packet, frame: frame, at: at, fromInitiator: $0)
        }
    }

    @inline(__always)
    private mutating func network(of packet: Packet, at: Instant) -> UInt16 {
        let network = networks.number(packet.encapsulations)
        return network == 0 ? 0 : home(of: packet, at: at, in: network)
    }

    /// Files a packet that opens, ends, refuses or quotes, or is no segment.
    @inline(never)
    private mutating func file(
        _ packet: Packet, frame: Int, at: Instant, _ quote: PacketQuote?, _ identifier: UInt16?, in network: UInt16
    ) -> Int? {
        guard case (let subject, let seen)? = classify(packet, frame: frame, at: at, quote, in: network) else {
            unassigned &+= 1
            return nil
        }
        guard
            let position = opening(quotedBy: packet, seen, subject, in: network)
                ?? rung(of: seen, subject, packet, identifier)
                ?? position(of: subject, for: seen, packet, in: network)
        else { return nil }
        // Ladders are the probe's own, and no probe sends from inside a tunnel that it is captured outside of.
        if network == 0 { note(seen, subject, packet, identifier, at: position) }
        append(seen, packet, to: position)
        return position
    }

    // MARK: Segments

    /// Puts a segment to its conversation.
    ///
    /// - Parameter whole: asked where it cannot be stored in short.
    @inline(__always)
    mutating func take(
        _ outline: SegmentOutline, frame: Int, at: Instant, fromInitiator: Bool, _ position: Int,
        whole: () -> SeenPacket?
    ) {
        let isCopy = tracks[position].note(outline, at: at, fromInitiator: fromInitiator)
        if isCopy { duplicates &+= 1 }
        let analysis = tracks[position].analysis
        if analysis != PacketArena.none {
            var segment = TCPSegment(outline, frame: frame, at: at, fromInitiator: fromInitiator)
            segment.isCopy = isCopy
            analyses[analysis].observe(segment)
        }
        guard !isCopy, tracks[position].keeps(outline.header.flags) else { return }
        let last = tracks[position].last
        let place: UInt32
        if let stored = StoredPacket(outline, frame: frame, at: at, fromInitiator: fromInitiator) {
            place = arena.append(stored, behind: last)
        } else {
            guard let seen = whole() else { return }
            tracks[position].events.insert(.keptWhole)
            place = arena.append(whole: seen, behind: last)
        }
        tracks[position].keep(outline, at: at, fromInitiator: fromInitiator, in: place)
    }

    // MARK: All others

    private mutating func isDuplicate(_ packet: Packet, at: Instant, fromInitiator: Bool, _ position: Int) -> Bool {
        guard let header = packet.udp else { return false }
        let isCopy = tracks[position].isDuplicate(
            header, length: packet.transportLengthOnWire, identification: packet.ipIdentification ?? 0,
            timeToLive: packet.timeToLive ?? 0, at: at, fromInitiator: fromInitiator)
        if isCopy { duplicates &+= 1 }
        return isCopy
    }

    /// Keeps a packet of any kind.
    mutating func keep(_ packet: SeenPacket, _ position: Int) {
        let last = tracks[position].last
        let place: UInt32
        if let stored = StoredPacket(packet, of: tracks[position].subject) {
            place = arena.append(stored, behind: last)
        } else {
            tracks[position].events.insert(.keptWhole)
            place = arena.append(whole: packet, behind: last)
        }
        tracks[position].keep(packet, in: place)
    }

    private mutating func append(_ seen: SeenPacket, _ packet: Packet, to position: Int) {
        tracks[position].count(at: seen.at, fromInitiator: seen.fromInitiator, bytes: packet.originalLength)
        if !seen.isFromStranger, isDuplicate(packet, at: seen.at, fromInitiator: seen.fromInitiator, position) {
            return
        }
        if seen.isFromStranger { tracks[position].events.insert(.odd) }
        if seen.icmpError == nil {
            tracks[position].note(timeToLive: seen.timeToLive, fromInitiator: seen.fromInitiator)
        }
        switch seen.kind {
        case .udp(let length):
            if length > 0 || !seen.fromInitiator {
                tracks[position].events.insert(seen.fromInitiator ? .dataByInitiator : .dataByResponder)
            }
            tracks[position].noteDatagram(fromInitiator: seen.fromInitiator, at: seen.at)
            if tracks[position].kept == 0, packet.isToGroup { tracks[position].events.insert(.toGroup) }
        case .icmpError(let error, _, _):
            if error.meaning == .packetTooBig {
                if tracks[position].analysis != PacketArena.none {
                    analyses[tracks[position].analysis].noteTooBig(
                        sentByInitiator: packet.destination == tracks[position].subject.initiator)
                }
            } else {
                tracks[position].events.insert(.refused)
            }
        case .tcp, .echoRequest, .echoReply: break
        }
        if Int(tracks[position].kept) < Conversation.keptPackets { keep(seen, position) }
    }

    // MARK: The indices

    func position(of subject: Conversation.Subject, in network: UInt16) -> Int? {
        index.first(hash(subject)) { tracks[$0].subject == subject && tracks[$0].network == network }
    }

    /// The latest conversation of a flow or, where there is none, of its reverse.
    @inline(__always)
    func position(of flow: Flow, in network: UInt16) -> (position: Int, fromInitiator: Bool)? {
        let known = positions(of: flow, in: network)
        if let forward = known.forward { return (forward, true) }
        return known.reverse.map { ($0, false) }
    }

    /// The latest conversations of a flow and of its reverse; of the latter only where it is not behind the former.
    @inline(__always)
    func positions(of flow: Flow, in network: UInt16) -> (forward: Int?, reverse: Int?) {
        var reverse: Int?
        let forward = index.first(hash(flow.transport, flow.source, flow.destination)) { position in
            guard tracks[position].network == network else { return false }
            switch tracks[position].direction(of: flow) {
            case true: return true
            case false:
                reverse = position
                return false
            case nil: return false
            }
        }
        return (forward, reverse)
    }

    @inline(__always)
    func opening(_ number: UInt32, in network: UInt16) -> Int? {
        openings.first(hash(number: number)) {
            tracks[$0].hasOpening && tracks[$0].openingNumber == number && tracks[$0].network == network
        }
    }

    mutating func noteOpening(_ number: UInt32, at position: Int) {
        let old = opening(number, in: tracks[position].network)
        if tracks[position].hasOpening, tracks[position].openingNumber == number, old == position { return }
        tracks[position].hasOpening = true
        tracks[position].openingNumber = number
        if let old, old != position {
            openings.move(hash(number: number), from: old, to: position)
        } else if old == nil {
            openings.insert(hash(number: number), position)
        }
    }

}
