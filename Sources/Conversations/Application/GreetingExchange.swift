public import PacketWire

/// A service whose server speaks first, and, where it is one of mail, the way to TLS that its client went.
public struct GreetingExchange: Sendable, Hashable {
    public internal(set) var greeting: Seen<ServerGreeting>
    /// Nil for a service that has no such way.
    public internal(set) var upgrade: StartTLSReading?
    /// The frame of the last line that mattered on it.
    public internal(set) var upgradeFrame = 0
    /// It is none of the service's greetings, and refuses only where the server closes behind it.
    public let isParting: Bool

    init(_ greeting: ServerGreeting, isParting: Bool = false, frame: Int, at: Instant) {
        self.greeting = Seen(value: greeting, frame: frame, at: at)
        self.isParting = isParting
        upgrade = isParting ? nil : StartTLS.Service(greeting.service).map { StartTLSReading($0) }
    }

    /// It is known what came of it.
    var isTold: Bool { upgrade == nil || upgrade?.outcome != nil }
    /// TLS begins with the next byte.
    var isReadyForTLS: Bool { upgrade?.outcome == .ready }

    /// Nobody was refused, and TLS is either offered or not looked for.
    var isPlain: Bool {
        guard !isParting, !greeting.value.isRefusal else { return false }
        guard let upgrade else { return true }
        return switch upgrade.outcome {
        case .ready, .wentOn, .strange: true
        case .refused: false
        case nil: upgrade.isOffered ?? true
        }
    }

    mutating func read(_ bytes: Span<UInt8>, fromInitiator: Bool, frame: Int) {
        guard upgrade != nil, upgrade?.outcome == nil else { return }
        upgrade?.read(bytes, fromClient: fromInitiator)
        if upgrade?.isListed ?? false, !fromInitiator { upgradeFrame = frame }
    }
}

extension StartTLS.Service {
    fileprivate init?(_ service: ServerGreeting.Service) {
        switch service {
        case .smtp: self = .smtp
        case .imap: self = .imap
        case .pop3: self = .pop3
        case .ssh, .ftp, .mysql, .nntp, .vnc, .rsync, .redis, .postgreSQL: return nil
        }
    }
}
