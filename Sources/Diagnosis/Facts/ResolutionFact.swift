public import Conversations
public import PacketWire

/// What came of resolving a target's name.
public struct ResolutionFact: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case addresses([IPAddress])
        /// What is known of another type than addresses, as text and in order.
        case records([String])
        /// NXDOMAIN, or the system's own "no such name".
        case noSuchName
        /// The name exists and has no address of the families asked for, or no record of the type.
        case noAddress
        /// The answer leads on, and the server itself goes no further: a referral to the servers of a zone, or an alias
        /// whose target it does not say. To where, as text.
        case leadsOn(String)
        /// Nobody answered.
        case silent
        /// REFUSED, SERVFAIL or another error code; or an obstacle on the way of the query.
        case refused(code: String)
    }

    /// What one server said when it was asked directly.
    public struct ServerAnswer: Sendable, Hashable {
        public var server: IPAddress
        public var outcome: Outcome
        /// Until its last answer.
        public var elapsed: TimeSpan
        /// The person named it, to compare; the system does not ask it.
        public var isNamed: Bool
        /// Its answer did not fit a datagram (RFC 1035 section 4.1.1, TC), so it was asked again over TCP.
        public var wasCut = false
        /// What a second answer to the same single question said instead: a server answers a question once.
        public var contradiction: Outcome?
        /// It answers, and to the questions for these types it is silent: whoever asks for both families waits.
        public var unanswered: [DNSType] = []
        /// What came from its port in place of an answer, or beside it: nobody takes that for one.
        public var foreign: ServiceReply.Mismatch?
        /// What kept the question from it: then the outcome is not its own word.
        public var obstacle: QuestionObstacle?

        public init(server: IPAddress, outcome: Outcome, elapsed: TimeSpan, isNamed: Bool = false) {
            self.server = server
            self.outcome = outcome
            self.elapsed = elapsed
            self.isNamed = isNamed
        }
    }

    public var outcome: Outcome
    /// How getaddrinfo failed, by name: `EAI_AGAIN`. Nil where it found addresses, or said nothing in time. Beside
    /// addresses: whoever asks for both families gets none of them, for this machine has no address of theirs.
    public var systemCode: String?
    /// Until the system had its answer, or nothing more was waited for.
    public var elapsed: TimeSpan
    /// What each resolver said when it was asked directly: those that the system asks, then those that were named.
    public var servers: [ServerAnswer]
    /// What this machine's own hosts file has for the name: applications ask no resolver then.
    public var hostsFile: [IPAddress] = []

    public init(outcome: Outcome, systemCode: String?, elapsed: TimeSpan, servers: [ServerAnswer] = []) {
        self.outcome = outcome
        self.systemCode = systemCode
        self.elapsed = elapsed
        self.servers = servers
    }

    /// Those that the system asks.
    var systemServers: [ServerAnswer] { servers.filter { !$0.isNamed } }

    /// The first server in whose name two answers came that cannot both be its own.
    public var contradicted: ServerAnswer? { servers.first { $0.contradiction != nil } }

    /// The first of those that answer for one family and are silent for the other: the system waits for both.
    public var halfSilent: ServerAnswer? { systemServers.first { !$0.unanswered.isEmpty } }

    /// The first named resolver that gives other addresses than the system got, or some where it got none.
    public var elsewhere: ServerAnswer? {
        var known: Set<IPAddress> = []
        if case .addresses(let addresses) = outcome { known = Set(addresses) }
        return servers.first { answer in
            guard answer.isNamed, case .addresses(let addresses) = answer.outcome else { return false }
            return known.isDisjoint(with: addresses)
        }
    }
}

extension ResolutionFact.Outcome {
    /// What an answer says of its own question: RFC 1035 section 4.1.1, RFC 2308 section 2.
    public init(_ answer: DNSMessage) {
        switch answer.responseCode {
        case .noError:
            let without = answer.leadsOn.map { Self.leadsOn($0) } ?? .noAddress
            switch answer.questions.first?.type {
            case .a, .aaaa, nil:
                let addresses = answer.resolvedAddresses
                self = addresses.isEmpty ? without : .addresses(addresses)
            default:
                let texts = answer.answerTexts
                self = texts.isEmpty ? without : .records(texts)
            }
        case .nonExistentDomain: self = .noSuchName
        case let code: self = .refused(code: code.description)
        }
    }

    /// What an answer says that may have been cut off; nil where it breaks off before it says anything.
    public init?(readable answer: DNSMessage) {
        self.init(answer)
        switch self {
        case .noAddress, .leadsOn: if answer.breaksOff { return nil }
        case .addresses, .records, .noSuchName, .refused, .silent: break
        }
    }

    /// It says something of the name, rather than of the server or of who asks.
    public var isOfTheName: Bool {
        switch self {
        case .addresses, .records, .leadsOn, .noSuchName, .noAddress: true
        case .refused, .silent: false
        }
    }

    /// Whether one server cannot have said both of the same name at the same time.
    public func contradicts(_ other: ResolutionFact.Outcome) -> Bool {
        switch (self, other) {
        case (.addresses(let a), .addresses(let b)): Set(a).isDisjoint(with: b)
        case (.records(let a), .records(let b)): Set(a).isDisjoint(with: b)
        default: self != other
        }
    }
}

extension DNSMessage {
    /// To where a server that looks nothing up for others sends whoever asks; nil where the name simply has nothing of the
    /// kind. RFC 2308 section 2.2 tells the two apart: a zone that is the server's own has its SOA in the answer.
    fileprivate var leadsOn: String? {
        guard !flags.recursionAvailable, !authority.contains(where: { $0.type == .soa }) else { return nil }
        if let alias = answers.last(where: { $0.type == .cname }) { return "the name \(alias.data.text)" }
        let servers = authority.filter { $0.type == .ns }
        return servers.first.map { first in
            "the servers of \(first.name) (\(first.data.text)\(servers.count > 1 ? ", …" : ""))"
        }
    }
}

extension ResolutionFact {
    /// So long a second answer may take: whoever forges one is nearer than the server, so that the server's own comes
    /// within a few of its round trips.
    public static func contradictionWindow(after elapsed: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: min(max(elapsed.nanoseconds, 50_000_000), 166_666_667) * 3)
    }
}
