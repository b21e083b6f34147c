internal import CZlib

/// Unpacks gzip (RFC 1952) piece by piece: several members one behind the other are one stream, as gzip(1) has it, and
/// of a stream that is cut or damaged everything before comes out.
final class GzipInflater {
    /// zlib's state knows its own address, so it stays where it is.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var inputOffset = 0
    /// Packed bytes that were given before `input`.
    private var inputBefore = 0
    private var isBetweenMembers = false
    private var members = 0
    private(set) var isFinished = false
    private(set) var problem: InputProblem?

    /// The mark, and the only method there is.
    static func isPacked(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 3 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8
    }

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window, and 16 that ask for a gzip header and its check sum.
        let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if status != Z_OK { end(.damaged(at: 0)) }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    var needsInput: Bool { inputOffset == input.count }

    /// Adds packed bytes; none means that there will be no more.
    func give(_ bytes: [UInt8]) {
        inputBefore += input.count
        input = bytes
        inputOffset = 0
        guard bytes.isEmpty, !isFinished else { return }
        end(isBetweenMembers ? nil : .cut(at: inputBefore))
    }

    private func end(_ problem: InputProblem?) {
        isFinished = true
        self.problem = problem
    }

    /// Unpacks into the buffer: how many bytes it was. None: more input is needed, or it is finished.
    func inflate(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !isFinished, !buffer.isEmpty, startMember() else { return 0 }
        let available = input.count - inputOffset
        var produced = 0
        let status = unsafe input.withUnsafeMutableBufferPointer { bytes in
            unsafe stream.pointee.next_in = bytes.baseAddress?.advanced(by: inputOffset)
            unsafe stream.pointee.avail_in = UInt32(available)
            unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_out = UInt32(clamping: buffer.count)
            let status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            produced = unsafe Int(UInt32(clamping: buffer.count) - stream.pointee.avail_out)
            unsafe inputOffset += available - Int(stream.pointee.avail_in)
            return status
        }
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            members += 1
            isBetweenMembers = true
        default:
            let offset = inputBefore + inputOffset
            let isHeader = unsafe stream.pointee.total_out == 0 && members > 0
            end(isHeader ? .trailingBytes(at: offset) : .damaged(at: offset))
        }
        return produced
    }

    /// Behind a member there may be another one, or zeros that fill a tape's block.
    private func startMember() -> Bool {
        guard isBetweenMembers else { return true }
        while inputOffset < input.count, input[inputOffset] == 0 { inputOffset += 1 }
        guard inputOffset < input.count else { return false }
        isBetweenMembers = false
        if unsafe inflateReset(stream) != Z_OK { end(.damaged(at: inputBefore + inputOffset)) }
        return !isFinished
    }
}
