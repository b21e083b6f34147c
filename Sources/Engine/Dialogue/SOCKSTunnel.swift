import Conversations
import Diagnosis
import PacketWire

/// The way through a SOCKS proxy: RFC 1928, RFC 1929, and version 4. Names go to the proxy as they are.
struct SOCKSTunnel: Tunnel {
    private var fact: SOCKSFact
    let request: [UInt8]
    private let connect: [UInt8]
    private let login: ProxyLogin?
    private var reader: SOCKSAnswerReader

    init(_ version: SOCKSVersion, to origin: ApplicationRequest.Origin, at now: Instant) {
        // That there are words for the place, whoever chose the proxy has made sure of.
        connect =
            SOCKSRequest.connect(version, to: origin.host, port: origin.port, user: origin.login?.user ?? []) ?? []
        login = origin.login
        fact = SOCKSFact(version, to: "\(origin.host.inURL):\(origin.port)", sentAt: now)
        fact.offered = version == .four ? [] : login == nil ? [.none] : [.none, .password]
        request = version == .four ? connect : SOCKSRequest.greeting(fact.offered)
        reader = SOCKSAnswerReader(version)
    }

    mutating func receive(_ bytes: [UInt8], at now: Instant) -> TunnelStep {
        if fact.answeredAt == nil { fact.answeredAt = now }
        fact.received += bytes.count
        var words: [UInt8] = []
        for event in reader.read(bytes) {
            switch event {
            case .method(let method):
                fact.method = method
                guard fact.offered.contains(method) else { return .failed }
                if method == .password, let login {
                    words += SOCKSRequest.login(user: login.user, password: login.password)
                } else {
                    words += connect
                }
            case .login(let isAccepted):
                fact.isLoginAccepted = isAccepted
                guard isAccepted else { return .failed }
                words += connect
            case .reply(let reply):
                fact.reply = reply
                return reply.isGranted ? .stands(early: reader.rest) : .failed
            case .foreign(let text):
                fact.foreign = text
                return .failed
            }
        }
        return words.isEmpty ? .wait : .say(words)
    }

    mutating func end(_ end: DialogueEnd) { fact.end = end }

    func note(in facts: inout ApplicationFacts) { facts.socks = fact }
}
