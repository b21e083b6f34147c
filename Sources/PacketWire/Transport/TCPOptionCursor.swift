/// Steps through an options field without copying it.
///
/// It cannot hold the frame (a `Span` does not outlive its scope), so each step takes it.
@frozen
public struct TCPOptionCursor: Sendable {
    /// Kind and the range of what follows the length byte; empty for the two one-byte options.
    @frozen
    public struct Element: Hashable, Sendable {
        public var kind: UInt8
        public var data: Range<Int>
    }

    var offset: Int
    let end: Int
    /// The last step met a length that cannot be, or the end of the capture.
    public private(set) var isMalformed = false

    public init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    public mutating func next(in bytes: Span<UInt8>) -> Element? {
        guard offset >= 0, offset < end, !isMalformed else { return nil }
        guard offset < bytes.count else {
            isMalformed = true
            return nil
        }
        let kind = bytes[offset]
        if kind == TCPOption.Kind.noOperation || kind == TCPOption.Kind.endOfList {
            offset &+= 1
            let element = Element(kind: kind, data: offset..<offset)
            if kind == TCPOption.Kind.endOfList { offset = end }
            return element
        }
        let limit = min(end, bytes.count)
        guard limit &- offset >= 2 else {
            isMalformed = true
            return nil
        }
        let length = Int(bytes[offset &+ 1])
        guard length >= 2, length <= limit &- offset else {
            isMalformed = true
            return nil
        }
        let element = Element(kind: kind, data: offset &+ 2..<offset &+ length)
        offset &+= length
        return element
    }
}

extension TCPOptions {
    /// Reads the options in `range` of a frame.
    public init(decoding bytes: Span<UInt8>, _ range: Range<Int>) {
        self.init()
        decode(bytes, range)
    }

    /// Two no-operations, and the kind and length of timestamps: RFC 7323 appendix A.
    static var alignedTimestamps: UInt32 { 0x0101_080A }

    @inline(__always)
    mutating func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        // What almost every segment of an established connection carries: two no-operations and timestamps.
        if range.count == 12, range.lowerBound >= 0, range.upperBound <= bytes.count {
            // Of constant length, so that no constant offset below it is checked again.
            let fields = bytes.extracting(range.lowerBound..<range.lowerBound &+ 12)
            if fields.uint32(at: 0) == Self.alignedTimestamps {
                timestampsValue = TCPTimestamps(value: fields.uint32(at: 4), echoReply: fields.uint32(at: 8))
                present = .timestamps
                return
            }
        }
        decodeList(bytes, range)
    }

    private mutating func decodeList(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var cursor = TCPOptionCursor(range)
        while let option = cursor.next(in: bytes) {
            note(option.kind, bytes, option.data)
        }
        if cursor.isMalformed { present.insert(.malformed) }
    }

    private mutating func note(_ kind: UInt8, _ bytes: Span<UInt8>, _ data: Range<Int>) {
        let start = data.lowerBound
        typealias Kind = TCPOption.Kind
        switch (kind, data.count) {
        case (Kind.endOfList, _): present.insert(.endOfList)
        case (Kind.noOperation, _): break
        case (Kind.maximumSegmentSize, 2): maximumSegmentSize = bytes.uint16(at: start)
        case (Kind.windowScale, 1): windowScale = bytes[start]
        case (Kind.sackPermitted, 0): sackPermitted = true
        case (Kind.timestamps, 8):
            timestamps = TCPTimestamps(value: bytes.uint32(at: start), echoReply: bytes.uint32(at: start &+ 4))
        case (Kind.sack, 8), (Kind.sack, 16), (Kind.sack, 24), (Kind.sack, 32):
            var offset = start
            while offset < data.upperBound {
                sackBlocks.append(SACKBlock(left: bytes.uint32(at: offset), right: bytes.uint32(at: offset &+ 4)))
                offset &+= 8
            }
        case (Kind.fastOpen, 0), (Kind.fastOpen, 4...16):
            fastOpenLength = UInt8(truncatingIfNeeded: data.count)
            present.insert(.fastOpen)
        case (Kind.md5, 16): present.insert(.md5)
        case (Kind.authentication, 2...): present.insert(.authentication)
        case (Kind.multipath, 1...):
            // A segment may carry several; the first names what it is.
            if !present.contains(.multipath) { multipathSubtypeValue = bytes[start] >> 4 }
            present.insert(.multipath)
        case (Kind.userTimeout, 2):
            userTimeoutValue = bytes.uint16(at: start)
            present.insert(.userTimeout)
        case (Kind.maximumSegmentSize, _), (Kind.windowScale, _), (Kind.sackPermitted, _), (Kind.timestamps, _),
            (Kind.sack, _), (Kind.md5, _), (Kind.userTimeout, _), (Kind.fastOpen, _), (Kind.authentication, _),
            (Kind.multipath, _):
            present.insert(.malformed)
        case (Kind.experiment1, 2...), (Kind.experiment2, 2...):
            // RFC 7413 appendix A: what fast open used before it had a number of its own.
            if bytes.uint16(at: start) == 0xF989 {
                fastOpenLength = UInt8(truncatingIfNeeded: data.count &- 2)
                present.insert(.fastOpen)
            } else {
                unknownCount &+= 1
            }
        default: unknownCount &+= 1
        }
    }

    /// The known options as Linux orders them in a SYN (net/ipv4/tcp_output.c, `tcp_options_write`), aligned
    /// with no-operations. What has no value here (keys, cookies, unknown kinds) is not in it.
    public var list: [TCPOption] {
        var options: [TCPOption] = []
        if let maximumSegmentSize { options.append(.maximumSegmentSize(maximumSegmentSize)) }
        switch (sackPermitted, timestamps) {
        case (true, let timestamps?): options += [.sackPermitted, .timestamps(timestamps)]
        case (true, nil): options += [.noOperation, .noOperation, .sackPermitted]
        case (false, let timestamps?): options += [.noOperation, .noOperation, .timestamps(timestamps)]
        case (false, nil): break
        }
        if let windowScale { options += [.noOperation, .windowScale(windowScale)] }
        if !sackBlocks.isEmpty { options += [.noOperation, .noOperation, .sack(sackBlocks)] }
        return options
    }
}
