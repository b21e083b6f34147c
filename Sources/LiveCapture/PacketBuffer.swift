/// Packets in the form in which capture files hold them, collected to be written in large pieces.
///
/// A recording of a busy interface comes here once for each packet, so nothing is allocated and the bytes are copied
/// in one go. CaptureFile writes the same bytes without unsafe code, and one at a time; a test holds the two together.
public struct PacketBuffer: Sendable {
    public enum Format: Sendable, Hashable {
        /// Records of pcap with nanoseconds.
        case pcap
        /// Enhanced packet blocks of pcapng, for interface 0 with nanoseconds.
        case pcapng
    }

    public let format: Format
    private var storage: [UInt8]
    /// The bytes that are used.
    public private(set) var count = 0
    /// The packets among them.
    public private(set) var packets = 0

    public init(_ format: Format, capacity: Int) {
        self.format = format
        storage = [UInt8](repeating: 0, count: max(capacity, 64))
    }

    public var isEmpty: Bool { count == 0 }

    public mutating func removeAll() {
        count = 0
        packets = 0
    }

    /// Lends what was collected.
    public func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(storage.span.extracting(0..<count))
    }

    /// How long a packet becomes here.
    public func length(ofFrame count: Int, hasDirection: Bool) -> Int {
        switch format {
        case .pcap: 16 &+ count
        case .pcapng: 32 &+ (count &+ 3) & ~3 &+ (hasDirection ? 12 : 0)
        }
    }

    /// Adds one packet.
    public mutating func append(
        _ frame: Span<UInt8>, unixNanoseconds: Int64, originalLength: Int, direction: PacketDirection?
    ) {
        let length = length(ofFrame: frame.count, hasDirection: direction != nil)
        if count &+ length > storage.count { grow(by: length) }
        let start = count
        storage.withUnsafeMutableBytes { all in
            let record = unsafe UnsafeMutableRawBufferPointer(rebasing: all[start..<start &+ length])
            switch format {
            case .pcap: unsafe Self.record(record, frame, unixNanoseconds, originalLength)
            case .pcapng: unsafe Self.block(record, frame, unixNanoseconds, originalLength, direction)
            }
        }
        count &+= length
        packets &+= 1
    }

    private mutating func grow(by length: Int) {
        storage += [UInt8](repeating: 0, count: max(storage.count, length))
    }

    private static func record(
        _ record: UnsafeMutableRawBufferPointer, _ frame: Span<UInt8>, _ unixNanoseconds: Int64, _ originalLength: Int
    ) {
        let (seconds, nanoseconds) = max(0, unixNanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        unsafe record.store(UInt32(clamping: seconds), at: 0)
        unsafe record.store(UInt32(clamping: nanoseconds), at: 4)
        unsafe record.store(UInt32(clamping: frame.count), at: 8)
        unsafe record.store(UInt32(clamping: originalLength), at: 12)
        unsafe record.store(frame, at: 16)
    }

    /// draft-ietf-opsawg-pcapng, section 4.3.
    private static func block(
        _ block: UnsafeMutableRawBufferPointer, _ frame: Span<UInt8>, _ unixNanoseconds: Int64, _ originalLength: Int,
        _ direction: PacketDirection?
    ) {
        let ticks = UInt64(max(0, unixNanoseconds))
        unsafe block.store(6, at: 0)
        unsafe block.store(UInt32(clamping: block.count), at: 4)
        unsafe block.store(0, at: 8)
        unsafe block.store(UInt32(truncatingIfNeeded: ticks >> 32), at: 12)
        unsafe block.store(UInt32(truncatingIfNeeded: ticks), at: 16)
        unsafe block.store(UInt32(clamping: frame.count), at: 20)
        unsafe block.store(UInt32(clamping: originalLength), at: 24)
        unsafe block.store(frame, at: 28)
        var end = 28 &+ frame.count
        while end & 3 != 0 {
            unsafe block[end] = 0
            end &+= 1
        }
        if let direction {
            // epb_flags, four bytes long; then the end of the options.
            unsafe block.store(4 << 16 | 2, at: end)
            unsafe block.store(direction == .inbound ? 1 : 2, at: end &+ 4)
            unsafe block.store(0, at: end &+ 8)
            end &+= 12
        }
        unsafe block.store(UInt32(clamping: block.count), at: end)
    }

    /// As much of the first `limit` bytes as is whole packets: where a file is cut when the disk is full.
    public func whole(within limit: Int) -> (bytes: Int, packets: Int) {
        var end = 0
        var packets = 0
        while end < count {
            let next = end &+ recordLength(at: end)
            guard next <= min(limit, count) else { break }
            end = next
            packets &+= 1
        }
        return (end, packets)
    }

    /// The place of the first packet that is not older; `count` where all are.
    public func offset(notBefore unixNanoseconds: Int64) -> Int {
        var offset = 0
        while offset < count, stamp(at: offset) < unixNanoseconds { offset &+= recordLength(at: offset) }
        return offset
    }

    private func recordLength(at offset: Int) -> Int {
        switch format {
        case .pcap: 16 &+ Int(word(at: offset &+ 8))
        case .pcapng: Int(word(at: offset &+ 4))
        }
    }

    private func stamp(at offset: Int) -> Int64 {
        switch format {
        case .pcap: Int64(word(at: offset)) &* 1_000_000_000 &+ Int64(word(at: offset &+ 4))
        case .pcapng: Int64(truncatingIfNeeded: UInt64(word(at: offset &+ 12)) << 32 | UInt64(word(at: offset &+ 16)))
        }
    }

    private func word(at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(storage[offset &+ $1]) << UInt32($1 &* 8) }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Both formats are written in little-endian order, whatever this machine's is.
    fileprivate func store(_ value: UInt32, at offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    fileprivate func store(_ bytes: Span<UInt8>, at offset: Int) {
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(rebasing: self[offset..<offset &+ source.count]).copyMemory(
                from: source)
        }
    }
}
