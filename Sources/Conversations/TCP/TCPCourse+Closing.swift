import PacketWire

/// SYN and RST where they do not belong, the challenges that answer them, and the end.
extension TCPCourse {
    /// What has to be judged before the segment's numbers count: RFC 9293 section 3.10.7, RFC 5961.
    mutating func judgeSpecial(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: inout TCPSide, _ found: inout TCPMarks
    ) {
        var deservesChallenge = false
        if segment.flags.contains(.syn) {
            deservesChallenge = judgeSYN(segment, &sender, receiver, &found)
        } else if segment.flags.contains(.rst) {
            if let validity = validity(ofReset: segment, sender, receiver) {
                found.insert(validity)
                deservesChallenge = validity == .resetInWindow
            }
        } else if isChallenge(segment, sender, receiver) {
            found.insert(.challengeACK)
        }
        // One question, one answer.
        receiver.state.remove(.deservesChallenge)
        if deservesChallenge {
            sender.state.insert(.deservesChallenge)
        } else {
            sender.state.remove(.deservesChallenge)
        }
    }

    /// A SYN that is not the connection's first. Returns whether its receiver is to answer with a challenge.
    private mutating func judgeSYN(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: TCPSide, _ found: inout TCPMarks
    ) -> Bool {
        guard !segment.flags.contains(.ack) else {
            if sender.state.contains(.baseIsKnown), segment.sequenceNumber != sender.initialSequenceNumber {
                found.insert(.reusedPorts)
                sender.initialSequenceNumber = segment.sequenceNumber
            }
            return false
        }
        if sender.state.contains(.baseIsKnown) {
            // The number may have run ahead with a segment that was none of the connection's, such as a reset.
            sender.nextSequenceNumber = sender.acknowledgeable
        } else if receiver.state.contains(.sentSYN), !receiver.state.contains(.sentACK) {
            found.insert(.simultaneousOpen)
        }
        // Whether it is a repetition or a surprise: RFC 5961 section 4.2 asks the sender in either case, and in
        // SYN-SENT, before any answer, the initiator's own SYN asks nothing.
        return receiver.state.contains(.sentACK) || !receiver.state.contains(.baseIsKnown)
    }

    /// Whether the receiver of this reset takes it; nil where nothing is known of what it expects.
    private func validity(
        ofReset segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide
    ) -> TCPMarks? {
        guard receiver.state.contains(.sentACK) else {
            guard receiver.state.contains(.sentSYN) else { return nil }
            // RFC 9293 section 3.10.7.3: in SYN-SENT only the acknowledgement makes a reset acceptable.
            let acknowledged = segment.acknowledgementNumber &- receiver.initialSequenceNumber
            let sent = receiver.nextSequenceNumber &- receiver.initialSequenceNumber
            let isAcceptable = segment.flags.contains(.ack) && acknowledged >= 1 && acknowledged <= sent
            return isAcceptable ? .resetExact : .resetBlind
        }
        // What the receiver expects lies between its latest acknowledgement and all that was sent to it.
        let expected = receiver.acknowledgementNumber
        let distance = segment.sequenceNumber &- expected
        if distance == 0 || segment.sequenceNumber == sender.nextSequenceNumber { return .resetExact }
        let window = receiver.window == .max ? 0 : receiver.scaledWindow
        return distance < window ? .resetInWindow : .resetBlind
    }

    /// An acknowledgement that tells its receiver nothing new, behind a segment that asks for one.
    private func isChallenge(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide) -> Bool {
        guard receiver.state.contains(.deservesChallenge), segment.payloadLength == 0,
            segment.flags.contains(.ack), !segment.flags.contains(.fin)
        else { return false }
        if sender.state.contains(.sentACK) {
            return segment.sequenceNumber == sender.nextSequenceNumber
                && segment.acknowledgementNumber == sender.acknowledgementNumber
        }
        // In answer to the first SYN of all: it acknowledges something else than that.
        let acknowledged = segment.acknowledgementNumber &- receiver.initialSequenceNumber
        return acknowledged == 0 || acknowledged > receiver.nextSequenceNumber &- receiver.initialSequenceNumber
    }

    mutating func noteClose(
        _ segment: TCPSegment, _ sender: inout TCPSide, _ receiver: TCPSide, _ found: TCPMarks
    ) {
        sender.state.insert(segment.flags.contains(.rst) ? .sentReset : .sentFIN)
        close.note(segment, found, unanswered: segment.fromInitiator ? 0 : unanswered(receiver))
    }

    /// What the initiator said and no words of the responder's acknowledge. Who has no more to say waits for nothing either.
    private func unanswered(_ initiator: TCPSide) -> UInt32 {
        guard initiator.payloadBytes > 0, !initiator.sentFIN else { return 0 }
        let begin = hasAnswered ? answeredUpTo : initiator.initialSequenceNumber &+ 1
        let length = initiator.nextSequenceNumber &- begin
        return length < 1 << 31 ? length : 0
    }

    /// What comes behind a reset. An end that has reset has no connection any more, and says nothing but resets (RFC 9293
    /// section 3.10.7.1): where it speaks on, either it did not send the reset, or not what follows; and where the other
    /// end takes what follows, it had not believed the reset (section 3.5.3, RFC 5961 section 3.2).
    mutating func followReset(_ segment: TCPSegment, _ sender: TCPSide, _ receiver: TCPSide, _ found: TCPMarks) {
        guard segment.flags.isDisjoint(with: [.syn, .rst]) else { return }
        if segment.fromInitiator == close.resetByInitiator {
            let isNews = segment.payloadLength > 0 && segment.payloadEnd.isAfter(sender.nextSequenceNumber)
            close.speaksOn(isNews: isNews)
        } else if found.contains(.challengeACK) {
            close.challenged()
        } else if close.isContradicted, segment.flags.contains(.ack),
            segment.acknowledgementNumber == receiver.nextSequenceNumber
        {
            close.withdraw()
        }
    }
}
