/// The UDP header, RFC 768.
@frozen
public struct UDPHeader: Hashable, Sendable {
    public static let length = 8

    public var sourcePort: UInt16
    public var destinationPort: UInt16
    /// Header and payload, in bytes, as the header says. 0 in a jumbogram (RFC 2675 section 4).
    public var totalLength: UInt16
    /// 0 over IPv4: the sender computed none.
    public var checksum: UInt16

    @inlinable
    init() {
        sourcePort = 0
        destinationPort = 0
        totalLength = 0
        checksum = 0
    }

    public init(from sourcePort: UInt16, to destinationPort: UInt16, payloadLength: Int, checksum: UInt16 = 0) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        totalLength = UInt16(exactly: payloadLength &+ Self.length) ?? 0
        self.checksum = checksum
    }

    @inline(__always)
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .udp)
        sourcePort = bytes.uint16(at: offset)
        destinationPort = bytes.uint16(at: offset &+ 2)
        totalLength = bytes.uint16(at: offset &+ 4)
        checksum = bytes.uint16(at: offset &+ 6)
    }

    /// Writes the header with `checksum` as it is.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: sourcePort)
        bytes.append(bigEndian: destinationPort)
        bytes.append(bigEndian: totalLength)
        bytes.append(bigEndian: checksum)
    }

    /// Writes a whole datagram with the checksum that it needs between these two addresses.
    public func encode(
        into bytes: inout [UInt8], payload: [UInt8], from source: IPAddress, to destination: IPAddress
    ) {
        let start = bytes.count
        encode(into: &bytes)
        bytes += payload
        bytes.fillChecksum(at: start + 6, of: start..<bytes.count, .udp, from: source, to: destination)
    }
}
