/// Bytes on their way from a source to a reader, in one piece.
struct InputWindow {
    /// The window never grows beyond this: whoever asks for more is told that there is none.
    static let most = 256 << 20

    private var bytes: [UInt8]
    private var start = 0
    private var end = 0

    init(capacity: Int) {
        bytes = [UInt8](repeating: 0, count: capacity)
    }

    var count: Int { end - start }

    func lend<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.span.extracting(start..<end))
    }

    /// So many at the front are done with.
    mutating func release(_ count: Int) {
        start = min(end, start + max(0, count))
    }

    /// So many at the end were never there.
    mutating func takeBack(_ count: Int) {
        end = max(start, end - max(0, count))
    }

    /// Moves what is left to the front where that makes room, and grows where it does not.
    private mutating func makeRoom(_ count: Int) {
        guard bytes.count - end < count else { return }
        if start > 0 {
            bytes.replaceSubrange(0..<self.count, with: Array(bytes[start..<end]))
            (start, end) = (0, self.count)
        }
        let missing = end + count - bytes.count
        if missing > 0 {
            bytes.append(contentsOf: repeatElement(0, count: max(missing, bytes.count)))
        }
    }

    /// Reads once, with room for so many bytes at least. Returns how many came.
    mutating func take(
        room: Int, _ read: (UnsafeMutableRawBufferPointer) throws(FileError) -> Int
    ) throws(FileError) -> Int {
        makeRoom(room)
        let end = end
        let got = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
            try unsafe read(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[end...])))
        }
        self.end += got
        return got
    }
}
