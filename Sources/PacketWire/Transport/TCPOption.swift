/// One TCP option with its content: for lists in the order of the wire, and for building segments.
public enum TCPOption: Hashable, Sendable {
    case endOfList
    case noOperation
    case maximumSegmentSize(UInt16)
    case windowScale(UInt8)
    case sackPermitted
    case sack(SACKBlocks)
    case timestamps(TCPTimestamps)
    /// Empty: the client asks for a cookie.
    case fastOpen(cookie: [UInt8])
    case md5(digest: [UInt8])
    case authentication(keyID: UInt8, nextKeyID: UInt8, code: [UInt8])
    /// `data` begins with the byte that holds the subtype in its upper half.
    case multipath(MultipathSubtype, data: [UInt8])
    /// As on the wire: the top bit says minutes instead of seconds.
    case userTimeout(UInt16)
    /// A kind that is not known, or a known one with a length that it cannot have.
    case unknown(kind: UInt8, data: [UInt8])

    /// Kinds of the IANA registry "TCP Option Kind Numbers".
    enum Kind {
        static let endOfList: UInt8 = 0
        static let noOperation: UInt8 = 1
        static let maximumSegmentSize: UInt8 = 2
        static let windowScale: UInt8 = 3
        static let sackPermitted: UInt8 = 4
        static let sack: UInt8 = 5
        static let timestamps: UInt8 = 8
        static let md5: UInt8 = 19
        static let userTimeout: UInt8 = 28
        static let authentication: UInt8 = 29
        static let multipath: UInt8 = 30
        static let fastOpen: UInt8 = 34
        static let experiment1: UInt8 = 253
        static let experiment2: UInt8 = 254
    }
}

extension TCPOption {
    /// The options in `range` of a frame, in order. What cannot be an option ends the list.
    public static func list(in bytes: Span<UInt8>, _ range: Range<Int>) -> [TCPOption] {
        var cursor = TCPOptionCursor(range)
        var options: [TCPOption] = []
        while let option = cursor.next(in: bytes) {
            options.append(TCPOption(kind: option.kind, bytes, option.data))
        }
        return options
    }

    init(kind: UInt8, _ bytes: Span<UInt8>, _ data: Range<Int>) {
        let start = data.lowerBound
        func copy(from skipped: Int = 0) -> [UInt8] { (start &+ skipped..<data.upperBound).map { bytes[$0] } }
        switch (kind, data.count) {
        case (Kind.endOfList, _): self = .endOfList
        case (Kind.noOperation, _): self = .noOperation
        case (Kind.maximumSegmentSize, 2): self = .maximumSegmentSize(bytes.uint16(at: start))
        case (Kind.windowScale, 1): self = .windowScale(bytes[start])
        case (Kind.sackPermitted, 0): self = .sackPermitted
        case (Kind.sack, 8), (Kind.sack, 16), (Kind.sack, 24), (Kind.sack, 32):
            var blocks = SACKBlocks()
            for offset in stride(from: start, to: data.upperBound, by: 8) {
                blocks.append(SACKBlock(left: bytes.uint32(at: offset), right: bytes.uint32(at: offset &+ 4)))
            }
            self = .sack(blocks)
        case (Kind.timestamps, 8):
            self = .timestamps(
                TCPTimestamps(value: bytes.uint32(at: start), echoReply: bytes.uint32(at: start &+ 4)))
        case (Kind.fastOpen, 0), (Kind.fastOpen, 4...16): self = .fastOpen(cookie: copy())
        case (Kind.md5, 16): self = .md5(digest: copy())
        case (Kind.authentication, 2...):
            self = .authentication(keyID: bytes[start], nextKeyID: bytes[start &+ 1], code: copy(from: 2))
        case (Kind.multipath, 1...):
            self = .multipath(MultipathSubtype(rawValue: bytes[start] >> 4), data: copy())
        case (Kind.userTimeout, 2): self = .userTimeout(bytes.uint16(at: start))
        default: self = .unknown(kind: kind, data: copy())
        }
    }

    public var kind: UInt8 {
        switch self {
        case .endOfList: Kind.endOfList
        case .noOperation: Kind.noOperation
        case .maximumSegmentSize: Kind.maximumSegmentSize
        case .windowScale: Kind.windowScale
        case .sackPermitted: Kind.sackPermitted
        case .sack: Kind.sack
        case .timestamps: Kind.timestamps
        case .fastOpen: Kind.fastOpen
        case .md5: Kind.md5
        case .authentication: Kind.authentication
        case .multipath: Kind.multipath
        case .userTimeout: Kind.userTimeout
        case .unknown(let kind, _): kind
        }
    }

    public func encode(into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(kind)
        if self == .endOfList || self == .noOperation { return }
        bytes.append(0)
        switch self {
        case .endOfList, .noOperation, .sackPermitted: break
        case .maximumSegmentSize(let size): bytes.append(bigEndian: size)
        case .windowScale(let shift): bytes.append(shift)
        case .sack(let blocks):
            for block in (0..<blocks.count).compactMap({ blocks[$0] }) {
                bytes.append(bigEndian: block.left)
                bytes.append(bigEndian: block.right)
            }
        case .timestamps(let timestamps):
            bytes.append(bigEndian: timestamps.value)
            bytes.append(bigEndian: timestamps.echoReply)
        case .fastOpen(let cookie): bytes += cookie
        case .md5(let digest): bytes += digest
        case .authentication(let keyID, let nextKeyID, let code): bytes += [keyID, nextKeyID] + code
        case .multipath(_, let data): bytes += data
        case .userTimeout(let timeout): bytes.append(bigEndian: timeout)
        case .unknown(_, let data): bytes += data
        }
        bytes[start + 1] = UInt8(truncatingIfNeeded: bytes.count - start)
    }

    /// The bytes of an options field: whole words, padded with zeros (which end the list), at most 40. An
    /// option that no longer fits is left out with all after it.
    static func encoded(_ options: [TCPOption]) -> [UInt8] {
        var bytes: [UInt8] = []
        for option in options {
            let before = bytes.count
            option.encode(into: &bytes)
            if bytes.count > 40 {
                bytes.removeLast(bytes.count - before)
                break
            }
        }
        bytes += repeatElement(0, count: (4 - bytes.count % 4) % 4)
        return bytes
    }
}
