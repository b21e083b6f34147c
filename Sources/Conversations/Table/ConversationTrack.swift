import PacketWire

/// One conversation as the table keeps it: a value of fixed size without references. Its packets stand in the arena.
struct ConversationTrack: Sendable {
    /// What was seen of it, as far as telling it apart and letting it go needs.
    struct Events: OptionSet, Sendable {
        var rawValue: UInt16

        static let syn = Events(rawValue: 1)
        static let synAck = Events(rawValue: 2)
        /// An acknowledgement by the initiator, after the SYN-ACK.
        static let acknowledged = Events(rawValue: 4)
        static let finByInitiator = Events(rawValue: 8)
        static let finByResponder = Events(rawValue: 16)
        static let reset = Events(rawValue: 32)
        /// An ICMP error about it that ends an attempt.
        static let refused = Events(rawValue: 64)
        /// Datagrams to all who listen.
        static let toGroup = Events(rawValue: 128)
        static let dataByInitiator = Events(rawValue: 256)
        static let dataByResponder = Events(rawValue: 512)
        /// Something that a plain connection does not have: it is looked at packet by packet.
        static let odd = Events(rawValue: 1024)
        /// The responder itself sent something.
        static let answered = Events(rawValue: 2048)
        /// Another connection used the same ports before.
        static let reusedPorts = Events(rawValue: 4096)

        /// What the end says is read no further: it is known, or of no kind that is known.
        static let readInitiator = Events(rawValue: 8192)
        static let readResponder = Events(rawValue: 16_384)

        /// A packet of it is not stored in short.
        static let keptWhole = Events(rawValue: 32_768)

        static let closed: Events = [.finByInitiator, .finByResponder]
    }

    let subject: Conversation.Subject
    /// Counted from 1, in the order of the first packets; it stays when the conversation moves.
    let number: Int
    /// Of `NetworkNumbers`: it has addresses of its own.
    let network: UInt16
    /// In which its other direction travels, where that is another one; 0 for none.
    var otherNetwork: UInt16 = 0
    /// Of `CarrierNumbers`: what its first packet was in.
    var carrier: UInt16 = 0
    let firstSeen: Instant
    var lastSeen: Instant
    var sent = Conversation.Tally()
    var received = Conversation.Tally()
    var events: Events = []
    /// The sequence number of the latest SYN by which it is found.
    var openingNumber: UInt32 = 0
    var hasOpening = false
    /// Something that applications said in it came before its turn, and may wait for that.
    var mayWait = false
    /// Of the initiator's first packet that passed the tap, and of the responder's; 0 for none, which nobody sends.
    var initiatorTimeToLive: UInt8 = 0
    var responderTimeToLive: UInt8 = 0
    /// The latest segment of either direction, by what a copy of it shares, and when it came.
    private var latest: (there: UInt64, back: UInt64) = (0, 0)
    private var latestAt: (there: Instant, back: Instant) = (.zero, .zero)
    /// With which it passed the tap.
    private var latestTimeToLive: (there: UInt8, back: UInt8) = (0, 0)
    /// How often the initiator's latest segment came by again with fewer hops to live, and how often one did at most.
    private var returns: (latest: UInt8, most: UInt8) = (0, 0)
    /// When the latest datagram passed, in microseconds from the first packet.
    private var datagramAt: Int64 = 0
    /// Its kept packets so far.
    var shape = ConversationShape()
    var seen: ConversationShape.Seen
    /// Of a handshake without a repetition, in microseconds from the first packet; 0 where it was none.
    var answeredAfter: UInt32 = 0
    var acknowledgedAfter: UInt32 = 0
    /// Packets of it in the arena.
    var kept: UInt8 = 0
    var first = PacketArena.none
    var last = PacketArena.none
    /// Its place among the readers of applications, from the first payload that is recognised until nothing more is read.
    var reader = PacketArena.none
    /// Its place among what applications said, from then on.
    var application = PacketArena.none
    /// Its place among the analyses; TCP's have one.
    var analysis = PacketArena.none
    /// There is nothing to be told of what applications said, and so much the responder owed: see `ordinaryTalk(at:by:)`.
    var hasOrdinaryAnswer = false
    var owedLength: UInt32 = 0

