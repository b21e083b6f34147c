/// The beginning of the packet that caused an ICMP error, as its sender quotes it: which of our packets it
/// was, and what had happened to it by then (TTL, DSCP, translated addresses).
///
/// RFC 792 asks for the IP header and eight bytes, RFC 1812 for as much as fits; so everything after the
/// ports may be missing.
@frozen
public struct QuotedPacket: Hashable, Sendable {
    private var sourceBits: UInt128
    private var destinationBits: UInt128
    public private(set) var protocolNumber: IPProtocol
    /// As the sender of the error saw it: normally 0 or 1 in a "time exceeded".
    public private(set) var timeToLive: UInt8
    public private(set) var trafficClass: UInt8
    private var present: Present
    /// 16 bits in IPv4; in IPv6 that of a fragment header, else 0.
    public private(set) var identification: UInt32
    private var length: UInt32
    private var bounds: PackedRange
    private var transportStart: UInt32
    private var optionsEnd: UInt32 = 0
    /// TCP's, or the length of a datagram.
    private var sequence: UInt32 = 0
    private var acknowledgement: UInt32 = 0
    /// Ports, or the identifier and sequence number of an echo request.
    private var firstWord: UInt16 = 0
    private var secondWord: UInt16 = 0
    private var flags = TCPFlags()
    private var checksumField: UInt16 = 0
    private var fragmentField: UInt16 = 0

    /// What there is a value for: the fields are packed, because every packet has room for a quote.
    @usableFromInline
    struct Present: OptionSet, Hashable, Sendable {
        @usableFromInline var rawValue: UInt8

        @usableFromInline
        init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        static let isIPv6 = Present(rawValue: 1)
        static let ports = Present(rawValue: 2)
        static let echo = Present(rawValue: 4)
        static let sequence = Present(rawValue: 8)
        static let flags = Present(rawValue: 16)
        static let checksum = Present(rawValue: 32)
        static let options = Present(rawValue: 64)
        static let fragment = Present(rawValue: 128)
    }

    /// Nil when the bytes do not begin with a whole IP header.
    public init?(decoding bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, !range.isEmpty else { return nil }
        let bounded = bytes.extracting(0..<range.upperBound)
        let start = range.lowerBound
        bounds = PackedRange(range)
        do throws(DecodeError) {
            if bytes[start] >> 4 == 4 {
                let header = try IPv4Header(decoding: bounded, at: start)
                present = []
                sourceBits = UInt128(header.source.rawValue)
                let options = start &+ IPv4Header.minimumLength..<start &+ header.headerLength
                let last = options.isEmpty ? nil : IPv4Option.finalDestination(bounded, options)
                destinationBits = UInt128((last ?? header.destination).rawValue)
                protocolNumber = header.protocolNumber
                timeToLive = header.timeToLive
                trafficClass = header.trafficClass
                identification = UInt32(header.identification)
                length = UInt32(header.totalLength)
                transportStart = UInt32(clamping: start &+ header.headerLength)
                note(header.fragment)
            } else {
                let header = try IPv6Header(decoding: bounded, at: start)
                present = .isIPv6
                sourceBits = header.source.rawValue
                destinationBits = header.destination.rawValue
                timeToLive = header.hopLimit
                trafficClass = header.trafficClass
                length = UInt32(header.payloadLength) &+ UInt32(IPv6Header.length)
                var extensions = IPv6Extensions(next: header.nextHeader, at: start &+ IPv6Header.length)
                // A chain that is cut leaves what was read before it: the addresses still say whose it is.
                do throws(DecodeError) { try extensions.decode(bounded) } catch {}
                protocolNumber = extensions.next
                identification = extensions.fragment?.identification ?? 0
                transportStart = UInt32(clamping: extensions.end)
                note(extensions.fragment)
            }
        } catch {
            return nil
        }
        if fragment?.isFirst ?? true { decodeTransport(bounded) }
    }

    private mutating func note(_ fragment: IPFragment?) {
        guard let fragment else { return }
        present.insert(.fragment)
        fragmentField = UInt16(truncatingIfNeeded: fragment.offset) | (fragment.moreFragments ? 1 : 0)
    }

