/// What a connection is followed by, of one segment of TCP: who sent it to whom, its header in short, and where its payload
/// stands. A third of what a `Packet` is, for nearly every packet there is comes by as one of these.
public struct SegmentOutline: Sendable {
    public internal(set) var header = CompactTCPHeader()
    public internal(set) var source = IPAddress.v4(IPv4Address(rawValue: 0))
    public internal(set) var destination = IPAddress.v4(IPv4Address(rawValue: 0))
    /// Where the TCP header begins in its frame.
    var start = 0
    /// Where the payload stands in its frame, as far as that was captured.
    public internal(set) var payload = 0..<0
    /// As the headers say; more than `payload.count` where the capture cut it.
    public internal(set) var payloadLengthOnWire = 0
    /// The frame's length on the wire.
    public internal(set) var originalLength = 0
    /// IPv4's; IPv6 has one only in fragments.
    public internal(set) var identification: UInt32?
    /// IPv6 calls it the hop limit.
    public internal(set) var timeToLive: UInt8 = 0
    public internal(set) var trafficClass: UInt8 = 0
    /// The capture ends before the options do.
    public internal(set) var areOptionsCut = false
    /// It has selective acknowledgements, which `header` leaves out.
    public internal(set) var hasSACKBlocks = false

    /// Of nothing: see `fill(plain:originalLength:)`.
    public init() {}

    /// Of a packet that is a segment; nil for any other.
    public init?(_ packet: borrowing Packet) {
        guard packet.transportKind == .tcp, let source = packet.source, let destination = packet.destination else {
            return nil
        }
        header = CompactTCPHeader(allButBlocksOf: packet.tcpStorage)
        hasSACKBlocks = !packet.tcpStorage.options.sackBlocks.isEmpty
        (self.source, self.destination) = (source, destination)
        start = packet.transportOffset
        payload = packet.payload
        payloadLengthOnWire = packet.payloadLengthOnWire
        originalLength = packet.originalLength
        identification = packet.ipIdentification
        timeToLive = packet.timeToLive ?? 0
        trafficClass = packet.network?.trafficClass ?? 0
        areOptionsCut = packet.areTCPOptionsCut
    }

    @inlinable
    public var flow: Flow {
        Flow(.tcp, from: Endpoint(source, header.sourcePort), to: Endpoint(destination, header.destinationPort))
    }
}
