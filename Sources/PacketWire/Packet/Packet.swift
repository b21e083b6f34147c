/// A frame taken apart: every layer that could be read, what stopped the reading, and what is only
/// suspicious. A fixed-size value without references; the bytes stay in the frame, and offsets count from
/// its start.
///
/// A tunnelled packet is the one inside: its addresses, its ports, its anomalies. `encapsulations` says what it
/// was in. A tunnel that holds no IP packet or ARP message that could be read is not entered, and the packet is
/// the outer one.
@frozen
public struct Packet: Hashable, Sendable {
    public var linkType: LinkType
    /// Nil when the link header could not be read.
    public var link: LinkLayer?
    /// What the packet travelled in, outermost first: tags, labels, tunnels. All that follows is the packet
    /// inside the last of them.
    public var encapsulations = Encapsulations()

    public var network: NetworkLayer?
    /// Where the network header begins, as far as one was reached.
    public var networkOffset = 0
    public var extensions: IPv6Extensions.Kinds = []
    /// An IPv6 routing header still names this many hops.
    public var segmentsLeft: UInt8 = 0
    /// Nil for a packet that is whole.
    public var fragment: IPFragment?

    // One place for each kind of transport header, so that it is filled where it stays: TCP's is decoded for
    // nearly every packet, and moving it costs more than reading it.
    @usableFromInline var transportKind = TransportKind.none
    @usableFromInline var transportNumber = IPProtocol(rawValue: 0)
    @usableFromInline var tcpStorage = TCPHeader()
    @usableFromInline var udpStorage = UDPHeader()
    @usableFromInline var icmpStorage: ICMPMessage?
    /// Where the transport header begins: behind the last IP header.
    public var transportOffset = 0
    /// Transport header and payload in bytes, as the IP header says.
    public var transportLengthOnWire = 0

    /// What follows the last header that was decoded, bounded by the lengths in the headers and by what was
    /// captured.
    public var payload: Range<Int>
    /// The payload's length as the headers say; more than `payload.count` when the capture cut it.
    public var payloadLengthOnWire: Int

    public var capturedLength: Int
    /// The frame's length on the wire.
    public var originalLength: Int
    public var stop: DecodeError?
    public var anomalies: Anomalies = []

    /// What lies behind belongs to no header that was read: the end of the capture, or of the tunnel.
    @usableFromInline var readableEnd: Int

    @usableFromInline
    enum TransportKind: UInt8, Hashable, Sendable {
        case none, tcp, udp, icmp, fragment, other
        /// The header is cut behind its ports.
        case portsOnly
    }

    /// Nothing of it is read yet: see `fill(from:)`.
    @inlinable
    public init(linkType: LinkType, capturedLength: Int, originalLength: Int) {
        self.linkType = linkType
        self.capturedLength = capturedLength
        self.originalLength = Swift.max(originalLength, capturedLength)
        readableEnd = capturedLength
        payload = 0..<capturedLength
        payloadLengthOnWire = self.originalLength
    }
}

extension Packet {
    @inlinable
    public var source: IPAddress? { network?.source }
    @inlinable
    public var destination: IPAddress? { network?.destination }
    @inlinable
    public var timeToLive: UInt8? { network?.timeToLive }
    @inlinable
    public var family: IPFamily? { network?.family }

    /// IPv4's identification; IPv6 has one only in fragments.
    public var ipIdentification: UInt32? {
        if case .ipv4(let header) = network { return UInt32(header.identification) }
        return fragment?.identification
    }

    /// Nil when no transport header was reached or could be read.
    @inlinable
    public var transport: TransportLayer? {
        switch transportKind {
        case .none, .portsOnly: nil
        case .tcp: .tcp(tcpStorage)
        case .udp: .udp(udpStorage)
        case .icmp: icmpStorage.map { .icmp($0) }
        case .fragment: .fragment(transportNumber)
        case .other: .other(transportNumber)
        }
    }

    @inlinable
    public var tcp: TCPHeader? { transportKind == .tcp ? tcpStorage : nil }

    /// The flags alone, for whoever sorts packets by them; nil where it is not TCP.
    @inlinable
    public var tcpFlags: TCPFlags? { transportKind == .tcp ? tcpStorage.flags : nil }

    @inlinable
    public var udp: UDPHeader? { transportKind == .udp ? udpStorage : nil }

    @inlinable
    public var icmp: ICMPMessage? { icmpStorage }

    public var arp: ARPPacket? {
        if case .arp(let packet) = network { packet } else { nil }
    }

    /// The protocol behind the IP headers, decoded or not.
    public var transportProtocol: IPProtocol? {
        transportKind == .none || transportKind == .portsOnly ? nil : transportNumber
    }

    /// Who talks to whom, in this packet's direction; nil without TCP or UDP ports.
    @inlinable
    public var flow: Flow? {
        guard let source, let destination else { return nil }
        switch transportKind {
        case .tcp:
            return Flow(
                .tcp, from: Endpoint(source, tcpStorage.sourcePort),
                to: Endpoint(destination, tcpStorage.destinationPort))
        case .udp:
            return Flow(
                .udp, from: Endpoint(source, udpStorage.sourcePort),
                to: Endpoint(destination, udpStorage.destinationPort))
        default: return nil
        }
    }

    /// The ports of TCP and UDP, also where the capture or a fragment ends
    /// before the rest of the header.
    public var ports: (source: UInt16, destination: UInt16)? {
        switch transportKind {
        case .tcp, .portsOnly: (tcpStorage.sourcePort, tcpStorage.destinationPort)
        case .udp: (udpStorage.sourcePort, udpStorage.destinationPort)
        case .none, .icmp, .fragment, .other: nil
        }
    }

    /// Where the TCP options stand in the frame, for `TCPOption.list`.
    public var tcpOptionsRange: Range<Int>? {
        guard let tcp, tcp.headerLength > TCPHeader.minimumLength else { return nil }
        let end = Swift.min(transportOffset &+ tcp.headerLength, readableEnd)
        let start = transportOffset &+ TCPHeader.minimumLength
        return start < end ? start..<end : nil
    }

    /// The capture ends before the TCP options do, and not the packet.
    public var areTCPOptionsCut: Bool {
        guard isCut, let tcp, tcp.headerLength <= transportLengthOnWire else { return false }
        return transportOffset &+ tcp.headerLength > Swift.min(capturedLength, readableEnd)
    }

    /// The capture holds less than was on the wire.
    public var isCut: Bool { capturedLength < originalLength }
}
