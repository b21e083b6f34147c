import PacketWire

/// As much of a TCP connection as tells whether it gets on: RFC 9293 sequence numbers, from outside.
struct StreamProgress {
    /// One direction.
    private struct Half {
        /// Behind the last byte that was sent; nil before any.
        var sent: UInt32?
        /// What the other end acknowledged of it; nil before it did.
        var acknowledged: UInt32?
        /// The segment that was sent again last, and how often.
        var repeated: UInt32?
        var repeats: UInt8 = 0

        var isWaiting: Bool {
            guard let sent, let acknowledged else { return false }
            return Int32(bitPattern: sent &- acknowledged) > 0
        }
    }

    private var forward = Half()
    private var backward = Half()

    /// What is said again so often gets no answer. Fast retransmissions, which loss costs any healthy connection, are
    /// acknowledged before.
    static let manyRepeats: UInt8 = 3

    /// Something was sent that was never acknowledged, by an end that did acknowledge before: it is no longer heard.
    var isWaiting: Bool { forward.isWaiting || backward.isWaiting }

    /// Takes a segment in; true when it is said again without an answer, for the third time and each one after.
    mutating func observe(_ header: TCPHeader, payloadLength: Int, isForward: Bool) -> Bool {
        if isForward {
            return Self.observe(header, payloadLength, sender: &forward, receiver: &backward)
        }
        return Self.observe(header, payloadLength, sender: &backward, receiver: &forward)
    }

    private static func observe(
        _ header: TCPHeader, _ length: Int, sender: inout Half, receiver: inout Half
    ) -> Bool {
        if header.flags.contains(.ack) {
            let number = header.acknowledgementNumber
            if let before = receiver.acknowledged, Int32(bitPattern: number &- before) <= 0 {
                // No progress, unless nothing is due: an answered keep-alive.
                if receiver.sent == number { receiver.repeats = 0 }
            } else {
                receiver.acknowledged = number
                receiver.repeats = 0
            }
        }
        guard length > 0 else { return false }
        let end = header.sequenceNumber &+ UInt32(clamping: length)
        guard let before = sender.sent, Int32(bitPattern: end &- before) <= 0 else {
            sender.sent = end
            return false
        }
        if sender.repeated == header.sequenceNumber {
            sender.repeats = min(sender.repeats &+ 1, 100)
        } else {
            sender.repeated = header.sequenceNumber
            sender.repeats = 1
        }
        return sender.repeats >= manyRepeats
    }
}
