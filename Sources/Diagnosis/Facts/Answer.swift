public import Conversations
public import PacketWire

/// What came back for one attempt, whichever witness saw it. The wire's account is preferred, because it has
/// TTLs and frame numbers; the socket's fills in where there is no capture.
public enum Answer: Sendable, Hashable {
    /// Nothing came back.
    case silence
    /// SYN-ACK, datagram or echo reply.
    case reached(Reply)
    /// A TCP reset in answer to the SYN.
    case reset(Reply)
    /// An ICMP error other than time exceeded.
    case refused(Refusal)
    /// Time exceeded on the way.
    case timeExceeded(Refusal)
    /// The operating system stopped it before any packet could be answered.
    case localError(SocketError, atOnce: Bool)

    /// Something that the far end, or something in its name, sent.
    public struct Reply: Sendable, Hashable {
        public var timeToLive: UInt8?
        public var at: Instant?
        public var frames: [Int]
    }

    /// An ICMP error about our packet.
    public struct Refusal: Sendable, Hashable {
        public var error: ICMPError
        public var sender: IPAddress
        /// TTL with which the error arrived.
        public var timeToLive: UInt8?
        public var at: Instant?
        public var frames: [Int]
    }
}

extension Attempt {
    /// What came back for it.
    public var answer: Answer { found?.answer ?? foundAnswer }

    private var foundAnswer: Answer {
        let answers = packets.filter { !$0.fromInitiator }
        if let reply = reply(among: answers) { return reply }
        if let error = answers.first(where: { $0.icmpError.map { $0.isFatalToAttempt } ?? false && !$0.isAboutAnswer }),
            let icmp = error.icmpError
        {
            let refusal = Answer.Refusal(
                error: icmp, sender: error.source, timeToLive: error.timeToLive, at: error.at, frames: [error.frame])
            return icmp.isTimeExceeded ? .timeExceeded(refusal) : .refused(refusal)
        }
        return socketAnswer
    }

    /// The wire's reply, when the socket does not contradict it.
    private func reply(among answers: [SeenPacket]) -> Answer? {
        switch kind {
        case .tcp:
            let handshake = self.handshake
            // Whoever spoke first decided: a SYN-ACK that comes after a reset, or after an ICMP error that ended the
            // attempt, finds nobody there.
            if endedBeforeAnswer(handshake) {
                guard let reset = handshake.refusals.first else { return nil }
                return .reset(.init(timeToLive: reset.timeToLive, at: reset.at, frames: [reset.frame]))
            }
            if let synAck = handshake.synAcks.first {
                // A SYN-ACK in the capture that the socket never got is not an answer: see `isAnswerIgnored`.
                if isAnswerIgnored(handshake) { return .silence }
                return .reached(.init(timeToLive: synAck.timeToLive, at: synAck.at, frames: [synAck.frame]))
            }
            // In a file nothing but the packets tells, and some of them may be missing.
            if socket == nil, let seen = handshake.acknowledgementOfUnseen {
                let packet = answers.first { $0.icmpError == nil }
                return .reached(.init(timeToLive: packet?.timeToLive, at: seen.at, frames: [seen.frame]))
            }
            if socket == nil, handshake.beganEarlier {
                let packet = handshake.earlierBack
                return .reached(
                    .init(timeToLive: packet?.timeToLive, at: nil, frames: packet.map { [$0.frame] } ?? []))
            }
            if let reset = handshake.refusals.first {
                if case .pending = socket?.state { return nil }
                return .reset(.init(timeToLive: reset.timeToLive, at: reset.at, frames: [reset.frame]))
            }
        case .udp:
            if let datagram = answers.first(where: isTaken) {
                if case .pending = socket?.state { return nil }
                return .reached(.init(timeToLive: datagram.timeToLive, at: datagram.at, frames: [datagram.frame]))
            }
        case .echo:
            if let echo = answers.first(where: { $0.kind == .echoReply && isTaken($0) }) {
                return .reached(.init(timeToLive: echo.timeToLive, at: echo.at, frames: [echo.frame]))
            }
        }
        return nil
    }

    /// Whoever it is for gets it; whether all fragments of it came, the socket knows.
    private func isTaken(_ packet: SeenPacket) -> Bool { packet.isAnswer || packet.isPartial && socket != nil }

    /// The attempt was refused, and a good SYN-ACK came all the same, too late: whoever refused is not the host, or
    /// not the only one with its address.
    public func endedBeforeAnswer(_ handshake: TCPHandshake) -> Bool {
        guard let synAck = handshake.synAcks.first else { return false }
        let refusals = handshake.refusals + handshake.icmpErrors.filter { $0.icmpError?.isFatalToAttempt == true }
        guard let first = refusals.map(\.at).min(), first <= synAck.at else { return false }
        if let socket {
            if case .failed(_, atOnce: false) = socket.state { return true }
            return false
        }
        // In a file: a reset that came first ended it, and an ICMP error did where the client resets the late answer.
        guard handshake.acknowledgement == nil else { return false }
        if handshake.refusals.contains(where: { $0.at == first }) { return true }
        return handshake.initiatorClosed.map { $0.at >= synAck.at && $0.tcp?.flags.contains(.rst) == true } ?? false
    }

    /// A good answer passed our tap and this machine did not take it: the socket still waits, or, where the
    /// file has no socket, the SYN was sent again and the handshake never went on. (A reset that is followed by
    /// another SYN proves nothing in a file: Windows tries several times before it believes one.)
    public func isAnswerIgnored(_ handshake: TCPHandshake) -> Bool {
        if let socket {
            guard case .pending = socket.state else { return false }
            return !handshake.synAcks.isEmpty || !handshake.refusals.isEmpty
        }
        guard !handshake.synAcks.isEmpty else { return false }
        return handshake.acknowledgement == nil && handshake.synsAfterAnswer > 0
            && handshake.initiatorClosed.map { $0.at > handshake.synAcks[0].at && $0.tcp?.flags.contains(.rst) == true }
                != true
    }

    private var socketAnswer: Answer {
        guard let socket else { return .silence }
        // A notice decides only where the kernel gave up because of it, or is still waiting in spite of it.
        if case .connected = socket.state {
            return .reached(.init(timeToLive: socket.answerTimeToLive, at: socket.at, frames: []))
        }
        if let notice = socket.notices.first(where: { $0.error.isFatalToAttempt }) {
            let refusal = Answer.Refusal(
                error: notice.error, sender: notice.sender, timeToLive: notice.timeToLive, at: notice.at, frames: [])
            return notice.error.isTimeExceeded ? .timeExceeded(refusal) : .refused(refusal)
        }
        switch socket.state {
        case .pending, .connected:
            return .silence
        case .failed(let error, let atOnce):
            if case .tcp = kind, error.isNamed("ECONNREFUSED"), !atOnce || local?.address.isLoopback == true {
                return .reset(.init(timeToLive: nil, at: socket.at, frames: []))
            }
            if error.isNamed("ETIMEDOUT") { return .silence }
            return .localError(error, atOnce: atOnce)
        }
    }
}

extension ICMPError {
    /// TTL or hop limit ran out in transit: 11/0, v6 3/0. Not the reassembly timeout.
    public var isTimeExceeded: Bool { meaning == .timeToLiveExceeded }

    /// Ends an attempt on Linux: every unreachable, time exceeded or parameter problem. "Too big" only lowers the
    /// kernel's idea of the path MTU (net/ipv4/tcp_ipv4.c, tcp_v4_err).
    public var isFatalToAttempt: Bool {
        switch meaning {
        case .packetTooBig, .redirect, .sourceQuench, .notAnError: false
        default: true
        }
    }
}
