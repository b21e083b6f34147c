/// Ethernet II (RFC 894) or IEEE 802.3: two addresses and a type or a length.
@frozen
public struct EthernetHeader: Hashable, Sendable {
    public static let length = 14

    public var destination: MACAddress
    public var source: MACAddress
    /// An EtherType from 0x0600 on, and 802.3's payload length below.
    public var typeOrLength: UInt16

    @inlinable
    public init(destination: MACAddress, source: MACAddress, etherType: EtherType) {
        self.destination = destination
        self.source = source
        typeOrLength = etherType.rawValue
    }

    @inline(__always)
    public init(decoding bytes: Span<UInt8>, at offset: Int) throws(DecodeError) {
        try bytes.require(Self.length, at: offset, for: .ethernet)
        destination = bytes.macAddress(at: offset)
        source = bytes.macAddress(at: offset &+ 6)
        typeOrLength = bytes.uint16(at: offset &+ 12)
    }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(destination)
        bytes.append(source)
        bytes.append(bigEndian: typeOrLength)
    }

    /// The type; nil where the field is an 802.3 length.
    public var etherType: EtherType? {
        typeOrLength >= EtherType.smallest ? EtherType(rawValue: typeOrLength) : nil
    }
}
