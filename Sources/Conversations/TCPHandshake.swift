internal import PacketWire

/// The opening of one TCP connection as the wire showed it: RFC 9293 section 3.5, read from outside.
///
/// Indices point into the packets it was made from.
public struct TCPHandshake: Sendable, Hashable {
    /// The initiator's SYNs, retransmissions included.
    public var syns: [SeenPacket] = []
    /// SYN-ACKs that acknowledge exactly the initiator's SYN.
    public var synAcks: [SeenPacket] = []
    /// SYN-ACKs with another acknowledgement number: a stale or forged answer that no stack accepts.
    public var strayAnswers: [SeenPacket] = []
    /// Answers whose checksum is wrong: the initiator's machine drops them unread.
    public var damagedAnswers: [SeenPacket] = []
    /// Bare ACKs in answer to the SYN, with a number of an older connection: the far end, or something with a state
    /// table, believes that one still lives (RFC 5961 section 4, challenge ACK).
    public var challenges: [SeenPacket] = []
    /// SYNs of the responder that acknowledge nothing: a simultaneous open, or what looks like one.
    public var crossingSYNs: [SeenPacket] = []
    /// SYN-ACKs for this SYN from another address or port, which no stack takes, and the initiator's resets of them.
    public var strangers: [SeenPacket] = []
    /// The initiator's first ACK after a SYN-ACK.
    public var acknowledgement: SeenPacket?
    /// The initiator's first ACK where no SYN-ACK was seen at all: it had got one, so the capture lacks it.
    public var acknowledgementOfUnseen: SeenPacket?
    /// Resets from the responder's address that answer the SYN (before any SYN-ACK was accepted).
    public var refusals: [SeenPacket] = []
    /// Resets from the responder's address whose acknowledgement number no stack accepts in SYN-SENT.
    public var strayResets: [SeenPacket] = []
    /// Resets from the responder's address after the handshake.
    public var resets: [SeenPacket] = []
    /// FINs from the responder.
    public var fins: [SeenPacket] = []
    /// ICMP errors that quote the initiator's packets, time exceeded included.
    public var icmpErrors: [SeenPacket] = []
    /// ICMP errors that quote the responder's.
    public var errorsOfAnswers: [SeenPacket] = []
    /// SYNs that the initiator sent again after a good SYN-ACK had been seen.
    public var synsAfterAnswer = 0
    /// Bytes of payload that the responder sent.
    public var responderBytes = 0
    /// A reset or FIN from the initiator.
    public var initiatorClosed: SeenPacket?
    /// The initiator's first segment, where it is one of an open connection and nothing of an opening came before it.
    public var earlierThere: SeenPacket?
    /// The same of the responder.
    public var earlierBack: SeenPacket?

    public init(_ packets: [SeenPacket]) {
        for packet in packets { add(packet) }
    }

    private mutating func add(_ packet: SeenPacket) {
        if packet.icmpError != nil {
            if packet.isAboutAnswer { errorsOfAnswers.append(packet) } else { icmpErrors.append(packet) }
        }
        guard let header = packet.tcp else { return }
        guard !packet.isFromStranger else { return strangers.append(packet) }
        noteEarlier(packet, header.flags)
        if packet.fromInitiator {
            if !damagedAnswers.isEmpty, synAcks.isEmpty { noteTaken(by: header) }
            // One that acknowledges is the answer to a SYN that crossed its own: RFC 9293 section 3.5, figure 8.
            if header.flags.intersection([.syn, .ack]) == .syn {
                if !synAcks.isEmpty { synsAfterAnswer += 1 }
                syns.append(packet)
            } else if header.flags.contains(.ack), acknowledgement == nil, !synAcks.isEmpty,
                !header.flags.contains(.rst)
            {
                acknowledgement = packet
            } else if acknowledgementOfUnseen == nil, synAcks.isEmpty, isFirstBehindSYN(header) {
                acknowledgementOfUnseen = packet
            }
            if header.flags.contains(.rst) || header.flags.contains(.fin), initiatorClosed == nil {
                initiatorClosed = packet
            }
        } else {
            addAnswer(packet, header)
        }
    }

    /// What the initiator acknowledges was whole when it arrived: the capture only saw it otherwise.
    private mutating func noteTaken(by header: TCPHeader) {
        guard header.flags.intersection([.syn, .ack, .rst]) == .ack else { return }
        let isTaken = { (answer: SeenPacket) in
            answer.tcp.map {
                $0.flags.isSuperset(of: [.syn, .ack]) && $0.sequenceNumber &+ 1 == header.acknowledgementNumber
            } ?? false
        }
        synAcks = damagedAnswers.filter(isTaken)
        damagedAnswers.removeAll(where: isTaken)
    }

    private mutating func addAnswer(_ packet: SeenPacket, _ header: TCPHeader) {
        guard !packet.isDamaged else { return damagedAnswers.append(packet) }
        responderBytes += packet.payloadLength
        if header.flags.contains(.rst) {
            if acknowledgement != nil || beganEarlier {
                resets.append(packet)
            } else if acknowledgesSYN(header) || (!header.flags.contains(.ack) && !synAcks.isEmpty) {
                refusals.append(packet)
            } else {
                strayResets.append(packet)
            }
        } else if header.flags.contains(.syn), header.flags.contains(.ack) {
            if acknowledgesSYN(header) { synAcks.append(packet) } else { strayAnswers.append(packet) }
        } else if header.flags.contains(.syn) {
            crossingSYNs.append(packet)
        } else if header.flags.contains(.ack), synAcks.isEmpty, !syns.isEmpty, packet.payloadLength == 0,
            !header.flags.contains(.fin)
        {
            challenges.append(packet)
        }
        if header.flags.contains(.fin) { fins.append(packet) }
    }

    /// A segment that only an open connection has, before any SYN.
    private mutating func noteEarlier(_ packet: SeenPacket, _ flags: TCPFlags) {
        guard flags.intersection([.syn, .ack, .rst]) == .ack, syns.isEmpty, synAcks.isEmpty, strayAnswers.isEmpty,
            !packet.isDamaged
        else { return }
        if packet.fromInitiator {
            if case nil = earlierThere { earlierThere = packet }
        } else if case nil = earlierBack {
            earlierBack = packet
        }
    }

    /// The connection was open already, and its opening was before the capture, or is not in it.
    public var beganEarlier: Bool {
        syns.isEmpty && synAcks.isEmpty && (earlierThere != nil || earlierBack != nil)
    }

    /// An acknowledgement that continues the SYN, and is none of a reset.
    private func isFirstBehindSYN(_ header: TCPHeader) -> Bool {
        guard header.flags.intersection([.ack, .rst, .syn]) == .ack, let syn = syns.first?.tcp else { return false }
        return header.sequenceNumber == syn.sequenceNumber &+ 1 && strayAnswers.isEmpty && refusals.isEmpty
    }

    /// SEG.ACK acceptable in SYN-SENT: the SYN's number plus one, and up to its data (fast open).
    private func acknowledgesSYN(_ header: TCPHeader) -> Bool {
        guard header.flags.contains(.ack) else { return false }
        return syns.contains { syn in
            guard let sent = syn.tcp else { return false }
            let distance = header.acknowledgementNumber &- sent.sequenceNumber
            return distance >= 1 && distance <= 1 &+ UInt32(clamping: syn.payloadLength)
        } || syns.isEmpty
    }

    /// Both ends have what they need.
    public var isEstablished: Bool { !synAcks.isEmpty && acknowledgement != nil }
}
