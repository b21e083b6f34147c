public import PacketWire

/// What an ICMP error quotes of the packet that caused it: the packet as it was where it ended, which is seldom
/// quite as it was where it began.
///
/// Every field past the ports is nil where the quote ends before it: RFC 792 asks for eight bytes behind the IP
/// header, RFC 1812 section 4.3.2.3 and RFC 4443 section 3 for as much as fits.
public struct PacketQuote: Sendable, Hashable {
    public var source: IPAddress
    public var destination: IPAddress
    public var sourcePort: UInt16?
    public var destinationPort: UInt16?
    /// 0 or 1 in a "time exceeded", unless somebody rewrote it.
    public var timeToLive: UInt8
    public var trafficClass: UInt8
    /// Nil in IPv6.
    public var identification: UInt32?
    /// TCP's.
    public var sequenceNumber: UInt32?
    public var flags: TCPFlags?
    /// Only where the whole header is quoted: what a cut list lacks may have been there.
    public var options: TCPOptions?
    /// The label stack with which the packet arrived, outermost first: RFC 4950.
    public var labels: [MPLSLabel]

    /// More labels than any network stacks, and a bound.
    static let mostLabels = 8

    /// The quote of an ICMP error; nil for any other packet, and where less than an IP header is quoted.
    ///
    /// - Parameter frame: the bytes that `packet` was decoded from.
    public init?(_ packet: Packet, in frame: Span<UInt8>) {
        guard let message = packet.icmp, message.isError, let quoted = message.quoted else { return nil }
        source = quoted.source
        destination = quoted.destination
        sourcePort = quoted.sourcePort
        destinationPort = quoted.destinationPort
        timeToLive = quoted.timeToLive
        trafficClass = quoted.trafficClass
        identification = quoted.family == .v4 ? quoted.identification : nil
        sequenceNumber = quoted.sequenceNumber
        flags = quoted.tcpFlags
        options = Self.options(of: quoted, in: frame)
        labels = []
        for object in message.extensions(in: frame)?.objects ?? [] {
            if case .mplsLabelStack(let stack) = object { labels += stack.prefix(Self.mostLabels) }
        }
        labels = Array(labels.prefix(Self.mostLabels))
    }

    private static func options(of quoted: QuotedPacket, in frame: Span<UInt8>) -> TCPOptions? {
        let end = quoted.range.upperBound
        guard quoted.protocolNumber == .tcp, quoted.tcpFlags != nil, end <= frame.count else { return nil }
        guard let header = try? TCPHeader(decoding: frame.extracting(0..<end), at: quoted.transportOffset),
            header.headerLength <= end - quoted.transportOffset, !header.options.isMalformed
        else { return nil }
        return header.options
    }
}
