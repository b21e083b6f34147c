/// A frame taken apart: every layer that could be read, what stopped the reading, and what is only
/// suspicious. A fixed-size value without references; the bytes stay in the frame, and offsets count from
/// its start.
@frozen
public struct Packet: Hashable, Sendable {
    public var linkType: LinkType
    /// Nil when the link header could not be read.
    public var link: LinkLayer?
    /// Outermost first.
    public var vlanTags = VLANTags()
    public var mplsLabelCount = 0
    public var pppoeSession: UInt16?

    public var network: NetworkLayer?
    /// Where the network header begins, as far as one was reached.
    public var networkOffset = 0
    public var extensions: IPv6Extensions.Kinds = []
    /// An IPv6 routing header still names this many hops.
    public var segmentsLeft: UInt8 = 0
    /// Nil for a packet that is whole.
    public var fragment: IPFragment?

    public var transport: TransportLayer?
    /// Where the transport header begins: behind the last IP header.
    public var transportOffset = 0
    /// Transport header and payload in bytes, as the IP header says.
    public var transportLengthOnWire = 0

    /// What follows the last header that was decoded, bounded by the lengths in the headers and by what was
    /// captured.
    public var payload: Range<Int> = 0..<0
    /// The payload's length as the headers say; more than `payload.count` when the capture cut it.
    public var payloadLengthOnWire = 0

    public var capturedLength: Int
    /// The frame's length on the wire.
    public var originalLength: Int
    public var stop: DecodeError?
    public var anomalies: Anomalies = []

    @inline(__always)
    init(linkType: LinkType, capturedLength: Int, originalLength: Int) {
        self.linkType = linkType
        self.capturedLength = capturedLength
        self.originalLength = Swift.max(originalLength, capturedLength)
    }
}

extension Packet {
    public var source: IPAddress? { network?.source }
    public var destination: IPAddress? { network?.destination }
    public var timeToLive: UInt8? { network?.timeToLive }
    public var family: IPFamily? { network?.family }

    /// IPv4's identification; IPv6 has one only in fragments.
    public var ipIdentification: UInt32? {
        if case .ipv4(let header) = network { return UInt32(header.identification) }
        return fragment?.identification
    }

    public var tcp: TCPHeader? {
        if case .tcp(let header) = transport { header } else { nil }
    }

    public var udp: UDPHeader? {
        if case .udp(let header) = transport { header } else { nil }
    }

    public var icmp: ICMPMessage? {
        if case .icmp(let message) = transport { message } else { nil }
    }

    public var arp: ARPPacket? {
        if case .arp(let packet) = network { packet } else { nil }
    }

    /// The protocol behind the IP headers, decoded or not.
    public var transportProtocol: IPProtocol? {
        switch transport {
        case .tcp: .tcp
        case .udp: .udp
        case .icmp(let message): message.family == .v4 ? .icmpv4 : .icmpv6
        case .fragment(let number), .other(let number): number
        case nil: nil
        }
    }

    /// Who talks to whom, in this packet's direction; nil without TCP or UDP ports.
    public var flow: Flow? {
        guard let source, let destination else { return nil }
        switch transport {
        case .tcp(let header):
            return Flow(
                .tcp, from: Endpoint(source, header.sourcePort), to: Endpoint(destination, header.destinationPort))
        case .udp(let header):
            return Flow(
                .udp, from: Endpoint(source, header.sourcePort), to: Endpoint(destination, header.destinationPort))
        default: return nil
        }
    }

    /// Where the TCP options stand in the frame, for `TCPOption.list`.
    public var tcpOptionsRange: Range<Int>? {
        guard let tcp, tcp.headerLength > TCPHeader.minimumLength else { return nil }
        let end = Swift.min(transportOffset &+ tcp.headerLength, capturedLength)
        let start = transportOffset &+ TCPHeader.minimumLength
        return start < end ? start..<end : nil
    }

    /// The capture holds less than was on the wire.
    public var isCut: Bool { capturedLength < originalLength }
}
