import Conversations
import Diagnosis
import PacketWire

/// A service over UDP that answered at first, and then no more.
///
/// Many datagrams owe no answer (keep-alives, streams), so that silence counts only where whoever is not heard behaves
/// like it: by asking again at once after a pause, or by asking with a timer that doubles.
struct SilencedService {
    /// How long the client had nothing to say before; nil where it fell silent in the middle.
    let pause: TimeSpan?
    let unheard: UnheardDatagrams
    /// The unanswered ones are longer than any that was answered.
    let isLonger: Bool
    let frames: [Int]

    private static let shortestSpan = TimeSpan.seconds(3)
    /// Whoever sends more seldom keeps a mapping open; whoever sends more often does not wait for answers.
    private static let pace = TimeSpan.milliseconds(200)...TimeSpan.seconds(5)
    private static let repetitions = 4

    init?(_ conversation: Conversation, _ unheard: UnheardDatagrams?) {
        guard let unheard, unheard.span >= Self.shortestSpan else { return nil }
        self.unheard = unheard
        let heard = conversation.sent.packets - unheard.count
        let isWhole = conversation.packetCount <= conversation.packets.count
        let asked = conversation.packets.filter { $0.fromInitiator && $0.at >= unheard.first }
        let before = conversation.packets.filter { $0.fromInitiator && $0.at < unheard.first }
        frames = isWhole ? asked.prefix(UnheardDatagrams.named).map(\.frame) : []
        isLonger =
            isWhole && !before.isEmpty
            && (asked.map(\.payloadLength).min() ?? 0) > (before.map(\.payloadLength).max() ?? .max)
        // Whoever has always said more than he heard shows nothing by it.
        guard heard > 0, heard <= 2 * conversation.received.packets else { return nil }
        let pace = TimeSpan(nanoseconds: unheard.span.nanoseconds / Int64(unheard.count - 1))
        if unheard.pause >= ForgottenConnection.shortest, conversation.received.packets > 1, Self.pace.contains(pace) {
            pause = unheard.pause
        } else if isWhole, unheard.count >= Self.repetitions, Self.doubles(asked.map(\.at)) {
            pause = nil
        } else {
            return nil
        }
    }

    /// Each pause is half as long again as the one before, at least twice in a row: a timer that backs off.
    private static func doubles(_ times: [Instant]) -> Bool {
        let pauses = zip(times, times.dropFirst()).map { $1 - $0 }
        // Clamped: a file holds any times it likes.
        let grows = zip(pauses, pauses.dropFirst()).map {
            $0 > .zero && $1 >= $0 + TimeSpan(nanoseconds: $0.nanoseconds / 2)
        }
        return zip(grows, grows.dropFirst()).contains { $0 && $1 }
    }
}

extension UnheardDatagrams {
    /// Frames that the evidence names.
    fileprivate static let named = 16
}

extension TargetDiagnosis {
    /// An answer at the beginning is not all that was asked for.
    func with(_ silenced: SilencedService?) -> TargetDiagnosis {
        guard let silenced, verdict == .open else { return self }
        var diagnosis = self
        let unheard = silenced.unheard
        diagnosis.evidence.append(
            Evidence(
                .wire, "\(unheard.count) datagrams over \(unheard.span.words) after the last answer, and none to them",
                frames: silenced.frames))
        diagnosis.verdict = .interfered
        diagnosis.zones = [.path, .returnPath, .destination]
        diagnosis.confidence = .likely
        diagnosis.actor = nil
        if let pause = silenced.pause {
            let time = pause.words
            diagnosis.stage = .idle
            diagnosis.mechanism = .idleTimeout
            diagnosis.summary =
                "The service answered, and then the client had nothing to say for \(time); nothing came back any more for the \(unheard.count) datagrams that it sent afterwards."
            diagnosis.advice = [
                "Let the application say something more often than every \(time): address translators forget a UDP mapping after 30 s or a few minutes (RFC 4787 section 4.3).",
                "stallpoint probe --idle finds the longest silence that is still there.",
            ]
        } else {
            diagnosis.stage = .application
            diagnosis.mechanism = .noReply
            diagnosis.summary =
                "The service answered at first, and nothing came back any more for what the client then sent, \(unheard.count) times over \(unheard.span.words)."
            diagnosis.advice = [
                silenced.isLonger
                    ? "The unanswered datagrams are longer than those that were answered: does the way take packets of their size?"
                    : "Look on the host: do the later datagrams arrive, and what does the service say of them?"
            ]
        }
        diagnosis.lookAlikes = [
            LookAlike(
                cause: "the service has ended, or does not want to go on",
                whyNotExcluded: "datagrams have no end that one could see",
                experiment: "does the service answer a new question at the same time?")
        ]
        return diagnosis
    }
}
