import PacketWire

/// Bytes from hexadecimal digits; blanks and line ends are for the reader.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    precondition(digits.count % 2 == 0, "an odd number of hexadecimal digits")
    var result: [UInt8] = []
    var index = digits.startIndex
    while index < digits.endIndex {
        let next = digits.index(index, offsetBy: 2)
        guard let byte = UInt8(digits[index..<next], radix: 16) else { preconditionFailure("not hexadecimal") }
        result.append(byte)
        index = next
    }
    return result
}

/// Decodes a frame that was captured whole, or cut from `originalLength`.
func decode(_ frame: [UInt8], _ linkType: LinkType = .ethernet, originalLength: Int? = nil) -> Packet {
    Packet.decode(frame.span, linkType: linkType, originalLength: originalLength ?? frame.count)
}

/// Whatever `encode` appends to nothing.
func emitted(_ encode: (inout [UInt8]) -> Void) -> [UInt8] {
    var bytes: [UInt8] = []
    encode(&bytes)
    return bytes
}

let clientMAC = MACAddress(rawValue: 0x0200_0000_0001)
let serverMAC = MACAddress(rawValue: 0x0200_0000_0002)
let clientV4 = IPAddress.v4(IPv4Address(10, 1, 1, 1))
let serverV4 = IPAddress.v4(IPv4Address(10, 9, 9, 9))
let routerV4 = IPAddress.v4(IPv4Address(10, 0, 0, 1))
let clientV6 = IPAddress.v6(IPv6Address(rawValue: 0x2001_0DB8_0001_0000_0000_0000_0000_0001))
let serverV6 = IPAddress.v6(IPv6Address(rawValue: 0x2001_0DB8_0009_0000_0000_0000_0000_0009))
let routerV6 = IPAddress.v6(IPv6Address(rawValue: 0xFE80_0000_0000_0000_0000_0000_0000_0001))

/// From the client to the server, in one family and behind one link header.
func builder(_ family: IPFamily, _ link: FrameBuilder.Link = .ethernet(from: clientMAC, to: serverMAC)) -> FrameBuilder
{
    family == .v4
        ? FrameBuilder(link, from: clientV4, to: serverV4) : FrameBuilder(link, from: clientV6, to: serverV6)
}

/// From the router to the client.
func router(_ family: IPFamily, _ link: FrameBuilder.Link = .rawIP) -> FrameBuilder {
    family == .v4
        ? FrameBuilder(link, from: routerV4, to: clientV4) : FrameBuilder(link, from: routerV6, to: clientV6)
}

/// Asks for everything that can be computed from a packet, so that a trap in any of it shows. Returns a number
/// that depends on all of it.
func exercise(_ packet: Packet, _ frame: [UInt8]) -> Int {
    var total = packet.summary.utf8.count
    total &+= packet.checksums(in: frame.span).hashValue & 1
    total &+= packet.networkBytes(of: frame).count
    total &+= packet.anomalies.description.utf8.count + (packet.stop?.description.utf8.count ?? 0)
    if let range = packet.tcpOptionsRange {
        total &+= TCPOption.list(in: frame.span, range).count
    }
    if let icmp = packet.icmp {
        total &+= icmp.extensions(in: frame.span)?.objects.count ?? 0
        if let range = icmp.quoted?.tcpOptionsRange { total &+= TCPOption.list(in: frame.span, range).count }
        total &+= icmp.quoted?.flow?.description.utf8.count ?? 0
    }
    total &+= packet.flow?.description.utf8.count ?? 0
    return total
}

/// What must hold for every packet, however hostile the frame was.
func isPlausible(_ packet: Packet, _ frame: [UInt8]) -> Bool {
    packet.payload.lowerBound >= 0 && packet.payload.upperBound <= frame.count && packet.payloadLengthOnWire >= 0
        && packet.originalLength >= frame.count && packet.transportLengthOnWire >= 0
        && (packet.network != nil || packet.transport == nil)
        && (packet.icmp?.quoted.map { $0.range.upperBound <= frame.count } ?? true)
}
