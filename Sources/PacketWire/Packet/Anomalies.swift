/// What is suspicious in a packet that could be decoded all the same: facts for a diagnosis, never a reason
/// to stop reading.
@frozen
public struct Anomalies: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// IPv4 says a total length of 0, or IPv6 one of 0 on more than 65,535 bytes: segmentation offload hands
    /// the capture one giant frame. The length is taken from the frame.
    public static let lengthFromFrame = Anomalies(rawValue: 1 << 0)
    /// A length field says more than the frame had on the wire.
    public static let lengthBeyondFrame = Anomalies(rawValue: 1 << 1)
    /// UDP's length is not the one that its IP header leaves room for.
    public static let udpLengthMismatch = Anomalies(rawValue: 1 << 2)
    /// IPv4's reserved flag is set, RFC 3514.
    public static let reservedIPFlag = Anomalies(rawValue: 1 << 3)
    /// There are IPv4 options: rare, and many firewalls drop them.
    public static let ipv4Options = Anomalies(rawValue: 1 << 4)
    public static let malformedIPv4Options = Anomalies(rawValue: 1 << 5)
    /// The sender chooses the path: RFC 7126 has routers drop this.
    public static let sourceRoute = Anomalies(rawValue: 1 << 6)
    /// IPv6 extension headers stand twice or in the wrong order.
    public static let extensionOrder = Anomalies(rawValue: 1 << 7)
    /// A whole packet with a fragment header: RFC 8021 says why not.
    public static let atomicFragment = Anomalies(rawValue: 1 << 8)
    /// The first fragment does not hold the whole transport header: RFC 1858, RFC 7112.
    public static let tinyFragment = Anomalies(rawValue: 1 << 9)
    /// The fragment's end lies beyond 65,535 bytes.
    public static let fragmentOverflow = Anomalies(rawValue: 1 << 10)
    public static let malformedTCPOptions = Anomalies(rawValue: 1 << 11)
    /// SYN with FIN or RST, or no flag at all: no TCP sends that.
    public static let impossibleTCPFlags = Anomalies(rawValue: 1 << 12)
    public static let reservedTCPFlags = Anomalies(rawValue: 1 << 13)
    public static let portZero = Anomalies(rawValue: 1 << 14)
    /// The source is a multicast or broadcast address.
    public static let sourceNotUnicast = Anomalies(rawValue: 1 << 15)
    /// The EtherType says one IP version, the header the other.
    public static let versionMismatch = Anomalies(rawValue: 1 << 16)
    /// ARP's sender address is not the address the frame came from.
    public static let arpSenderMismatch = Anomalies(rawValue: 1 << 17)
    /// Neighbour discovery with a hop limit below 255 came through a router: RFC 4861 has it dropped.
    public static let forwardedNeighborDiscovery = Anomalies(rawValue: 1 << 18)
    public static let malformedNeighborDiscovery = Anomalies(rawValue: 1 << 19)
    /// An ICMP error without a packet in it that could be read.
    public static let unreadableQuote = Anomalies(rawValue: 1 << 20)
    /// RFC 4884 extensions at the fixed place of older routers.
    public static let uncompliantExtensions = Anomalies(rawValue: 1 << 21)

    private static let names: [(Anomalies, String)] = [
        (.lengthFromFrame, "IP length not filled in (segmentation offload)"),
        (.lengthBeyondFrame, "length beyond the frame"),
        (.udpLengthMismatch, "UDP length does not match"),
        (.reservedIPFlag, "reserved IP flag"),
        (.ipv4Options, "IPv4 options"),
        (.malformedIPv4Options, "malformed IPv4 options"),
        (.sourceRoute, "source route"),
        (.extensionOrder, "extension headers out of order"),
        (.atomicFragment, "atomic fragment"),
        (.tinyFragment, "tiny first fragment"),
        (.fragmentOverflow, "fragment beyond 65535 bytes"),
        (.malformedTCPOptions, "malformed TCP options"),
        (.impossibleTCPFlags, "impossible TCP flags"),
        (.reservedTCPFlags, "reserved TCP flags"),
        (.portZero, "port 0"),
        (.sourceNotUnicast, "source is not unicast"),
        (.versionMismatch, "IP version does not match the EtherType"),
        (.arpSenderMismatch, "ARP sender is not the frame's sender"),
        (.forwardedNeighborDiscovery, "neighbour discovery from behind a router"),
        (.malformedNeighborDiscovery, "malformed neighbour discovery"),
        (.unreadableQuote, "unreadable ICMP quote"),
        (.uncompliantExtensions, "ICMP extensions without a length"),
    ]

    /// In words, separated by commas.
    public var description: String {
        Self.names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}
