import PacketWire

/// Several packets of one ladder that are one flow on the wire: told apart by their initial sequence numbers, which
/// the kernel makes from the time as well as from the ports (net/core/secure_seq.c, seq_scale).
struct SharedFlow {
    private struct Rung {
        var attempt: Int
        var timeToLive: UInt8
        /// Nil until its SYN has passed the tap.
        var number: UInt32?
    }

    let target: Int
    private var rungs: [Rung] = []

    init(target: Int) { self.target = target }

    mutating func add(_ attempt: Int, timeToLive: UInt8) {
        rungs.append(Rung(attempt: attempt, timeToLive: timeToLive))
    }

    /// Whose packet of ours this is: a SYN with its number, else the first of its TTL that has not been seen to
    /// leave; a reset for an answer that nobody waits for any more, by the number that it continues.
    func sender(of header: TCPHeader, timeToLive: UInt8?) -> Int? {
        guard header.flags.contains(.syn) else { return attempt(numbered: header.sequenceNumber &- 1) }
        return attempt(numbered: header.sequenceNumber)
            ?? rungs.first { $0.number == nil && $0.timeToLive == timeToLive }?.attempt
    }

    mutating func learn(_ number: UInt32, of attempt: Int) {
        guard let index = rungs.firstIndex(where: { $0.attempt == attempt && $0.number == nil }) else { return }
        rungs[index].number = number
    }

    func attempt(numbered number: UInt32) -> Int? { rungs.first { $0.number == number }?.attempt }

    /// By the acknowledgement number, which is the SYN's plus one.
    func attempt(answeredBy header: TCPHeader) -> Int? {
        header.flags.contains(.ack) ? attempt(numbered: header.acknowledgementNumber &- 1) : nil
    }
}
