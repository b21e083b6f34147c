/// Writes a pcapng option list: nothing at all when there is no option, an end mark when there was one.
struct OptionWriter {
    private let byteOrder: ByteOrder
    private var isEmpty = true

    init(_ byteOrder: ByteOrder) {
        self.byteOrder = byteOrder
    }

    /// Values longer than the 16-bit length field are cut; text is cut between characters.
    mutating func append(_ code: UInt16, _ value: [UInt8], to bytes: inout [UInt8]) {
        isEmpty = false
        Self.write(code, value, byteOrder, &bytes)
    }

    mutating func append(_ code: UInt16, _ text: String?, to bytes: inout [UInt8]) {
        if let text { append(code, Self.clipped(text, to: Int(UInt16.max)), to: &bytes) }
    }

    mutating func append(_ code: UInt16, _ texts: [String], to bytes: inout [UInt8]) {
        for text in texts { append(code, text, to: &bytes) }
    }

    mutating func append(_ code: UInt16, _ number: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        var value: [UInt8] = []
        value.append(number, byteOrder)
        append(code, value, to: &bytes)
    }

    func finish(_ bytes: inout [UInt8]) {
        if !isEmpty { Self.write(OptionCode.end, [], byteOrder, &bytes) }
    }

    static func write(_ code: UInt16, _ value: [UInt8], _ byteOrder: ByteOrder, _ bytes: inout [UInt8]) {
        let kept = value.prefix(Int(UInt16.max))
        bytes.append(code, byteOrder)
        bytes.append(UInt16(truncatingIfNeeded: kept.count), byteOrder)
        let start = bytes.count
        bytes += kept
        bytes.pad(since: start)
    }

    static func clipped(_ text: String, to limit: Int) -> [UInt8] {
        guard text.utf8.count > limit else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for character in text {
            guard bytes.count + character.utf8.count <= limit else { break }
            bytes += character.utf8
        }
        return bytes
    }
}
