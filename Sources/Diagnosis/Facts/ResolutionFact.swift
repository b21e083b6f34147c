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
        /// Nobody answered.
        case silent
        /// REFUSED, SERVFAIL or another error code; or an ICMP refusal of the query itself.
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

        public init(server: IPAddress, outcome: Outcome, elapsed: TimeSpan, isNamed: Bool = false) {
            self.server = server
            self.outcome = outcome
            self.elapsed = elapsed
            self.isNamed = isNamed
        }
    }

    public var outcome: Outcome
    /// What getaddrinfo said, by name: `EAI_AGAIN`.
    public var systemCode: String?
    public var elapsed: TimeSpan
    /// What each resolver said when it was asked directly: those that the system asks, then those that were named.
    public var servers: [ServerAnswer]

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
            switch answer.questions.first?.type {
            case .a, .aaaa, nil:
                let addresses = answer.resolvedAddresses
                self = addresses.isEmpty ? .noAddress : .addresses(addresses)
            default:
                let texts = answer.answerTexts
                self = texts.isEmpty ? .noAddress : .records(texts)
            }
        case .nonExistentDomain: self = .noSuchName
        case let code: self = .refused(code: code.description)
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

extension ResolutionFact {
    /// So long a second answer may take: whoever forges one is nearer than the server, so that the server's own comes
    /// within a few of its round trips.
    public static func contradictionWindow(after elapsed: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: min(max(elapsed.nanoseconds, 50_000_000), 166_666_667) * 3)
    }
}
