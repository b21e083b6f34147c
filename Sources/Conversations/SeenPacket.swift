public import PacketWire

/// One packet as the diagnosis needs it: who sent what to whom, when, and with which marks.
///
/// The bytes stay in the capture; `frame` finds them again.
public struct SeenPacket: Sendable, Hashable {
    /// What the packet is.
    public enum Kind: Sendable, Hashable {
        case tcp(TCPHeader, payloadLength: Int)
        case udp(payloadLength: Int)
        /// An ICMP error that quotes a packet of the conversation.
        case icmpError(ICMPError, mtu: UInt32?, quotedTimeToLive: UInt8)
        case echoRequest
        /// An ICMP echo reply.
        case echoReply
    }

    /// Number in the capture file, counted from 1.
    public var frame: Int
    public var at: Instant
    /// Relative to the conversation's initiator: true for packets that it sent.
    public var fromInitiator: Bool
    /// Who sent it; for an ICMP error that is whoever refuses.
    public var source: IPAddress
    public var timeToLive: UInt8
    public var identification: UInt32?
    public var kind: Kind
    /// A checksum in it is wrong, and not merely unfilled: no receiver takes it.
    public var isDamaged = false
    /// Of its fragments not all were seen together: where one is missing, whoever it is for gets nothing of it (RFC 791
    /// section 3.2, RFC 8200 section 4.5).
    public var isPartial = false
    /// It answers this conversation's SYN, by its number, and comes from another address or port than was asked; or it is
    /// the initiator's reset of such an answer.
    public var isFromStranger = false
    /// An ICMP error that quotes what the responder sent: it was the answer that somebody turned back.
    public var isAboutAnswer = false
    /// DSCP and ECN: RFC 2474, RFC 3168.
    public var trafficClass: UInt8 = 0
    /// What an ICMP error quotes, where whoever made this had the frame at hand.
    public var quote: PacketQuote? {
        get { quotation?.quote }
        set { quotation = newValue.map { Quotation($0) } }
    }
    /// Few packets quote another: the others should not carry room for it.
    private var quotation: Quotation?

    private final class Quotation: Sendable, Hashable {
        let quote: PacketQuote

        init(_ quote: PacketQuote) { self.quote = quote }

        static func == (a: Quotation, b: Quotation) -> Bool { a.quote == b.quote }

        func hash(into hasher: inout Hasher) { hasher.combine(quote) }
    }

    public init(
        frame: Int, at: Instant, fromInitiator: Bool, source: IPAddress, timeToLive: UInt8,
        identification: UInt32?, kind: Kind
    ) {
        self.frame = frame
        self.at = at
        self.fromInitiator = fromInitiator
        self.source = source
        self.timeToLive = timeToLive
        self.identification = identification
        self.kind = kind
        quotation = nil
    }

    /// The TCP header, where it is TCP.
    public var tcp: TCPHeader? {
        if case .tcp(let header, _) = kind { header } else { nil }
    }

    /// The error, where it is one.
    public var icmpError: ICMPError? {
        if case .icmpError(let error, _, _) = kind { error } else { nil }
    }

    /// What the other end sent, as it is taken by whom it is for.
    public var isAnswer: Bool { !fromInitiator && icmpError == nil && !isDamaged && !isPartial && !isFromStranger }

    public var payloadLength: Int {
        switch kind {
        case .tcp(_, let length), .udp(let length): length
        case .icmpError, .echoRequest, .echoReply: 0
        }
    }
}
