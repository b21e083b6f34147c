/// The TCP header, RFC 9293 section 3.1, with the options that a diagnosis asks for already decoded.
@frozen
public struct TCPHeader: Hashable, Sendable {
    public static let minimumLength = 20

    public var sourcePort: UInt16
    public var destinationPort: UInt16
    public var sequenceNumber: UInt32
    public var acknowledgementNumber: UInt32
    public var flags: TCPFlags
    /// In words of four bytes.
    @usableFromInline var dataOffset: UInt8
    /// As on the wire: not scaled.
    public var window: UInt16
    public var checksum: UInt16
    public var urgentPointer: UInt16
    public var options: TCPOptions

    public init(
        from sourcePort: UInt16, to destinationPort: UInt16, _ flags: TCPFlags, sequenceNumber: UInt32 = 0,
        acknowledgementNumber: UInt32 = 0, window: UInt16 = 64240, urgentPointer: UInt16 = 0,
        options: TCPOptions = TCPOptions()
    ) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.sequenceNumber = sequenceNumber
        self.acknowledgementNumber = acknowledgementNumber
        self.flags = flags
        self.window = window
        checksum = 0
        self.urgentPointer = urgentPointer
        self.options = options
        dataOffset = UInt8((Self.minimumLength + TCPOption.encoded(options.list).count) / 4)
    }

    /// All zero: room to decode into.
    @inlinable
    init() {
        sourcePort = 0
        destinationPort = 0
        sequenceNumber = 0
        acknowledgementNumber = 0
        flags = []
        dataOffset = 0
        window = 0
        checksum = 0
        urgentPointer = 0
        options = TCPOptions()
    }

    /// Options that are cut off or malformed do not fail the header: `options.isMalformed` says so.
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        self.init()
        try decode(bytes, at: offset)
    }

    @inline(__always)
    mutating func decode(_ bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.minimumLength, at: offset, for: .tcp)
        try decodeFront(bytes, at: offset)
        checksum = bytes.uint16(at: offset &+ 16)
        urgentPointer = bytes.uint16(at: offset &+ 18)
        if headerLength > Self.minimumLength {
            options.decode(bytes, offset &+ Self.minimumLength..<offset &+ headerLength)
        }
    }

    /// All that a connection is followed by: whoever calls has made sure that there are so many bytes.
    static let frontLength = 16

    /// Reads the header's first 16 bytes, and leaves checksum and urgent pointer as they are.
    @inline(__always)
    mutating func decodeFront(_ bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        let offsetAndFlags = bytes.uint16(at: offset &+ 12)
        dataOffset = UInt8(truncatingIfNeeded: offsetAndFlags >> 12)
        let headerLength = Int(dataOffset) &* 4
        guard headerLength >= Self.minimumLength else {
            throw DecodeError(.tcp, at: offset &+ 12, .badLength(found: headerLength, minimum: Self.minimumLength))
        }
        sourcePort = bytes.uint16(at: offset)
        destinationPort = bytes.uint16(at: offset &+ 2)
        sequenceNumber = bytes.uint32(at: offset &+ 4)
        acknowledgementNumber = bytes.uint32(at: offset &+ 8)
        flags = TCPFlags(rawValue: offsetAndFlags & 0xFFF)
        window = bytes.uint16(at: offset &+ 14)
    }

    /// In bytes, options included: 20 to 60.
    public var headerLength: Int { Int(dataOffset) &* 4 }

    /// Writes the header, `options` in Linux's order, and `checksum` as it is.
    public func encode(into bytes: inout [UInt8]) {
        encode(into: &bytes, options: options.list)
    }

    /// The same with exactly these options, in this order; padded to whole words and cut at 40 bytes.
    public func encode(into bytes: inout [UInt8], options: [TCPOption]) {
        let options = TCPOption.encoded(options)
        bytes.append(bigEndian: sourcePort)
        bytes.append(bigEndian: destinationPort)
        bytes.append(bigEndian: sequenceNumber)
        bytes.append(bigEndian: acknowledgementNumber)
        let words = UInt16((Self.minimumLength + options.count) / 4)
        bytes.append(bigEndian: words << 12 | flags.rawValue & 0xFFF)
        bytes.append(bigEndian: window)
        bytes.append(bigEndian: checksum)
        bytes.append(bigEndian: urgentPointer)
        bytes += options
    }

    /// Writes a whole segment with the checksum that it needs between these two addresses.
    public func encode(
        into bytes: inout [UInt8], options: [TCPOption]? = nil, payload: [UInt8] = [], from source: IPAddress,
        to destination: IPAddress
    ) {
        let start = bytes.count
        encode(into: &bytes, options: options ?? self.options.list)
        bytes += payload
        bytes.fillChecksum(at: start + 16, of: start..<bytes.count, .tcp, from: source, to: destination)
    }
}

extension [UInt8] {
    /// Computes and stores a transport checksum over `range`, which reaches to the end of the packet.
    mutating func fillChecksum(
        at offset: Int, of range: Range<Int>, _ proto: IPProtocol, from source: IPAddress, to destination: IPAddress
    ) {
        store(bigEndian: 0, at: offset)
        var sum = InternetChecksum()
        sum.addPseudoHeader(from: source, to: destination, proto, length: range.count)
        sum.add(span, range)
        // RFC 768: zero means "none" in UDP, so the other zero of ones' complement stands for it.
        let checksum = sum.checksum
        store(bigEndian: proto == .udp && checksum == 0 ? 0xFFFF : checksum, at: offset)
    }
}
