/// The Internet checksum of RFC 1071: the ones' complement of the ones' complement sum of 16-bit words.
///
/// A sum can be built from several pieces (pseudo header, header, payload) as long as each but the last has
/// an even length.
struct InternetChecksum {
    /// In ones' complement of 64 bits: RFC 1071 section 2 (B) and (C).
    private var sum: UInt64 = 0

    init() {}

    mutating func add(_ word: UInt16) { add(UInt64(word)) }

    /// Two words at once: their sum folds to the same.
    mutating func add(_ value: UInt32) { add(UInt64(value)) }

    /// Four words at once.
    @inline(__always)
    mutating func add(_ value: UInt64) {
        let (low, carry) = sum.addingReportingOverflow(value)
        sum = low &+ (carry ? 1 : 0)
    }

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
        var index = Swift.max(range.lowerBound, 0)
        let end = Swift.min(range.upperBound, bytes.count)
        // A span of known length is checked once rather than at each byte.
        while index &+ 31 < end {
            let block = bytes.extracting(index..<index &+ 32)
            add(block.uint64(at: 0))
            add(block.uint64(at: 8))
            add(block.uint64(at: 16))
            add(block.uint64(at: 24))
            index &+= 32
        }
        while index &+ 7 < end {
            add(bytes.extracting(index..<index &+ 8).uint64(at: 0))
            index &+= 8
        }
        while index &+ 1 < end {
            add(bytes.uint16(at: index))
            index &+= 2
        }
        if index < end { add(UInt16(bytes[index]) << 8) }
    }

    /// The pseudo header that TCP, UDP and ICMPv6 protect: RFC 9293 section 3.1, RFC 8200 section 8.1.
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
