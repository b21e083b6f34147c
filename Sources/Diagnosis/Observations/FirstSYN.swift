import Conversations
import PacketWire

/// Whether the first SYN of an attempt was lost, or answered late.
extension Attempt {
    /// The SYN-ACK that the socket took, where the first that passed the tap was not it: this machine lost that one. The
    /// socket says when it was connected, within a moment of the answer that did it.
    var takenAnswer: SeenPacket? {
        guard let socket, case .connected = socket.state, let at = socket.at, case .tcp = kind else { return nil }
        let answers = handshake.synAcks
        guard let first = answers.first, at - first.at > .milliseconds(300),
            let last = answers.last(where: { $0.at <= at }), last.at - first.at > .milliseconds(300),
            at - last.at < .milliseconds(300)
        else { return nil }
        return last
    }

    /// Something was lost, rather than answered late: a repeated SYN alone proves no loss, for who answers late
    /// answers the repeated one, too, and as much later. SYN-ACKs that come together are one answer, and its
    /// repetition.
    public var isFirstSYNLost: Bool {
        if takenAnswer != nil { return true }
        let handshake = self.handshake
        guard var last = handshake.synAcks.first?.at else {
            return hasAnsweredRepetition
        }
        // The tap, behind the local filters, never saw what those dropped.
        if let answer = handshake.synAcks.first, unseenDrops(before: answer.at) > 0 { return true }
        if handshake.namesRepeatedSYN { return true }
        var answers = 1
        for answer in handshake.synAcks.dropFirst() where answer.at - last >= .milliseconds(300) {
            answers += 1
            last = answer.at
        }
        guard handshake.syns.count > answers, let answer = handshake.synAcks.first else { return false }
        // The first SYN is answered by name (RFC 7323 section 3), and not at once after a repeated one: slow, and more
        // may come. An answer at once is the far end's own repetition, of one that was lost on the way back.
        if let sent = handshake.syns[0].tcp?.options.timestamps,
            answer.tcp?.options.timestamps?.echoReply == sent.value,
            let latest = handshake.syns.last(where: { $0.at <= answer.at }), answer.at - latest.at >= .milliseconds(300)
        {
            return false
        }
        return true
    }

    /// Without a capture the clock tells: the answer came within a moment of a second at which somebody repeated what was
    /// lost. Who is slow is so at any moment.
    private var hasAnsweredRepetition: Bool {
        guard let socket, socket.retransmissions > 0, socket.state == .connected, let at = socket.at else {
            return false
        }
        return Self.secondsOfRepetition(socket.retransmissions).contains { second in
            // Each of the kernel's seconds is up to seven hundredths longer: its timers are rounded.
            let late = at - repeatedAt(second: second)
            return late >= .zero && late < TimeSpan.milliseconds(310 + 70 * second)
        }
    }
}

extension TCPHandshake {
    /// The first answer says by name that it is one to a repeated SYN: whoever sent it never got the first one, or its
    /// answer was lost (RFC 7323 section 3).
    var namesRepeatedSYN: Bool {
        guard let echoed = synAcks.first?.tcp?.options.timestamps?.echoReply else { return false }
        let values = syns.compactMap { $0.tcp?.options.timestamps?.value }
        return values.first.map { $0 != echoed && values.contains(echoed) } ?? false
    }
}
