import Conversations
import Diagnosis
import PacketWire
import SecureChannel

/// One request, and the beginning of its answer.
extension Dialogue {
    /// It is sent behind the head, without another question.
    private static let contentPatience = TimeSpan.milliseconds(300)
    /// Of what an answer announces behind its head so much is waited for: more than any server sends at once (ten full
    /// segments, RFC 6928), so that a way that carries the head and not what follows shows.
    private static let longestWanted = Int(HTTPFact.longestWanted)
    /// A server sends a lost segment again some times by then: after 200, 600 and 1,400 ms.
    private static let stallPatience = TimeSpan.seconds(3)
    /// What still comes, slowly, has not stalled, unless it trickles.
    private static let shortestStall = TimeSpan.seconds(1)

    func ask(at now: Instant) {
        if let words = request.words { return say(words, at: now) }
        guard let path = request.path else {
            isDone = true
            return
        }
        let name = options.serverName.flatMap { $0.isEmpty ? nil : $0 } ?? host
        let isUsual = port == (request.usesTLS ? 443 : 80)
        let field = isUsual ? name.inURL : "\(name.inURL):\(port)"
        facts.http = HTTPFact(method: "GET", path: path, host: field, sentAt: now)
        // A proxy that is no tunnel is told the whole place (RFC 9112 section 3.2.2), and who asks.
        let proxied = facts.tunnel == nil && facts.socks == nil ? request.origin : nil
        let place = proxied != nil ? "http://\(field)\(path)" : path
        let text = RequestHead(
            "GET \(place)", host: field, fields: ["Accept: */*", "Connection: close"],
            login: proxied?.login
        ).bytes
        send(session?.send(text) ?? text)
    }

    func read(_ bytes: [UInt8], at now: Instant) {
        if facts.words != nil { return hear(bytes, at: now) }
        guard facts.http != nil else { return }
        if facts.http?.answeredAt == nil { facts.http?.answeredAt = now }
        facts.http?.received += bytes.count
        if let content {
            take(bytes)
            if hasEnough(content) { close() }
            if facts.http?.announced != nil { awaitContent(Self.stallPatience, at: now) }
            return
        }
        switch answer.read(bytes) {
        case .wait: break
        case .head(let head):
            note(head, at: now)
            begin(head, at: now)
        case .endless(let head):
            note(head, at: now)
            facts.http?.isEndless = true
            close()
        case .foreign(let text):
            facts.http?.foreign = text
            isDone = true
        }
    }

    /// The head is whole: a page of refusal says more in what follows, which is not waited for where all is well.
    private func begin(_ head: HTTPHead, at now: Instant) {
        guard head.end != nil else { return close() }
        let announced = head.field("Content-Length").flatMap { Int($0.description) }
        let isWell = (200..<300).contains(head.status.code)
        // Without a length nothing tells whether more is to come.
        let isCounted = isWell && head.status.code != 204 && announced ?? 0 > 0
        if isCounted { facts.http?.announced = announced }
        let limit = isCounted ? Self.longestWanted : isWell ? 1 : HTTPFact.longestContent
        let wanted = max(0, min(announced ?? HTTPFact.longestContent, limit))
        content = wanted
        take(answer.rest(behind: head))
        facts.http?.contentReceived += answer.unkept
        if [204, 304].contains(head.status.code) || hasEnough(wanted) { return close() }
        awaitContent(isCounted ? Self.stallPatience : Self.contentPatience, at: now)
    }

    private func awaitContent(_ patience: TimeSpan, at now: Instant) {
        (contentAt, contentEnd) = (now, now + patience)
        moment = contentEnd
    }

    /// Nothing of the content has come for as long as it is waited for.
    func endContent(at now: Instant) {
        if facts.http?.announced != nil { facts.http?.end = .silence(now - (contentAt ?? now), isAcknowledged: true) }
        close()
    }

    private func take(_ bytes: [UInt8]) {
        facts.http?.contentReceived += bytes.count
        let kept = facts.http?.content.count ?? 0
        facts.http?.content += bytes.prefix(max(0, HTTPFact.longestContent - kept))
    }

    private func hasEnough(_ wanted: Int) -> Bool { facts.http?.contentReceived ?? 0 >= wanted }

    private func note(_ head: HTTPHead, at now: Instant) {
        facts.http?.status = head.status
        if let said = head.field("Date"), let theirs = HTTPDate(said) {
            facts.clocks = ClockReading(ours: wallClock(now), theirs: theirs.seconds, said: said)
        }
        facts.http?.note(head)
    }

    /// It broke off before the head was whole, or behind it.
    func finishRequest(_ end: DialogueEnd?, at now: Instant) {
        if content != nil {
            guard facts.http?.announced != nil else { return }
            guard case .silence(_, let isAcknowledged)? = end else {
                facts.http?.end = end
                return
            }
            let (quiet, whole) = (now - (contentAt ?? now), now - (facts.http?.answeredAt ?? now))
            if quiet >= Self.shortestStall {
                facts.http?.end = .silence(quiet, isAcknowledged: isAcknowledged)
            } else if whole >= Self.stallPatience, Trickle.isOne(Int64(facts.http?.contentReceived ?? 0), in: whole) {
                facts.http?.end = .silence(whole, isAcknowledged: isAcknowledged)
            }
            return
        }
        guard let head = answer.cutHead else {
            facts.http?.end = end ?? .closed()
            return
        }
        note(head, at: now)
        // One that does not come to its end is no answer yet. Where none is told, it was too long to be kept.
        facts.http?.end = end
    }
}

extension HTTPFact {
    /// Of a page of refusal.
    static let longestContent = 8_192

    /// The fields that say who answers.
    mutating func note(_ head: HTTPHead) {
        for name: StaticString in ["Server", "Location"] { fields["\(name)"] = head.field(name) }
        for name: StaticString in ["Via", "Proxy-Authenticate"] { fields["\(name)"] = head.list(name) }
    }
}
