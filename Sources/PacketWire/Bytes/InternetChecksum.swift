/// The Internet checksum of RFC 1071: the ones' complement of the ones' complement sum of 16-bit words.
///
/// A sum can be built from several pieces (pseudo header, header, payload) as long as each but the last has
/// an even length.
struct InternetChecksum {
    /// In ones' complement of 64 bits: RFC 1071 section 2 (B) and (C).
    private var sum: UInt64 = 0

    init() {}

    @inline(__always)
    mutating func add(_ word: UInt16) { add(UInt64(word)) }

    /// Two words at once: their sum folds to the same.
    @inline(__always)
    mutating func add(_ value: UInt32) { add(UInt64(value)) }

    /// Four words at once.
    @inline(__always)
    mutating func add(_ value: UInt64) {
        let (low, carry) = sum.addingReportingOverflow(value)
        sum = low &+ (carry ? 1 : 0)
    }

    @inline(__always)
    mutating func add(_ address: IPAddress) {
        switch address {
        case .v4(let address): add(address.rawValue)
        case .v6(let address):
            add(UInt64(truncatingIfNeeded: address.rawValue >> 64))
            add(UInt64(truncatingIfNeeded: address.rawValue))
        }
    }

    /// Adds the bytes of `range`, which is cut to what exists. An odd last byte counts as the high half of a word.
    mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let start = Swift.max(range.lowerBound, 0)
        let end = Swift.min(range.upperBound, bytes.count)
        if start < end { add(bytes.extracting(start..<end)) }
    }

    /// Each step looks at the front of what is left, whose length it has just asked for: so nothing is checked twice.
    mutating func add(_ bytes: Span<UInt8>) {
        var rest = bytes
        while rest.count >= 32 {
            add(rest.uint64(at: 0))
            add(rest.uint64(at: 8))
            add(rest.uint64(at: 16))
            add(rest.uint64(at: 24))
            rest = rest.extracting(droppingFirst: 32)
        }
        while rest.count >= 8 {
            add(rest.uint64(at: 0))
            rest = rest.extracting(droppingFirst: 8)
        }
        if rest.count >= 4 {
            add(rest.uint32(at: 0))
            rest = rest.extracting(droppingFirst: 4)
        }
        if rest.count >= 2 {
            add(rest.uint16(at: 0))
            rest = rest.extracting(droppingFirst: 2)
        }
        if rest.count > 0 { add(UInt16(rest[0]) << 8) }
    }

    /// Twenty bytes, as an IPv4 header without options has.
    @inline(__always)
    mutating func add(shortest header: Span<UInt8>) {
        let fields = header.extracting(0..<IPv4Header.minimumLength)
        add(fields.uint64(at: 0))
        add(fields.uint64(at: 8))
        add(fields.uint32(at: 16))
    }

    /// The pseudo header that TCP, UDP and ICMPv6 protect: RFC 9293 section 3.1, RFC 8200 section 8.1.
    @inline(__always)
    mutating func addPseudoHeader(from source: IPAddress, to destination: IPAddress, _ proto: IPProtocol, length: Int) {
        add(source)
        add(destination)
        add(UInt32(truncatingIfNeeded: length))
        add(UInt16(proto.rawValue))
    }

    /// The sum folded to 16 bits, not complemented: what a host leaves in the field for its network card.
    var folded: UInt16 {
        var value = (sum >> 32) &+ (sum & 0xFFFF_FFFF)
        while value >> 16 != 0 { value = (value & 0xFFFF) &+ (value >> 16) }
        return UInt16(truncatingIfNeeded: value)
    }

    /// What belongs into the checksum field.
    var checksum: UInt16 { ~folded }
}
