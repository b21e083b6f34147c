public import PacketWire

/// Address resolution for one address, as the wire showed it: ARP for IPv4, neighbour discovery for IPv6.
public struct NeighborExchange: Sendable, Hashable {
    /// So many requests are kept, and as many answers.
    public static let mostKept = 64

    public var address: IPAddress
    /// Requests for the address that this machine sent, by frame.
    public var requests: [Int]
    /// Answers, by frame, with the link address that each claims.
    public var answers: [Answer]
    /// Answers that came for another link address than this machine's, which does not take them.
    public var misaddressed = 0

    public struct Answer: Sendable, Hashable {
        public var frame: Int
        public var linkAddress: MACAddress?

        public init(frame: Int, linkAddress: MACAddress?) {
            self.frame = frame
            self.linkAddress = linkAddress
        }
    }

    public init(address: IPAddress) {
        self.address = address
        requests = []
        answers = []
    }

    /// Asked at least once and never answered.
    public var isUnanswered: Bool { !requests.isEmpty && answers.isEmpty }
}
