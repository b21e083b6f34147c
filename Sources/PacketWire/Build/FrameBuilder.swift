/// Puts whole frames together, with lengths and checksums filled in: for crafted probes, simulators and tests.
///
/// A builder holds what the frames of one direction have in common; each call makes one frame. Both addresses
/// must be of one family.
public struct FrameBuilder: Hashable, Sendable {
    public enum Link: Hashable, Sendable {
        case ethernet(from: MACAddress, to: MACAddress)
        case linuxSLL(CookedPacketType)
        case linuxSLL2(CookedPacketType, interfaceIndex: UInt32)
        case null
        case rawIP
    }

    public var link: Link
    public var vlanTags: [VLANTag] = []
    public var source: IPAddress
    public var destination: IPAddress
    /// IPv6's hop limit.
    public var timeToLive: UInt8 = 64
    public var trafficClass: UInt8 = 0
    /// IPv4 only.
    public var identification: UInt16 = 0
    /// IPv4 only.
    public var dontFragment = true

    public init(_ link: Link = .rawIP, from source: IPAddress, to destination: IPAddress, timeToLive: UInt8 = 64) {
        precondition(source.family == destination.family, "both addresses must be of one family")
        self.link = link
        self.source = source
        self.destination = destination
        self.timeToLive = timeToLive
    }

    public var linkType: LinkType {
        switch link {
        case .ethernet: .ethernet
        case .linuxSLL: .linuxSLL
        case .linuxSLL2: .linuxSLL2
        case .null: .null
        case .rawIP: .rawIP
        }
    }

    /// The other direction, as its answers travel.
    public var reversed: FrameBuilder {
        var result = self
        swap(&result.source, &result.destination)
        switch link {
        case .ethernet(let from, let to): result.link = .ethernet(from: to, to: from)
        case .linuxSLL(let type): result.link = .linuxSLL(type == .fromUs ? .toUs : .fromUs)
        case .linuxSLL2(let type, let index):
            result.link = .linuxSLL2(type == .fromUs ? .toUs : .fromUs, interfaceIndex: index)
        case .null, .rawIP: break
        }
        return result
    }

    /// A segment; `options` in exactly this order, or else the header's in Linux's order.
    public func tcp(_ header: TCPHeader, options: [TCPOption]? = nil, payload: [UInt8] = []) -> [UInt8] {
        var segment: [UInt8] = []
        header.encode(into: &segment, options: options, payload: payload, from: source, to: destination)
        return ip(.tcp, segment)
    }

    public func udp(from sourcePort: UInt16, to destinationPort: UInt16, payload: [UInt8] = []) -> [UInt8] {
        var datagram: [UInt8] = []
        UDPHeader(from: sourcePort, to: destinationPort, payloadLength: payload.count)
            .encode(into: &datagram, payload: payload, from: source, to: destination)
        return ip(.udp, datagram)
    }

    /// An echo request, or with `isReply` its answer.
    public func echo(identifier: UInt16, sequence: UInt16, isReply: Bool = false, payload: [UInt8] = []) -> [UInt8] {
        let types: (request: UInt8, reply: UInt8) = source.family == .v4 ? (8, 0) : (128, 129)
        return icmp(
            type: isReply ? types.reply : types.request, code: 0,
            restOfHeader: UInt32(identifier) << 16 | UInt32(sequence), body: payload)
    }

    public func icmp(type: UInt8, code: UInt8, restOfHeader: UInt32 = 0, body: [UInt8] = []) -> [UInt8] {
        var message: [UInt8] = []
        ICMPMessage.encode(
            into: &message, type: type, code: code, restOfHeader: restOfHeader, body: body, from: source,
            to: destination)
        return ip(icmpProtocol, message)
    }

    /// An error about `packet`, which begins with its IP header (see `Packet.networkBytes`). `mtu` goes where
    /// the family keeps it.
    public func icmpError(
        type: UInt8, code: UInt8, quoting packet: [UInt8], limit: Int = 548, mtu: UInt32 = 0,
        extensions: ICMPExtensions? = nil
    ) -> [UInt8] {
        var message: [UInt8] = []
        ICMPMessage.encode(
            into: &message, error: ICMPError(family: source.family, type: type, code: code), quoting: packet,
            limit: limit, extensions: extensions, restOfHeader: mtu, from: source, to: destination)
        return ip(icmpProtocol, message)
    }

    public func neighborDiscovery(_ message: NDMessage) -> [UInt8] {
        var builder = self
        builder.timeToLive = 255
        let encoded = message.encoded
        return builder.icmp(
            type: message.type.rawValue, code: 0, restOfHeader: encoded.restOfHeader, body: encoded.body)
    }

    public func arp(_ packet: ARPPacket) -> [UInt8] {
        var frame = linkHeader(.arp)
        packet.encode(into: &frame)
        return frame
    }

    /// Any protocol over IP, with no checksum but IPv4's own.
    public func ip(_ proto: IPProtocol, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8]
        switch (source, destination) {
        case (.v4(let source), .v4(let destination)):
            frame = linkHeader(.ipv4)
            IPv4Header(
                from: source, to: destination, proto, payloadLength: payload.count, timeToLive: timeToLive,
                identification: identification, dontFragment: dontFragment, trafficClass: trafficClass
            ).encode(into: &frame)
        case (.v6(let source), .v6(let destination)):
            frame = linkHeader(.ipv6)
            IPv6Header(
                from: source, to: destination, proto, payloadLength: payload.count, hopLimit: timeToLive,
                trafficClass: trafficClass
            ).encode(into: &frame)
        default: preconditionFailure("both addresses must be of one family")
        }
        return frame + payload
    }

    private var icmpProtocol: IPProtocol { source.family == .v4 ? .icmpv4 : .icmpv6 }

    private func linkHeader(_ etherType: EtherType) -> [UInt8] {
        var frame: [UInt8] = []
        let first = vlanTags.first?.tagProtocol ?? etherType
        switch link {
        case .ethernet(let from, let to):
            EthernetHeader(destination: to, source: from, etherType: first).encode(into: &frame)
        case .linuxSLL(let type):
            LinuxCookedHeader(packetType: type, source: MACAddress(rawValue: 0), etherType: first).encode(into: &frame)
        case .linuxSLL2(let type, let index):
            LinuxCookedV2Header(
                packetType: type, interfaceIndex: index, source: MACAddress(rawValue: 0), etherType: first
            ).encode(into: &frame)
        case .null:
            NullHeader(source.family).encode(into: &frame)
            return frame
        case .rawIP: return frame
        }
        for (index, tag) in vlanTags.enumerated() {
            frame.append(bigEndian: tag.control)
            let next = index + 1 < vlanTags.count ? vlanTags[index + 1].tagProtocol : etherType
            frame.append(bigEndian: next.rawValue)
        }
        return frame
    }
}

extension Packet {
    /// The frame's bytes from its IP header to the end of that packet, without the link's padding: what a
    /// router quotes. Empty when there is no IP header.
    public func networkBytes(of frame: [UInt8]) -> [UInt8] {
        guard source != nil, networkOffset <= frame.count else { return [] }
        let end = transportOffset > 0 ? transportOffset &+ transportLengthOnWire : frame.count
        return Array(frame[networkOffset..<Swift.max(networkOffset, Swift.min(end, frame.count))])
    }
}
