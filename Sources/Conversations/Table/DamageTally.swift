public import PacketWire

/// Packets that no host takes, because a checksum in them is wrong: RFC 1122 section 3.2.1.2, RFC 9293 section 3.1.
///
/// Whether a wrong checksum is damage is told by how rare it is. A network card or a driver may fill in what the capture
/// does not see yet, and whoever hides addresses in a capture rarely computes checksums anew: there, nearly all packets
/// of a sender, or of the whole capture, have wrong ones, and their receivers took them all the same.
struct DamageTally: Sendable {
    /// Of how many senders and hosts is remembered that there was one.
    private static let mostRemembered = 16_384
    /// Of one host. Where there were as many, any of what it said may be missing.
    private static let mostMarks = 1_024
    /// Of all of them. Where there were as many, nobody knows what is missing.
    private static let mostMarksInAll = 262_144
    /// What was damaged so long before or behind a conversation has nothing to do with it.
    private static let near = TimeSpan.seconds(1)
    /// Of so many senders is looked up what they sent before, and so much of it counts.
    private static let mostLookedUp = 64
    private static let mostBefore = 16
    /// A receiving network card may have put segments together, and leaves the checksum of the first (LRO).
    private static let longestWhole = 1_500

    private struct Counts: Sendable {
        var wrong = 0
        var sound = 0

        /// One more wrong one is an exception.
        var isRare: Bool { wrong <= sound }
    }

    /// Packets that were taken for damaged, and the first of them.
    private(set) var count = 0
    private(set) var firstFrame = 0
    private var all = Counts()
    /// Any checksum was seen before. The first of a capture, if it is wrong, tells nothing: where addresses were changed, all
    /// are, and with it the connection's beginning would be lost.
    private var hasBegun = false
    /// Of those of whom a wrong one was seen.
    private var senders: [IPAddress: Counts] = [:]
    /// By each of the two hosts that it was between, as far as can be told.
    private var marks: [IPAddress: [Mark]] = [:]
    private var markCount = 0
    /// By the conversation's number.
    private var words: [Int: DamagedWords] = [:]
    private var lookedUp = 0
    /// Senders whose checksums a card is to fill in; the latest of them.
    private var unfilled: Set<IPAddress> = []
    private var latestUnfilled: IPAddress?

    private struct Mark: Sendable {
        var at: Instant
        /// Nil where the packet is of no conversation that is known: then one of its addresses may be wrong.
        var other: IPAddress?
    }

    /// A wrong one was seen, damage or not: which it is hangs on all the others.
    var hasWrong: Bool { all.wrong > 0 }

    /// Takes note of one packet's checksums.
    ///
    /// - Returns: whether it is damaged, and not only not filled in.
    mutating func isDamaged(_ packet: Packet, _ checksums: ChecksumReport) -> Bool {
        guard checksums.isWrong, packet.transportLengthOnWire <= Self.longestWhole else {
            guard checksums.transport == .valid || checksums.transport == .partial else { return false }
            if checksums.transport == .valid, let source = packet.source {
                noteSound(from: source)
            } else {
                // What the card is still to fill in was not seen to be right.
                hasBegun = true
                noteUnfilled(packet.source)
            }
            return false
        }
        guard let source = packet.source else { return false }
        defer { hasBegun = true }
        // Whoever answers an opening is mostly not heard of otherwise, and was not seen to be understood.
        let isRare = hasBegun && all.isRare && (packet.answersOpening || senders[source, default: Counts()].isRare)
        all.wrong &+= 1
        if senders.count < Self.mostRemembered || senders[source] != nil {
            senders[source, default: Counts()].wrong &+= 1
        }
        return isRare
    }

    private mutating func noteUnfilled(_ source: IPAddress?) {
        guard let source, source != latestUnfilled else { return }
        latestUnfilled = source
        if unfilled.count < Self.mostRemembered { unfilled.insert(source) }
    }

    /// Nothing wrong was seen of this sender, so that what it sent before was right as far as it was looked at: whether to count
    /// that.
    func wantsCount(of source: IPAddress) -> Bool {
        senders[source] == nil && lookedUp < Self.mostLookedUp && !unfilled.contains(source)
    }

    /// Takes note of what a sender sent before its first wrong one.
    mutating func noteBefore(_ source: IPAddress, _ packets: Int) {
        lookedUp += 1
        senders[source] = Counts(sound: min(packets, Self.mostBefore))
    }

    /// Takes note of a packet whose checksums are right.
    @inline(__always)
    mutating func noteSound(from source: IPAddress) {
        hasBegun = true
        all.sound &+= 1
        if !senders.isEmpty { senders[source]?.sound &+= 1 }
    }

    /// - Parameter isPlaced: it belongs to a conversation that is known.
    mutating func note(frame: Int, at: Instant, between a: IPAddress, and b: IPAddress, isPlaced: Bool) {
        if count == 0 { firstFrame = frame }
        count &+= 1
        for (host, other) in [(a, b), (b, a)] where marks.count < Self.mostRemembered || marks[host] != nil {
            guard marks[host, default: []].count < Self.mostMarks, markCount < Self.mostMarksInAll else { continue }
            marks[host, default: []].append(Mark(at: at, other: isPlaced ? other : nil))
            markCount += 1
        }
    }

