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
        if let head = HTTPHead(decoding: bytes.span), let words = request.words {
            let sentAt = facts.words?.sentAt ?? now
            facts.words?.http = HTTPFact(answer: head, in: bytes, to: words, host: host, sentAt: sentAt)
        }
        close()
    }
}

extension HTTPFact {
    /// Upon words of the user's own, which may be a request or not: its method is empty then.
    init(answer head: HTTPHead, in bytes: [UInt8], to words: [UInt8], host: String, sentAt: Instant) {
        let line = HTTPRequestLine(decoding: words.span)
        self.init(
            method: line.map { "\($0.method)" } ?? "", path: line.map { "\($0.target)" } ?? "",
            host: line?.host.map { "\($0)" } ?? host, sentAt: sentAt)
        status = head.status
        note(head)
        content = head.end.map { Array(bytes[$0...].prefix(HTTPFact.longestContent)) } ?? []
    }
}
