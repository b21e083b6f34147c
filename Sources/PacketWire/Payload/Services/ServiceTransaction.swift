/// What tells one question from another, in as many bits as a protocol has room for: a reply must bring it back.
public struct ServiceTransaction: Sendable, Hashable {
    public var number: UInt64
    /// As somebody else's question has it, where it is no number of 64 bits: a token, a name.
    var mark: [UInt8]?

    public init(_ number: UInt64) {
        self.number = number
    }

    init(_ number: UInt64 = 0, mark: [UInt8]) {
        self.number = number
        self.mark = mark
    }

    /// For a protocol with 16 bits, and with 8: neighbours differ.
    var uint16: UInt16 { UInt16(truncatingIfNeeded: number) }
    var uint8: UInt8 { UInt8(truncatingIfNeeded: number) }
    var uint32: UInt32 { UInt32(truncatingIfNeeded: number) }

    /// Sixteen hexadecimal digits.
    var text: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// As many bytes as a field wants, the number's own first. What follows them is a hash of it, so that the same
    /// question is asked in the same bytes when it is sent again (SplitMix64; Steele, Lea, Flood 2014).
    func bytes(_ count: Int) -> [UInt8] {
        if let mark { return mark }
        var bytes: [UInt8] = []
        var word = number
        var state = number
        while bytes.count < count {
            bytes.append(bigEndian: word)
            state &+= 0x9E37_79B9_7F4A_7C15
            word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            word ^= word >> 31
        }
        return Array(bytes.prefix(count))
    }
}
