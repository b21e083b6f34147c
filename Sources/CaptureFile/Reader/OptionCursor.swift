/// Walks a pcapng option list: type, length and value, padded to four bytes.
///
/// A list that breaks off or overruns its block ends there and loses nothing else: the packet it belongs to
/// is as good as before. Where that was is kept, for whoever repairs it.
struct OptionCursor {
    private var offset: Int
    private let end: Int
    private let byteOrder: ByteOrder
    /// Where an option begins that goes past the list's end, and how long it says it is.
    private(set) var overrun: (range: Range<Int>, length: Int)?

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
            if code != OptionCode.end { overrun = (offset..<end, length) }
            offset = end
            return nil
        }
        offset = Swift.min(end, value &+ (length &+ 3) & ~3)
        return (code, value..<value &+ length)
    }
}
