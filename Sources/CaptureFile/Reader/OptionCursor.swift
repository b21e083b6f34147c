/// Walks a pcapng option list: type, length and value, padded to four bytes.
///
/// A list that breaks off or overruns its block ends there and loses nothing else: the packet it belongs to
/// is as good as before.
struct OptionCursor {
    private var offset: Int
    private let end: Int
    private let byteOrder: ByteOrder

    init(_ list: Range<Int>, _ byteOrder: ByteOrder) {
        offset = list.lowerBound
        end = list.upperBound
        self.byteOrder = byteOrder
    }

    mutating func next(in window: Span<UInt8>) -> (code: UInt16, value: Range<Int>)? {
        guard end <= window.count, end &- offset >= 4 else { return nil }
        let code = window.uint16(byteOrder, at: offset)
        let length = Int(window.uint16(byteOrder, at: offset &+ 2))
        let value = offset &+ 4
        guard code != OptionCode.end, length <= end &- value else {
            offset = end
            return nil
        }
        offset = Swift.min(end, value &+ (length &+ 3) & ~3)
        return (code, value..<value &+ length)
    }
}