    init(_ subject: Conversation.Subject, in network: UInt16, number: Int, at: Instant) {
        self.subject = subject
        self.network = network
        self.number = number
        firstSeen = at
        lastSeen = at
        seen = ConversationShape.Seen(previous: at)
    }

    /// The second packet of a handshake, or the third: how long they took, where nothing came in between.
    @inline(__always)
    mutating func noteHandshake(_ flags: TCPFlags, fromInitiator: Bool, at: Instant) {
        guard kept <= 2, kept > 0 else { return }
        let kind = flags.intersection([.syn, .ack, .fin, .rst])
        let after = UInt32(clamping: max(1, (at - firstSeen).nanoseconds / 1_000))
        if kept == 1, !fromInitiator, kind == [.syn, .ack], events.contains(.syn) {
            answeredAfter = after
        } else if kept == 2, fromInitiator, kind == .ack, answeredAfter > 0 {
            acknowledgedAfter = max(answeredAfter, after)
        }
    }

    /// Whether it goes the initiator's way (true), the other (false), or is another conversation's (nil).
    @inline(__always)
    func direction(of flow: Flow) -> Bool? {
        guard case .flow(let own) = subject, own.transport == flow.transport else { return nil }
        if own.source == flow.source, own.destination == flow.destination { return true }
        return own.source == flow.destination && own.destination == flow.source ? false : nil
    }

    /// Whether a further segment with these flags is worth its place.
    @inline(__always)
    func keeps(_ flags: TCPFlags) -> Bool {
        Int(kept)
            < (flags.isDisjoint(with: [.syn, .fin, .rst])
                ? Conversation.keptPlainPackets : Conversation.keptPackets)
    }

    @inline(__always)
    mutating func count(at: Instant, fromInitiator: Bool, bytes: Int) {
        if at > lastSeen { lastSeen = at }
        if fromInitiator {
            sent.packets &+= 1
            sent.bytes &+= bytes
        } else {
            received.packets &+= 1
            received.bytes &+= bytes
        }
    }

    /// No sender repeats a segment so soon, with the same checksum and the same identification.
    private static var duplicateWithin: TimeSpan { .milliseconds(1) }
    /// A router that must ask for the next hop's link address first passes a packet on so late. Who repeats a segment as
    /// it was waits longer (Linux 200 ms at the least), and starts with the same TTL again.
    private static var forwardedWithin: TimeSpan { .milliseconds(150) }

    /// Whether this is a copy of the segment before it, which it replaces.
    @inline(__always)
    mutating func isDuplicate(
        _ header: CompactTCPHeader, identification: UInt32, timeToLive: UInt8, at: Instant, fromInitiator: Bool
    ) -> Bool {
        let mark =
            (UInt64(header.sequenceNumber) << 32 | UInt64(header.acknowledgementNumber))
            ^ (UInt64(header.checksum) << 40 | UInt64(identification) << 16 | UInt64(header.flags.rawValue))
            ^ 0x9E37_79B9_7F4A_7C15
        let (known, when) = fromInitiator ? (latest.there, latestAt.there) : (latest.back, latestAt.back)
        if known == mark,
            isCopy(after: at - when, timeToLive, fromInitiator: fromInitiator, isNumbered: identification != 0)
        {
            if fromInitiator, timeToLive < latestTimeToLive.there { noteReturn(timeToLive, at: at) }
            return true
        }
        if fromInitiator {
            (latest.there, latestAt.there, latestTimeToLive.there) = (mark, at, timeToLive)
            returns.latest = 0
        } else {
            (latest.back, latestAt.back, latestTimeToLive.back) = (mark, at, timeToLive)
        }
        return false
    }

    private mutating func noteReturn(_ timeToLive: UInt8, at: Instant) {
        (latestAt.there, latestTimeToLive.there) = (at, timeToLive)
        returns.latest = min(returns.latest, .max - 1) + 1
        returns.most = max(returns.most, returns.latest)
    }

