public import PacketWire

/// Who spoke first in SSH, and as what.
public struct SSHExchange: Sendable, Hashable {
    public internal(set) var client: Seen<NetworkText>?
    public internal(set) var server: Seen<NetworkText>?
    /// What a server said instead.
    public internal(set) var refusal: Seen<NetworkText>?

    /// How long the responder's stream was when it had said who it is, and nothing else; 0 where that is not known.
    public internal(set) var helloLength: UInt32 = 0

    /// What both offer has nothing in common.
    public internal(set) var disagreement: Seen<SSHDisagreement>?
    /// One of them says why it leaves, while that is in the clear.
    public internal(set) var parting: Seen<Parting>?
    /// Both have said all that the clear is for, and who did.
    public internal(set) var clientIsSecured = false
    public internal(set) var serverIsSecured = false
    /// The client went on with the key exchange that both offered: it is the server's turn.
    public internal(set) var clientAsked: Instant?
    /// How much of what the server said was read, from its first byte; what is encrypted is not.
    public internal(set) var serverBytes: UInt32 = 0

    public struct Parting: Sendable, Hashable {
        public var words: SSHDisconnect
        public var byInitiator: Bool
    }

    var isPlain: Bool {
        client != nil && server != nil && clientIsSecured && serverIsSecured && disagreement == nil && parting == nil
    }

    /// A server may say other lines first (RFC 4253 section 4.2), in the same segment or in one of its own.
    mutating func read(_ bytes: Span<UInt8>, fromInitiator: Bool, frame: Int, at: Instant) {
        guard let (found, _) = SSHIdentification.among(linesOf: bytes) else {
            if !fromInitiator, refusal == nil {
                let start = bytes.array(0..<min(bytes.count, NetworkText.longestFirstLine))
                refusal = Seen(value: NetworkText(bytes: start).firstLine, frame: frame, at: at)
            }
            return
        }
        let seen = Seen(value: found.text, frame: frame, at: at)
        if fromInitiator {
            client = seen
        } else {
            (server, refusal) = (seen, nil)
        }
    }
}

/// What both ends of an SSH connection say behind their names, and before their keys.
struct SSHReader: Sendable, Hashable {
    private struct Side: Sendable, Hashable {
        var stream = SSHStream()
        /// Until both are there.
        var offer: SSHKeyExchangeInit?
        var hasOffered = false
    }

    /// Responder and initiator, once one of them has said something: few connections are of SSH.
    private var sides: [Side] = []

    func isDone(fromInitiator: Bool) -> Bool { !sides.isEmpty && sides[fromInitiator ? 1 : 0].stream.isDone }

    mutating func read(
        _ bytes: Span<UInt8>, into exchange: inout SSHExchange, fromInitiator: Bool, frame: Int, at: Instant
    ) {
        if sides.isEmpty { sides = [Side(), Side()] }
        let index = fromInitiator ? 1 : 0
        for message in sides[index].stream.read(bytes) {
            switch message {
            case .offer(let offer) where !sides[index].hasOffered:
                (sides[index].offer, sides[index].hasOffered) = (offer, true)
            case .offer: break
            case .disconnect(let words):
                guard exchange.parting == nil else { break }
                let parting = SSHExchange.Parting(words: words, byInitiator: fromInitiator)
                exchange.parting = Seen(value: parting, frame: frame, at: at)
            case .other:
                if fromInitiator, sides[index].hasOffered, exchange.clientAsked == nil { exchange.clientAsked = at }
            case .newKeys:
                if fromInitiator { exchange.clientIsSecured = true } else { exchange.serverIsSecured = true }
            }
        }
        guard let taken = sides[0].offer, let offered = sides[1].offer else { return }
        exchange.disagreement = SSHDisagreement(offered, taken).map { Seen(value: $0, frame: frame, at: at) }
        (sides[0].offer, sides[1].offer) = (nil, nil)
    }
}