    private mutating func decodeTransport(_ bytes: Span<UInt8>) {
        let available = bytes.available(from: transportOffset)
        switch protocolNumber {
        case .tcp, .udp, .sctp, .dccp, .udpLite:
            guard available >= 4 else { return }
            present.insert(.ports)
            firstWord = bytes.uint16(at: transportOffset)
            secondWord = bytes.uint16(at: transportOffset &+ 2)
            if protocolNumber == .tcp { decodeTCP(bytes, available) }
            if protocolNumber == .udp, available >= 8 {
                sequence = UInt32(bytes.uint16(at: transportOffset &+ 4))
                note(checksum: bytes.uint16(at: transportOffset &+ 6))
            }
        case .icmpv4, .icmpv6:
            let type = available >= 8 ? bytes[transportOffset] : 255
            guard type == (protocolNumber == .icmpv4 ? 8 : 128) else { return }
            note(checksum: bytes.uint16(at: transportOffset &+ 2))
            present.insert(.echo)
            firstWord = bytes.uint16(at: transportOffset &+ 4)
            secondWord = bytes.uint16(at: transportOffset &+ 6)
        default: break
        }
    }

    private mutating func decodeTCP(_ bytes: Span<UInt8>, _ available: Int) {
        guard available >= 8 else { return }
        present.insert(.sequence)
        sequence = bytes.uint32(at: transportOffset &+ 4)
        guard available >= 14 else { return }
        let word = bytes.uint16(at: transportOffset &+ 12)
        let headerLength = Int(word >> 12) &* 4
        // RFC 4884 section 5.1 pads a quote with zeros: no header is that short.
        guard headerLength >= TCPHeader.minimumLength else { return }
        present.insert(.flags)
        acknowledgement = bytes.uint32(at: transportOffset &+ 8)
        flags = TCPFlags(rawValue: word & 0xFFF)
        guard available >= 18 else { return }
        note(checksum: bytes.uint16(at: transportOffset &+ 16))
        if headerLength > TCPHeader.minimumLength, available > TCPHeader.minimumLength {
            present.insert(.options)
            optionsEnd = UInt32(clamping: transportOffset &+ min(headerLength, available))
        }
    }

    private mutating func note(checksum: UInt16) {
        present.insert(.checksum)
        checksumField = checksum
    }
}

extension QuotedPacket {
    public var family: IPFamily { present.contains(.isIPv6) ? .v6 : .v4 }
    public var source: IPAddress { address(sourceBits) }
    public var destination: IPAddress { address(destinationBits) }

    private func address(_ bits: UInt128) -> IPAddress {
        present.contains(.isIPv6)
            ? .v6(IPv6Address(rawValue: bits)) : .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits)))
    }

    /// TCP, UDP and the protocols that begin as they do (SCTP, DCCP, UDP-Lite).
    public var sourcePort: UInt16? { present.contains(.ports) ? firstWord : nil }
    public var destinationPort: UInt16? { present.contains(.ports) ? secondWord : nil }
    /// Of ICMP echo requests.
    public var echoIdentifier: UInt16? { present.contains(.echo) ? firstWord : nil }
    public var echoSequence: UInt16? { present.contains(.echo) ? secondWord : nil }
    /// TCP only.
    public var sequenceNumber: UInt32? { present.contains(.sequence) ? sequence : nil }
    /// UDP only: header and payload, in bytes, as its header says.
    public var datagramLength: UInt16? {
        protocolNumber == .udp && present.contains(.checksum) ? UInt16(truncatingIfNeeded: sequence) : nil
    }
    public var acknowledgementNumber: UInt32? { present.contains(.flags) ? acknowledgement : nil }
    public var tcpFlags: TCPFlags? { present.contains(.flags) ? flags : nil }
    public var checksum: UInt16? { present.contains(.checksum) ? checksumField : nil }

    /// In bytes, header included, as the quoted header says; some hosts return it changed.
    public var totalLength: Int { Int(length) }
    /// Where the quote stands in the frame.
    public var range: Range<Int> { bounds.range }
    /// Where its transport header begins in the frame.
    public var transportOffset: Int { Int(transportStart) }

    /// Nil unless the quoted packet was a fragment.
    public var fragment: IPFragment? {
        guard present.contains(.fragment) else { return nil }
        return IPFragment(
            identification: identification, offset: Int(fragmentField & 0xFFF8),
            moreFragments: fragmentField & 1 == 1)
    }

    /// The TCP options as far as they are quoted; nil when the quote ends before them, or there are none.
    public var tcpOptionsRange: Range<Int>? {
        guard present.contains(.options) else { return nil }
        return transportOffset &+ TCPHeader.minimumLength..<Int(optionsEnd)
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