    /// Words of a conversation that came by damaged.
    mutating func note(_ packet: SeenPacket, of conversation: Int) {
        guard packet.payloadLength > 0, words.count < Self.mostRemembered || words[conversation] != nil else { return }
        words[conversation, default: DamagedWords()].add(packet)
    }

    func words(of conversation: Int) -> DamagedWords? { words.isEmpty ? nil : words[conversation] }

    /// Something that these two may have said to each other in that time came by damaged, and is missing.
    func concerns(_ a: IPAddress, _ b: IPAddress, from first: Instant, to last: Instant) -> Bool {
        guard markCount > 0 else { return false }
        guard markCount < Self.mostMarksInAll else { return true }
        let (first, last) = (first + TimeSpan(nanoseconds: 0 &- Self.near.nanoseconds), last + Self.near)
        return [(a, b), (b, a)].contains { host, peer in
            guard let marks = marks[host] else { return false }
            return marks.count == Self.mostMarks
                || marks.contains { $0.at >= first && $0.at <= last && ($0.other == nil || $0.other == peer) }
        }
    }
}

extension Packet {
    /// SYN-ACK or RST-ACK.
    fileprivate var answersOpening: Bool {
        tcpFlags.map { $0.contains(.ack) && !$0.isDisjoint(with: [.syn, .rst]) } ?? false
    }
}

extension ConversationTable {
    /// Packets that nobody takes, since a checksum in them is wrong; and the first one's number, 0 for none.
    public var damaged: (packets: Int, firstFrame: Int) { (damage.count, damage.firstFrame) }
    /// A wrong checksum was seen: whether that is damage, only the whole capture tells.
    public var hasWrongChecksums: Bool { damage.hasWrong }

    /// Something that these two may have said to each other in that time came by damaged: what is missing may have been
    /// in that.
    public func isDamaged(between a: IPAddress, and b: IPAddress, from first: Instant, to last: Instant) -> Bool {
        damage.concerns(a, b, from: first, to: last)
    }

    /// Whether a packet is damaged: see `DamageTally`.
    @inline(__always)
    mutating func isDamaged(_ packet: Packet, _ checksums: ChecksumReport) -> Bool {
        if checksums.isWrong { lookUpSender(of: packet) }
        return damage.isDamaged(packet, checksums)
    }

    /// Whoever was right until now is right as a rule: packets that are wrong are held against those before them, too.
    @inline(never)
    private mutating func lookUpSender(of packet: Packet) {
        guard let source = packet.source, damage.wantsCount(of: source) else { return }
        var packets = 0
        for track in tracks {
            if track.subject.initiator == source { packets &+= track.sent.packets }
            if track.subject.responder == source { packets &+= track.received.packets }
        }
        damage.noteBefore(source, packets)
    }

    /// What came by damaged in a conversation; nil for nothing.
    public func damagedWords(at position: Int) -> DamagedWords? { damage.words(of: tracks[position].number) }

    /// A packet that is no evidence of who did what. What answers an opening is kept with it, for that tells why nobody
    /// took it; nothing begins with such a packet.
    @inline(never)
    mutating func noteDamaged(
        _ packet: Packet, frame: Int, at: Instant, _ quote: PacketQuote?, in network: UInt16
    ) -> Int? {
        guard case (let subject, var seen)? = classify(packet, frame: frame, at: at, quote, in: network),
            let position = position(of: subject, in: network)
        else {
            if let source = packet.source, let destination = packet.destination {
                damage.note(frame: frame, at: at, between: source, and: destination, isPlaced: false)
            }
            return nil
        }
        damage.note(frame: frame, at: at, between: subject.initiator, and: subject.responder, isPlaced: true)
        seen.isDamaged = true
        damage.note(seen, of: tracks[position].number)
        let isTold = !seen.fromInitiator && seen.tcp.map { $0.flags.hasSYNOrRST } ?? (seen.icmpError == nil)
        note(untaken: seen, bytes: packet.originalLength, isKept: isTold, at: position)
        return nil
    }
}

/// Words of one conversation that no host takes, for their checksums are wrong.
public struct DamagedWords: Sendable, Hashable {
    /// Of one end's.
    public struct Side: Sendable, Hashable {
        public private(set) var count = 0
        /// The first ones.
        public private(set) var frames: [Int] = []
        /// Of the first segment; nil in a datagram.
        public private(set) var sequenceNumber: UInt32?
        public private(set) var firstAt = Instant.zero
        public private(set) var lastAt = Instant.zero

        private static let named = 8

        fileprivate mutating func add(_ packet: SeenPacket) {
            if count == 0 { (sequenceNumber, firstAt) = (packet.tcp?.sequenceNumber, packet.at) }
            if count < Self.named { frames.append(packet.frame) }
            count += 1
            lastAt = packet.at
        }
    }

    public private(set) var ofInitiator = Side()
    public private(set) var ofResponder = Side()

    fileprivate mutating func add(_ packet: SeenPacket) {
        if packet.fromInitiator { ofInitiator.add(packet) } else { ofResponder.add(packet) }
    }
}
