package import Conversations
import PacketWire

/// How often a protocol was spoken in a capture, and how often with what that is worth knowing.
public struct ApplicationTally: Sendable, Hashable {
    public private(set) var conversations = 0
    /// `alert handshake_failure`, `status 503`, `NXDOMAIN`; as many kinds as `mostNotes`.
    public private(set) var notes: [String: Int] = [:]

    static let mostNotes = 64

    public init() {}

    /// One that bears no note.
    package mutating func addOrdinary() { conversations += 1 }

    package mutating func add(_ exchange: ApplicationExchange, until end: Instant) {
        conversations += 1
        switch exchange {
        case .tls(let tls):
            if let alert = tls.alert { note("alert \(alert.value.alert.code)") }
            if tls.foreign != nil { note("no TLS") }
            if tls.clientHello != nil, tls.serverHello == nil, tls.alert == nil, tls.foreign == nil {
                note("unanswered")
            }
        case .http(let http):
            if let code = http.status?.value.code, code >= 400 { note("status \(code)") }
            if http.foreign != nil { note("no HTTP") }
            if http.answerCutAt != 0 {
                note("answer cut")
            } else if http.request != nil, http.status == nil, http.foreign == nil,
                http.request?.value.isHTTP2 == false
            {
                note("unanswered")
            }
        case .ssh(let ssh):
            if ssh.refusal != nil { note("refused") }
            if ssh.client != nil, ssh.server == nil { note("unanswered") }
        case .greeting(let exchange):
            if exchange.greeting.value.isRefusal { note("refused") }
            if exchange.upgrade?.isOffered == false { note("no TLS offered") }
        case .dns(let dns):
            note("NXDOMAIN", dns.noSuchName)
            for (code, count) in dns.failures { note("\(code)", count) }
            note("unanswered", dns.unanswered(by: end).count)
            if dns.slowest >= .seconds(1) { note("slow") }
        case .quic(let quic):
            if quic.server == nil { note("unanswered") }
        case .service(let service):
            if !service.isAnswered { note("unanswered") }
            if service.mismatch != nil { note("no \(exchange.name)") }
            if service.refusal != nil { note("refused") }
        case .socks(let socks):
            if let reply = socks.reply?.value, !reply.isGranted { note(reply.name) }
            if socks.method?.value == .noneAcceptable || socks.login?.value == false { note("login refused") }
            if socks.foreign != nil { note("no SOCKS") }
            if socks.answered == 0 { note("unanswered") }
        }
    }

    package mutating func add(_ other: ApplicationTally) {
        conversations += other.conversations
        for (name, count) in other.notes.sorted(by: { $0.key < $1.key }) { note(name, count) }
    }

    private mutating func note(_ name: String, _ count: Int = 1) {
        guard count > 0, notes.count < Self.mostNotes || notes[name] != nil else { return }
        notes[name, default: 0] += count
    }
}
