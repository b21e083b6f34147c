/// What the kernel says of a TCP connection: struct tcp_info of include/uapi/linux/tcp.h, read by offset, because
/// libc's copy of the structure is older and shorter than the kernel's.
public struct TCPInfo: Sendable, Hashable {
    /// include/net/tcp_states.h: 1 established, 2 SYN-SENT, 7 closed.
    public var state: UInt8
    public var retransmits: UInt8
    public var sendMaximumSegmentSize: UInt32
    /// Every segment bears timestamps: twelve bytes that are not part of that size.
    public var hasTimestamps: Bool
    /// Segments that left and were not acknowledged.
    public var unacknowledged: UInt32
    /// Bytes that did not leave yet: the window is full, or something here stops them.
    public var notSent: UInt32
    public var roundTripMicroseconds: UInt32
    public var totalRetransmissions: UInt32
    /// How often in a row the far end was asked whether it is there, without an answer (keep-alive).
    public var unansweredProbes: UInt8
    /// How long ago the last acknowledgement came, in milliseconds.
    public var lastAcknowledgement: UInt32
    /// What the far end offers to take, in bytes; nil where the kernel does not tell (Linux before 5.4).
    public var sendWindow: UInt32?
    /// Segments that came before what they follow; 0 where the kernel does not tell (Linux before 5.4).
    public var outOfOrder: UInt32

    /// The kernel may give fewer bytes than asked for: nil where even the oldest fields are missing.
    public init?(_ bytes: [UInt8]) {
        func word(_ offset: Int) -> UInt32 {
            guard offset + 4 <= bytes.count else { return 0 }
            let value = bytes[offset..<offset + 4].reversed().reduce(0) { UInt32($0) << 8 | UInt32($1) }
            return UInt32(littleEndian: value.littleEndian)
        }
        guard bytes.count >= 72 else { return nil }
        state = bytes[0]
        retransmits = bytes[2]
        sendMaximumSegmentSize = word(16)
        hasTimestamps = bytes[5] & 1 != 0
        unacknowledged = word(24)
        notSent = word(144)
        roundTripMicroseconds = word(68)
        totalRetransmissions = word(100)
        unansweredProbes = bytes[3]
        lastAcknowledgement = word(56)
        outOfOrder = word(224)
        sendWindow = bytes.count >= 232 ? word(228) : nil
    }

    /// Where the system tells the state and nothing else.
    init(state: UInt8) {
        self.state = state
        retransmits = 0
        sendMaximumSegmentSize = 0
        hasTimestamps = false
        unacknowledged = 0
        notSent = 0
        roundTripMicroseconds = 0
        totalRetransmissions = 0
        unansweredProbes = 0
        lastAcknowledgement = 0
        sendWindow = nil
        outOfOrder = 0
    }

    public var isEstablishedOrLater: Bool {
        state == 1 || (4...6).contains(state) || state == 8 || state == 9 || state == 11
    }
    public var isClosed: Bool { state == 7 }
    /// There is something to send, the far end would take it, and nothing is on its way: what this machine's own filters
    /// refuse counts as not sent (net/ipv4/tcp_output.c, tcp_write_xmit), also when a rule answers with a reset.
    public var isHeldBack: Bool { notSent > 0 && unacknowledged == 0 && sendWindow ?? 0 > 0 }
    /// The same bytes left again and again (RFC 6298: after 200, 600 and 1,400 ms on Linux), and no acknowledgement came.
    public var isUnacknowledged: Bool { unacknowledged > 0 && retransmits >= 3 }
    /// The first bytes that the far end said are missing, and only later ones came: its repetitions of the first (200, 600
    /// and 1,400 ms) did not arrive.
    ///
    /// - Parameter delivered: bytes that were read from the socket.
    public func lacksFirstBytes(delivered: Int) -> Bool {
        delivered == 0 && outOfOrder > 0 && lastAcknowledgement >= 1_500
    }
    /// Our FIN has been acknowledged: FIN-WAIT-2, TIME-WAIT, or the connection is over. Not FIN-WAIT-1, LAST-ACK and
    /// CLOSING, which wait for that.
    public var isEndAcknowledged: Bool { state == 5 || state == 6 || state == 7 }
}
