/// A part of the file that makes no sense, behind which reading went on: what was found there, and what it cost.
///
/// Offsets count from the start of the file. Damage that nothing whole follows is no `CaptureDamage`: reading ends
/// there with a `CaptureFileError`.
public struct CaptureDamage: Hashable, Sendable, CustomStringConvertible {
    /// What stopped the reader, and where the damaged record or block begins.
    public var problem: CaptureFileError
    /// The bytes that are wrong. Where nothing could be made of them, everything up to the next whole record.
    public var range: Range<Int>
    /// What has to stand there instead for the file to be whole; nothing, where the bytes are only in the way.
    public var replacement: [UInt8]
    /// A number whose right value the rest of the file settles: the packet was delivered, and nothing is lost.
    public var isMended: Bool
    /// How many packets may have been there, going by the size of the others.
    public var estimatedPackets: Int
    /// Index into `CaptureReader.sections`.
    public var section: Int

    /// Bytes that were passed over.
    public var lostBytes: Int { isMended ? 0 : range.count }

    public var description: String {
        isMended
            ? "\(problem); put right"
            : "\(problem); skipped \(range.count) bytes, to offset \(range.upperBound)"
    }
}

/// What all damage of a file comes to, also where there is too much of it to list.
public struct DamageTotals: Hashable, Sendable {
    /// Parts that were passed over.
    public internal(set) var places = 0
    /// Bytes in them.
    public internal(set) var bytes = 0
    /// Packets that may have been in them.
    public internal(set) var estimatedPackets = 0
    /// Wrong numbers whose right value was clear.
    public internal(set) var mended = 0

    public init() {}

    /// Nothing was wrong on the way.
    public var isEmpty: Bool { places == 0 && mended == 0 }

    mutating func add(_ damage: CaptureDamage) {
        if damage.isMended {
            mended += 1
        } else {
            places += 1
            bytes += damage.lostBytes
            estimatedPackets += damage.estimatedPackets
        }
    }
}

/// A search that ran to the end of the window of a stream and goes on when more has come.
struct RecoverySearch: Sendable {
    /// What the search began with; thrown when it finds nothing.
    var problem: CaptureFileError
    /// Where the damage begins in the file.
    var start: Int
    /// How to read on.
    var format: CaptureReader.State
    /// Of the damaged block, in pcapng.
    var order = ByteOrder.littleEndian
    /// The damage is a section header's, so that only the next section can be understood.
    var onlySections = false
    /// The damaged block described an interface: a number is taken though nothing is known of it.
    var losesInterface = false
}

extension CaptureReader {
    /// How much of a stream is looked at before the search gives up on its front: more than two of the largest usual
    /// blocks, so that a candidate can be checked to its end.
    static let searchWindow = 1 << 20
    /// More are counted and not listed.
    static let damageLimit = 1000

    /// How many packets `count` bytes may have held.
    func estimatedPackets(in count: Int) -> Int {
        let smallest = 16
        guard count >= smallest else { return 0 }
        let read = offset &- totals.bytes
        guard packetCount > 0, read > 0 else { return 1 }
        return Swift.max(1, count / Swift.max(smallest, read / packetCount))
    }

    mutating func note(_ damage: CaptureDamage) {
        totals.add(damage)
        if self.damage.count < Self.damageLimit || pausesAtDamage { self.damage.append(damage) }
    }

    /// Goes on at `position`, an index into the window; what lies between it and the damage's start is lost.
    mutating func skip(to position: Int, _ search: RecoverySearch, replacement: [UInt8] = []) {
        let end = windowOffset &+ position
        let range = search.start..<Swift.max(search.start, end)
        note(
            CaptureDamage(
                problem: search.problem, range: range, replacement: replacement, isMended: false,
                estimatedPackets: estimatedPackets(in: range.count), section: Swift.max(0, sections.count - 1)))
        self.position = position
        self.search = nil
        state = search.format
    }

    /// One number was wrong and nothing is lost.
    mutating func mend(_ problem: CaptureFileError, at index: Int, _ value: UInt32, _ order: ByteOrder) {
        var bytes: [UInt8] = []
        bytes.append(value, order)
        let start = windowOffset &+ index
        note(
            CaptureDamage(
                problem: problem, range: start..<start + 4, replacement: bytes, isMended: true, estimatedPackets: 0,
                section: Swift.max(0, sections.count - 1)))
    }
}
