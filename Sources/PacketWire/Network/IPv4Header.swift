/// The IPv4 header, RFC 791 section 3.1. Options are a range of the frame; see `IPv4Options`.
@frozen
public struct IPv4Header: Hashable, Sendable {
    public static let minimumLength = 20

    /// In words of four bytes.
    private var words: UInt8
    /// DSCP (6 bits) and ECN (2 bits).
    public var trafficClass: UInt8
    /// In bytes, header included, as the header says. 0 in a "giant frame" that segmentation offload cuts
    /// up only behind the capture (Linux `ip_output`, BIG TCP).
    public var totalLength: UInt16
    public var identification: UInt16
    /// Three flag bits and a fragment offset in units of eight bytes.
    public var flagsAndFragmentOffset: UInt16
    public var timeToLive: UInt8
    public var protocolNumber: IPProtocol
    public var checksum: UInt16
    public var source: IPv4Address
    public var destination: IPv4Address

    public init(
        from source: IPv4Address, to destination: IPv4Address, _ protocolNumber: IPProtocol, payloadLength: Int,
        timeToLive: UInt8 = 64, identification: UInt16 = 0, dontFragment: Bool = true, trafficClass: UInt8 = 0
    ) {
        words = 5
        self.trafficClass = trafficClass
        totalLength = UInt16(exactly: payloadLength &+ Self.minimumLength) ?? 0
        self.identification = identification
        flagsAndFragmentOffset = dontFragment ? 0x4000 : 0
        self.timeToLive = timeToLive
        self.protocolNumber = protocolNumber
        checksum = 0
        self.source = source
        self.destination = destination
    }

    /// Reads the fixed part. The options may be missing, where a capture or a quote was cut within them: what
    /// goes on behind them checks `headerLength`.
    @inline(__always)
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.minimumLength, at: offset, for: .ipv4)
        let versionAndLength = bytes[offset]
        guard versionAndLength >> 4 == 4 else {
            throw DecodeError(.ipv4, at: offset, .badVersion(versionAndLength >> 4))
        }
        words = versionAndLength & 0xF
        let headerLength = Int(words) &* 4
        guard headerLength >= Self.minimumLength else {
            throw DecodeError(.ipv4, at: offset, .badLength(found: headerLength, minimum: Self.minimumLength))
        }
        trafficClass = bytes[offset &+ 1]
        totalLength = bytes.uint16(at: offset &+ 2)
        identification = bytes.uint16(at: offset &+ 4)
        flagsAndFragmentOffset = bytes.uint16(at: offset &+ 6)
        timeToLive = bytes[offset &+ 8]
        protocolNumber = IPProtocol(rawValue: bytes[offset &+ 9])
        checksum = bytes.uint16(at: offset &+ 10)
        source = IPv4Address(rawValue: bytes.uint32(at: offset &+ 12))
        destination = IPv4Address(rawValue: bytes.uint32(at: offset &+ 16))
    }

    /// Writes the header with the checksum that its bytes need. `options` are padded to whole words, cut at
    /// 40 bytes, and decide the header length that is written.
    public func encode(into bytes: inout [UInt8], options: [UInt8] = []) {
        let start = bytes.count
        encodeVerbatim(into: &bytes, options: options)
        var sum = InternetChecksum()
        bytes.store(bigEndian: 0, at: start + 10)
        sum.add(bytes.span, start..<bytes.count)
        bytes.store(bigEndian: sum.checksum, at: start + 10)
    }

    /// Writes `checksum` as it is: for tests, and for packets that a router quotes as it received them.
    public func encodeVerbatim(into bytes: inout [UInt8], options: [UInt8] = []) {
        let options = options.prefix(40)
        let padding = (4 - options.count % 4) % 4
        let words = (Self.minimumLength + options.count + padding) / 4
        bytes.append(0x40 | UInt8(words))
        bytes.append(trafficClass)
        bytes.append(bigEndian: totalLength)
        bytes.append(bigEndian: identification)
        bytes.append(bigEndian: flagsAndFragmentOffset)
        bytes.append(timeToLive)
        bytes.append(protocolNumber.rawValue)
        bytes.append(bigEndian: checksum)
        bytes.append(bigEndian: source.rawValue)
        bytes.append(bigEndian: destination.rawValue)
        bytes += options
        bytes += repeatElement(0, count: padding)
    }

    /// In bytes, options included: 20 to 60.
    public var headerLength: Int { Int(words) &* 4 }
    /// RFC 3514's bit, which must be zero.
    public var reservedFlag: Bool { flagsAndFragmentOffset & 0x8000 != 0 }
    public var dontFragment: Bool { flagsAndFragmentOffset & 0x4000 != 0 }
    public var moreFragments: Bool { flagsAndFragmentOffset & 0x2000 != 0 }
    /// In bytes.
    public var fragmentOffset: Int { Int(flagsAndFragmentOffset & 0x1FFF) &* 8 }
    /// Nil for a packet that is whole.
    public var fragment: IPFragment? {
        guard flagsAndFragmentOffset & 0x3FFF != 0 else { return nil }
        return IPFragment(
            identification: UInt32(identification), offset: fragmentOffset, moreFragments: moreFragments)
    }
}