    /// More than the routers that any one capture stands at: it runs in a circle. Nil for what does not.
    var circles: Int? { returns.most >= 6 ? Int(returns.most) : nil }

    /// The same of a datagram, in the places that `noteDatagram` leaves.
    mutating func isDuplicate(
        _ header: UDPHeader, length: Int, identification: UInt32, timeToLive: UInt8, at: Instant, fromInitiator: Bool
    ) -> Bool {
        let mark =
            (UInt64(header.checksum) << 48 | UInt64(truncatingIfNeeded: length) << 32 | UInt64(identification))
            ^ (fromInitiator ? 0x9E37_79B9_7F4A_7C15 : 0xD6E8_FEB8_6659_FD93)
        let now = (at - firstSeen).nanoseconds / 1_000
        let span = now &- datagramAt
        if latest.back == mark,
            isCopy(
                after: TimeSpan(nanoseconds: span.multipliedReportingOverflow(by: 1_000).partialValue), timeToLive,
                fromInitiator: fromInitiator, isNumbered: identification != 0)
        {
            return true
        }
        latest.back = mark
        datagramAt = now
        if fromInitiator { latestTimeToLive.there = timeToLive } else { latestTimeToLive.back = timeToLive }
        return false
    }

    /// Whether what is the same in all but its TTL is the same packet. An identification of zero says nothing (RFC 6864
    /// section 4.1), and IPv6 has none: there, two equal answers to two SYNs look the same, and only routers that one
    /// of the two has passed and the other has not tell.
    ///
    /// - Parameter span: between the two, in the order of the file, which need not be that of time.
    @inline(__always)
    private func isCopy(
        after span: TimeSpan, _ timeToLive: UInt8, fromInitiator: Bool, isNumbered: Bool
    ) -> Bool {
        let before = fromInitiator ? latestTimeToLive.there : latestTimeToLive.back
        let length = span.nanoseconds.magnitude
        if length < Self.duplicateWithin.nanoseconds.magnitude { return isNumbered || timeToLive != before }
        guard length < Self.forwardedWithin.nanoseconds.magnitude else { return false }
        return span > .zero ? timeToLive < before : timeToLive > before
    }

    /// What the initiator said since the responder was last heard, in places that segments need for their copies and
    /// datagrams do not.
    mutating func noteDatagram(fromInitiator: Bool, at: Instant) {
        if !fromInitiator {
            latest.there = 0
            latestAt.back = at
        } else {
            if latest.there == 0 { latestAt.there = at }
            latest.there &+= 1
        }
    }

    /// Of datagrams only.
    var unheard: (count: Int, first: Instant, heard: Instant) {
        (Int(truncatingIfNeeded: latest.there), latestAt.there, latestAt.back)
    }

    /// A packet that one end sent itself: an ICMP error is none.
    @inline(__always)
    mutating func note(timeToLive: UInt8, fromInitiator: Bool) {
        if fromInitiator {
            if initiatorTimeToLive == 0 { initiatorTimeToLive = timeToLive }
        } else {
            if responderTimeToLive == 0 { responderTimeToLive = timeToLive }
            events.insert(.answered)
        }
    }

    /// What a segment does to the connection.
    @inline(__always)
    mutating func note(_ flags: TCPFlags, payloadLength: Int, fromInitiator: Bool) {
        if payloadLength > 0, !flags.contains(.rst) {
            events.insert(fromInitiator ? .dataByInitiator : .dataByResponder)
        }
        if flags == .ack || flags == [.ack, .psh] {
            if fromInitiator, events.contains(.synAck) { events.insert(.acknowledged) }
            return
        }
        if flags.contains(.syn) {
            let event: Events = flags.contains(.ack) ? .synAck : .syn
            if (event == .syn) != fromInitiator { events.insert(.odd) }
            events.insert(event)
        } else if fromInitiator, events.contains(.synAck), flags.contains(.ack) {
            events.insert(.acknowledged)
        }
        if flags.contains(.fin) { events.insert(fromInitiator ? .finByInitiator : .finByResponder) }
        if flags.contains(.rst) { events.insert(.reset) }
    }
}
