/// What the analysis says of one segment. The first fifteen have Wireshark's names (`tcp.analysis.…`) and meaning;
/// those behind them are our own.
@frozen
public struct TCPMarks: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Data, SYN or FIN that was sent before, and none of the more exact kinds below.
    public static let retransmission = TCPMarks(rawValue: 1 << 0)
    /// Sent again because of duplicate acknowledgements, not of a timer: RFC 5681 section 3.2.
    public static let fastRetransmission = TCPMarks(rawValue: 1 << 1)
    /// Sent again although the other end had acknowledged it.
    public static let spuriousRetransmission = TCPMarks(rawValue: 1 << 2)
    /// Overtaken on the way: too soon behind its successors to be a repetition.
    public static let outOfOrder = TCPMarks(rawValue: 1 << 3)
    /// The same acknowledgement once more, without data: `duplicateACKNumber` counts them.
    public static let duplicateACK = TCPMarks(rawValue: 1 << 4)
    /// A gap before this segment: lost, or only not captured.
    public static let lostSegment = TCPMarks(rawValue: 1 << 5)
    /// Acknowledges what the capture did not see.
    public static let ackLostSegment = TCPMarks(rawValue: 1 << 6)
    /// RFC 9293 section 3.8.4: nothing, or one byte, from just before the next number.
    public static let keepAlive = TCPMarks(rawValue: 1 << 7)
    public static let keepAliveACK = TCPMarks(rawValue: 1 << 8)
    /// The data reaches exactly to the end of the window that the receiver offers.
    public static let windowFull = TCPMarks(rawValue: 1 << 9)
    /// The sender of this segment takes no more data.
    public static let zeroWindow = TCPMarks(rawValue: 1 << 10)
    /// RFC 9293 section 3.8.6.1: one byte into a closed window.
    public static let zeroWindowProbe = TCPMarks(rawValue: 1 << 11)
    public static let zeroWindowProbeACK = TCPMarks(rawValue: 1 << 12)
    /// Says nothing new but another window.
    public static let windowUpdate = TCPMarks(rawValue: 1 << 13)
    /// A SYN, or SYN-ACK, on addresses and ports that were used before.
    public static let reusedPorts = TCPMarks(rawValue: 1 << 14)

    /// Both ends sent a SYN without ACK: RFC 9293 section 3.5, figure 8.
    public static let simultaneousOpen = TCPMarks(rawValue: 1 << 16)
    /// RFC 5961: an acknowledgement that only asks the other end whether it means what it sent.
    public static let challengeACK = TCPMarks(rawValue: 1 << 17)
    /// A reset with exactly the number that its receiver expects: it ends the connection (RFC 5961 section 3.2).
    public static let resetExact = TCPMarks(rawValue: 1 << 18)
    /// A reset in the window beside the expected number: answered by a challenge, or believed by old systems.
    public static let resetInWindow = TCPMarks(rawValue: 1 << 19)
    /// A reset whose numbers fit nothing that was seen: the receiver drops it. Guessed, or of another connection.
    public static let resetBlind = TCPMarks(rawValue: 1 << 20)

    /// The marks that mean that data was sent twice.
    public static let anyRetransmission: TCPMarks = [.retransmission, .fastRetransmission, .spuriousRetransmission]
    public static let wireshark = TCPMarks(rawValue: 0x7FFF)

    /// Wireshark's field names without `tcp.analysis.`, and ours in the same manner.
    public static let names: [(mark: TCPMarks, name: String)] = [
        (.retransmission, "retransmission"), (.fastRetransmission, "fast_retransmission"),
        (.spuriousRetransmission, "spurious_retransmission"), (.outOfOrder, "out_of_order"),
        (.duplicateACK, "duplicate_ack"), (.lostSegment, "lost_segment"), (.ackLostSegment, "ack_lost_segment"),
        (.keepAlive, "keep_alive"), (.keepAliveACK, "keep_alive_ack"), (.windowFull, "window_full"),
        (.zeroWindow, "zero_window"), (.zeroWindowProbe, "zero_window_probe"),
        (.zeroWindowProbeACK, "zero_window_probe_ack"), (.windowUpdate, "window_update"),
        (.reusedPorts, "reused_ports"), (.simultaneousOpen, "simultaneous_open"), (.challengeACK, "challenge_ack"),
        (.resetExact, "reset_exact"), (.resetInWindow, "reset_in_window"), (.resetBlind, "reset_blind"),
    ]
}

extension TCPMarks: CustomStringConvertible {
    /// `retransmission zero_window`; `-` for none.
    public var description: String {
        let names = Self.names.filter { contains($0.mark) }.map(\.name)
        return names.isEmpty ? "-" : names.joined(separator: " ")
    }
}
