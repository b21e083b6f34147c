/// The beginning of the packet that caused an ICMP error, as its sender quotes it: which of our packets it
/// was, and what had happened to it by then (TTL, DSCP, translated addresses).
///
/// RFC 792 asks for the IP header and eight bytes, RFC 1812 for as much as fits; so everything after the
/// ports may be missing.
@frozen
public struct QuotedPacket: Hashable, Sendable {
    public var source: IPAddress
    public var destination: IPAddress
    public var protocolNumber: IPProtocol
    /// TCP, UDP and the protocols that begin as they do (SCTP, DCCP, UDP-Lite).
    public var sourcePort: UInt16?
    public var destinationPort: UInt16?
    /// TCP only.
    public var sequenceNumber: UInt32?
    public var acknowledgementNumber: UInt32?
    public var tcpFlags: TCPFlags?
    /// Of ICMP echo requests.
    public var echoIdentifier: UInt16?
    public var echoSequence: UInt16?
    /// As the sender of the error saw it: normally 0 or 1 in a "time exceeded".
    public var timeToLive: UInt8
    public var trafficClass: UInt8
    /// 16 bits in IPv4; in IPv6 that of a fragment header, else 0.
    public var identification: UInt32
    /// In bytes, header included, as the quoted header says; some hosts return it changed.
    public var totalLength: Int
    public var checksum: UInt16?
    /// Nil unless the quoted packet was a fragment.
    public var fragment: IPFragment?
    /// Where the quote stands in the frame.
    public var range: Range<Int>
    /// Where its transport header begins in the frame.
    public var transportOffset: Int
    /// The TCP options as far as they are quoted; nil when the quote ends before them, or there are none.
    public var tcpOptionsRange: Range<Int>?

    /// Nil when the bytes do not begin with a whole IP header.
    public init?(decoding bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else { return nil }
        let bounded = bytes.extracting(0..<range.upperBound)
        let start = range.lowerBound
        self.range = range
        do throws(DecodeError) {
            if bytes[start] >> 4 == 4 {
                let header = try IPv4Header(decoding: bounded, at: start)
                source = .v4(header.source)
                destination = .v4(header.destination)
                protocolNumber = header.protocolNumber
                timeToLive = header.timeToLive
                trafficClass = header.trafficClass
                identification = UInt32(header.identification)
                totalLength = Int(header.totalLength)
                fragment = header.fragment
                transportOffset = start &+ header.headerLength
            } else {
                let header = try IPv6Header(decoding: bounded, at: start)
                source = .v6(header.source)
                destination = .v6(header.destination)
                timeToLive = header.hopLimit
                trafficClass = header.trafficClass
                totalLength = Int(header.payloadLength) &+ IPv6Header.length
                var extensions = IPv6Extensions(next: header.nextHeader, at: start &+ IPv6Header.length)
                // A chain that is cut leaves what was read before it: the addresses still say whose it is.
                do throws(DecodeError) { try extensions.decode(bounded) } catch {}
                protocolNumber = extensions.next
                fragment = extensions.fragment
                identification = extensions.fragment?.identification ?? 0
                transportOffset = extensions.end
            }
        } catch {
            return nil
        }
        if fragment?.isFirst ?? true { decodeTransport(bounded) }
    }

    private mutating func decodeTransport(_ bytes: Span<UInt8>) {
        let available = bytes.available(from: transportOffset)
        switch protocolNumber {
        case .tcp, .udp, .sctp, .dccp, .udpLite:
            guard available >= 4 else { return }
            sourcePort = bytes.uint16(at: transportOffset)
            destinationPort = bytes.uint16(at: transportOffset &+ 2)
            if protocolNumber == .tcp { decodeTCP(bytes, available) }
            if protocolNumber == .udp, available >= 8 { checksum = bytes.uint16(at: transportOffset &+ 6) }
        case .icmpv4, .icmpv6:
            let type = available >= 8 ? bytes[transportOffset] : 255
            guard type == (protocolNumber == .icmpv4 ? 8 : 128) else { return }
            checksum = bytes.uint16(at: transportOffset &+ 2)
            echoIdentifier = bytes.uint16(at: transportOffset &+ 4)
            echoSequence = bytes.uint16(at: transportOffset &+ 6)
        default: break
        }
    }

    private mutating func decodeTCP(_ bytes: Span<UInt8>, _ available: Int) {
        guard available >= 8 else { return }
        sequenceNumber = bytes.uint32(at: transportOffset &+ 4)
        guard available >= 14 else { return }
        acknowledgementNumber = bytes.uint32(at: transportOffset &+ 8)
        let word = bytes.uint16(at: transportOffset &+ 12)
        tcpFlags = TCPFlags(rawValue: word & 0xFFF)
        guard available >= 18 else { return }
        checksum = bytes.uint16(at: transportOffset &+ 16)
        let headerLength = Int(word >> 12) &* 4
        if headerLength > TCPHeader.minimumLength, available > TCPHeader.minimumLength {
            let start = transportOffset &+ TCPHeader.minimumLength
            tcpOptionsRange = start..<transportOffset &+ min(headerLength, available)
        }
    }

    /// The conversation that the quoted packet belongs to, in its own direction; nil without ports.
    public var flow: Flow? {
        guard let sourcePort, let destinationPort else { return nil }
        let transport: Transport
        switch protocolNumber {
        case .tcp: transport = .tcp
        case .udp: transport = .udp
        default: return nil
        }
        return Flow(transport, from: Endpoint(source, sourcePort), to: Endpoint(destination, destinationPort))
    }
}
