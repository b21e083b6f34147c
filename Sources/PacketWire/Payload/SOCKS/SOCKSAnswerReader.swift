/// What a SOCKS proxy says, as it comes in, in pieces of any size.
public struct SOCKSAnswerReader: Hashable, Sendable {
    public enum Event: Hashable, Sendable {
        /// How it wants to know who asks.
        case method(SOCKSMethod)
        /// RFC 1929 section 2.
        case login(isAccepted: Bool)
        case reply(SOCKSReply)
        /// It speaks something else: its first bytes.
        case foreign(NetworkText)
    }

    private enum Stage: Hashable {
        case method
        case login
        case reply
        case done
    }

    private let version: SOCKSVersion
    private var stage: Stage
    private var bytes: [UInt8] = []

    /// - Parameter version: that was asked in.
    public init(_ version: SOCKSVersion) {
        self.version = version
        stage = version == .five ? .method : .reply
    }

    /// Nothing more is its own: the request was granted, or there will be no tunnel.
    public var isDone: Bool { stage == .done }
    /// What came behind its consent: the first words of the place itself.
    public var rest: [UInt8] { isDone ? bytes : [] }

    public mutating func read(_ more: [UInt8]) -> [Event] {
        guard !isDone else {
            bytes += more
            return []
        }
        bytes += more
        var events: [Event] = []
        while !isDone, let event = next() { events.append(event) }
        return events
    }

    private mutating func next() -> Event? {
        guard let first = bytes.first else { return nil }
        switch stage {
        case .method:
            guard first == SOCKSVersion.five.rawValue else { return foreign() }
            guard bytes.count >= 2 else { return nil }
            let method = SOCKSMethod(rawValue: bytes[1])
            switch method {
            case .none: stage = .reply
            case .password: stage = .login
            // Nobody who listens knows what follows the others.
            default: stage = .done
            }
            bytes.removeFirst(2)
            return .method(method)
        case .login:
            // RFC 1929 says 1; some say 5.
            guard first == 1 || first == 5 else { return foreign() }
            guard bytes.count >= 2 else { return nil }
            let isAccepted = bytes[1] == 0
            stage = isAccepted ? .reply : .done
            bytes.removeFirst(2)
            return .login(isAccepted: isAccepted)
        case .reply: return reply(first)
        case .done: return nil
        }
    }

    private mutating func reply(_ first: UInt8) -> Event? {
        // A reply of version 4 begins with 0: VN "is the version of the reply code".
        guard first == (version == .five ? 5 : 0) else { return foreign() }
        guard bytes.count >= 2 else { return nil }
        let reply = SOCKSReply(version, bytes[1])
        // What follows a refusal is not needed, and not always there.
        if reply.isGranted {
            guard let length = grantedLength else { return nil }
            guard bytes.count >= length else { return nil }
            bytes.removeFirst(length)
        } else {
            bytes = []
        }
        stage = .done
        return .reply(reply)
    }

    /// How long the reply is that grants the request; nil where that is not known yet.
    private var grantedLength: Int? {
        guard version == .five else { return 8 }
        guard bytes.count >= 5 else { return nil }
        switch bytes[3] {
        case 4: return 4 + 16 + 2
        case 3: return 4 + 1 + Int(bytes[4]) + 2
        // Whoever writes another type here means an address that nobody needs.
        default: return 4 + 4 + 2
        }
    }

    private mutating func foreign() -> Event {
        stage = .done
        defer { bytes = [] }
        return .foreign(NetworkText(bytes: Array(bytes.prefix(256))).firstLine)
    }
}
