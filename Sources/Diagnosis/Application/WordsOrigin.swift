import Conversations
import PacketWire

/// What speaks against it that words behind the handshake are those of the host that opened it.
///
/// In the clear anybody on the way can speak in a server's name. Who does it from the side copies addresses and numbers, and
/// often not the distance; and the server's own TCP goes on as if nothing had been said, because it has said nothing.
enum WordsOrigin: Hashable {
    /// They passed fewer routers than all that the far end had sent before them.
    case nearer(hop: Int, routersFewer: Int, frame: Int)
    /// The far end's TCP stands, long after they were acknowledged, where it stood before them.
    case disowned(frame: Int)

    /// Nil where nothing speaks against it.
    init?(_ packets: [SeenPacket]) {
        let own = packets.filter { $0.isAnswer && $0.tcp?.flags.contains(.rst) == false }
        guard let first = own.firstIndex(where: { $0.payloadLength > 0 }) else { return nil }
        let words = own[first].timeToLive.routersPassed
        let before = Set(own[..<first].map(\.timeToLive.routersPassed))
        if own.first?.tcp?.flags.contains(.syn) ?? false, let host = before.first, before.count == 1, words < host {
            self = .nearer(hop: words + 1, routersFewer: host - words, frame: own[first].frame)
        } else if let frame = packets.frameThatDisowns {
            self = .disowned(frame: frame)
        } else {
            return nil
        }
    }

    fileprivate var phrase: String {
        switch self {
        case .nearer(let hop, _, let frame):
            "What was said came from about hop \(hop) (frame \(frame)), nearer than the SYN-ACK: it was put in on the way."
        case .disowned(let frame):
            "The far end's own TCP knows nothing of these words (frame \(frame)): they were put in on the way."
        }
    }

    /// One router fewer is also what another of several ways back makes of it.
    fileprivate var confidence: Confidence {
        if case .nearer(_, let fewer, _) = self, fewer < 2 { return .likely }
        return .strong
    }
}

extension [SeenPacket] {
    /// The packet with which the far end takes up its stream before a place that this end has acknowledged to it, a whole
    /// round trip ago: what stood there it has not said. Nil for none, or where the round trip is not known.
    ///
    /// It must be younger by the sender's own clock, where that shows (RFC 7323), than what it disowns: packets overtake each
    /// other. Probes of a window or of a quiet connection stand a byte before that place (RFC 9293 section 3.8.4); behind a FIN
    /// there are none.
    var frameThatDisowns: Int? {
        guard let asked = first(where: { $0.fromInitiator && $0.has(.syn) }),
            let opened = first(where: { $0.isAnswer && $0.has(.syn) }), opened.at > asked.at
        else { return nil }
        let roundTrip = opened.at - asked.at
        for (index, packet) in enumerated() where packet.isAnswer && packet.payloadLength == 0 {
            guard let own = packet.tcp, own.flags.isDisjoint(with: [.syn, .rst, .fin]),
                let claimed = self[..<index].last(where: { $0.fromInitiator && $0.has(.ack) && !$0.has(.rst) }),
                let place = claimed.tcp?.acknowledgementNumber, packet.at - claimed.at >= roundTrip
            else { continue }
            let back = place &- own.sequenceNumber
            guard back > 0, back < 1 << 31 else { continue }
            let words = self[..<index].filter { $0.isAnswer && $0.reaches(beyond: own.sequenceNumber) }
            guard back > 1 || words.contains(where: { $0.has(.fin) && $0.payloadLength == 0 }),
                words.allSatisfy({ packet.isYounger(than: $0) })
            else { continue }
            return packet.frame
        }
        return nil
    }
}

extension SeenPacket {
    /// It says something behind that number.
    fileprivate func reaches(beyond number: UInt32) -> Bool {
        guard let own = tcp, !own.flags.contains(.rst) else { return false }
        let end = own.sequenceNumber &+ UInt32(clamping: payloadLength) &+ (own.flags.contains(.fin) ? 1 : 0)
        return end &- number > 0 && end &- number < 1 << 31
    }

    /// By the sender's clock; what bears none cannot be older.
    fileprivate func isYounger(than other: SeenPacket) -> Bool {
        guard let own = tcp?.options.timestamps?.value, let theirs = other.tcp?.options.timestamps?.value else {
            return true
        }
        return own &- theirs > 0 && own &- theirs < 1 << 31
    }

    fileprivate func has(_ flag: TCPFlags) -> Bool { tcp?.flags.contains(flag) ?? false }
}

extension TargetDiagnosis {
    /// With what the packets say of who spoke. In TLS that stands nobody else can speak: only what comes before it counts.
    func withWordsOrigin(of facts: Facts) -> TargetDiagnosis {
        guard facts.target.transport == .tcp, !facts.isOffline || facts.isSavedProbe, !facts.capturedWithLoss,
            verdict == .open || [.tls, .application].contains(stage) && zones != [.path],
            let origin = WordsOrigin(facts.attempts.first?.packets ?? [])
        else { return self }
        var diagnosis = self
        switch mechanism {
        case nil where !facts.asksTLS, .permission, .noReply, .protocolMismatch, .answeredByMiddlebox:
            // A server that speaks TLS has not begun to where something else came.
            guard !facts.asksTLS || mechanism == .protocolMismatch else { return self }
            diagnosis.mechanism = .answeredByMiddlebox
        case .tlsAlert, .closedByPeer: break
        default: return self
        }
        if verdict != .blocked { diagnosis.verdict = .interfered }
        diagnosis.stage = stage ?? .application
        diagnosis.zones = [.path]
        diagnosis.confidence = origin.confidence
        diagnosis.actor = nil
        diagnosis.summary += " \(origin.phrase)"
        diagnosis.lookAlikes = []
        diagnosis.advice = [
            "Look for a filter or a portal on the way that reads what is said and answers for the server; on the server, does its log know the answer?"
        ]
        return diagnosis
    }
}

extension Facts {
    fileprivate var asksTLS: Bool {
        if let request { return request.usesTLS && request.upgrade == nil }
        return ["tls", "https"].contains(target.input.prefix { $0 != ":" }.lowercased())
    }
}
