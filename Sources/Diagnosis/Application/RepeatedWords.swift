import Conversations
import PacketWire

/// What was said behind the handshake got through, and had to be said again and again for that.
extension TargetDiagnosis {
    func withRepeatedWords(of facts: Facts) -> TargetDiagnosis {
        guard verdict == .open, let stage = facts.stageOfWords, let words = RepeatedWords(facts, application) else {
            return self
        }
        var diagnosis = self
        let times = words.repeats == 1 ? "once" : "\(words.repeats) times"
        diagnosis.evidence.append(
            Evidence(
                words.frames.isEmpty ? .socket : .wire, "what was said was sent again \(times)",
                detail: words.isAcknowledged ? "until it was acknowledged" : "and no acknowledgement was seen",
                frames: words.frames))
        // One packet is lost now and then. What is lost twice, beside so few that pass, is told.
        guard words.repeats > 1, words.isAcknowledged else { return diagnosis }
        diagnosis.verdict = .degraded
        diagnosis.stage = stage
        diagnosis.mechanism = .loss
        diagnosis.zones = Observations(facts).lossZones
        diagnosis.confidence = .likely
        diagnosis.summary +=
            " What was said had to be sent again \(times) until it was acknowledged: packets are lost behind the handshake."
        diagnosis.advice = [
            "Probe some more times: is it always what is said first, or chance? Look for errors and drops on the links of the path (ip -s link)."
        ]
        return diagnosis
    }
}

extension Facts {
    /// What a probe asked for last behind the handshake; nil where it asked nothing, or nobody knows.
    fileprivate var stageOfWords: Stage? {
        if let application { return application.stage }
        // Of a saved probe its target tells. Others' connections may be long, and lose packets now and then.
        guard isSavedProbe else { return nil }
        return switch target.input.split(separator: ":", maxSplits: 1).first {
        case "tls", "smtp", "imap", "pop3": .tls
        case "http", "https": .application
        default: nil
        }
    }
}

private struct RepeatedWords {
    let repeats: Int
    /// Of segments that were sent more often than once; empty where no wire shows them.
    let frames: [Int]
    /// The far end took them in the end, as far as the packets tell, or the kernel.
    let isAcknowledged: Bool

    /// Nil where nothing was, or where sizes may be what it is about.
    init?(_ facts: Facts, _ application: ApplicationFacts?) {
        guard let primary = facts.attempts.first, case .tcp = primary.kind else { return nil }
        if facts.witnesses.contains(.wire) {
            guard !primary.packets.contains(where: { $0.icmpError?.meaning == .packetTooBig }) else { return nil }
            let sent = Self.repeated(primary.packets)
            repeats = sent.reduce(0) { $0 + $1.frames.count - 1 }
            frames = sent.flatMap(\.frames).filter { $0 > 0 }.sorted()
            // Of what a probe said itself it knows.
            isAcknowledged =
                !facts.isOffline
                || sent.allSatisfy { words in primary.packets.contains { $0.acknowledges(upTo: words.end) } }
        } else {
            // The kernel counts a repeated SYN as well, which comes after a second, and what was too big.
            guard let socket = primary.socket, let at = socket.at, at - primary.startedAt < .milliseconds(900),
                application?.tls?.helloLength ?? 0 < Self.surelyOnePacket
            else { return nil }
            (repeats, frames, isAcknowledged) = (socket.retransmissions, [], true)
        }
        if repeats < 1 { return nil }
    }

    private static let surelyOnePacket = 1_000

    /// The frames of each segment that was sent more often than once, each time with as many bytes, and the number behind
    /// its last byte.
    private static func repeated(_ packets: [SeenPacket]) -> [(frames: [Int], end: UInt32)] {
        var sent: [UInt32: (length: Int, frames: [Int])] = [:]
        for packet in packets where packet.fromInitiator && packet.payloadLength > 0 {
            guard let number = packet.tcp?.sequenceNumber else { continue }
            if sent[number]?.length == packet.payloadLength {
                sent[number]?.frames.append(packet.frame)
            } else if sent[number] == nil {
                sent[number] = (packet.payloadLength, [packet.frame])
            }
        }
        return sent.filter { $1.frames.count > 1 }.map { number, words in
            (words.frames, number &+ UInt32(clamping: words.length))
        }
    }
}

extension SeenPacket {
    /// It comes from the far end, whose TCP has all up to that number.
    fileprivate func acknowledges(upTo end: UInt32) -> Bool {
        guard !fromInitiator, let header = tcp, header.flags.contains(.ack) else { return false }
        return header.acknowledgementNumber &- end < 1 << 31
    }
}
