import Conversations
import Diagnosis
import PacketWire
import SecureChannel

/// Words of the user's own in place of a request: whatever comes back is an answer.
extension Dialogue {
    func say(_ words: [UInt8], at now: Instant) {
        facts.words = WordsFact(count: words.count, sentAt: now)
        send(session?.send(words) ?? words)
    }

    /// The first of what comes back is enough.
    func hear(_ bytes: [UInt8], at now: Instant) {
        facts.words?.answeredAt = now
        facts.words?.received = bytes.count
        facts.words?.answer = NetworkText(bytes: bytes).firstLine
        close()
    }
}
