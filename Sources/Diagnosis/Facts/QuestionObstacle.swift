public import PacketWire

/// What kept a question from a server, or its answer from whoever asked: nothing that the server itself says.
public struct QuestionObstacle: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        case icmp(ICMPError, sender: IPAddress?)
        /// What the socket said, and nothing told from where that is.
        case socket(SocketError)
        /// The connection was closed before an answer came.
        case closed
    }

    public var kind: Kind
    /// The question went over a connection: its answer does not fit a datagram.
    public var isOverTCP: Bool
    /// It bears an address of the machine that asks.
    public var isOwn: Bool

    public init(_ kind: Kind, isOverTCP: Bool = false, isOwn: Bool = false) {
        (self.kind, self.isOverTCP, self.isOwn) = (kind, isOverTCP, isOwn)
    }

    public var description: String {
        let what =
            switch kind {
            case .icmp(let error, let sender): "ICMP \(error.name)\(sender.map { " from \($0)" } ?? "")"
            case .socket(let error): error.description
            case .closed: "closed without an answer"
            }
        return isOverTCP ? "\(what) over TCP" : what
    }
}
