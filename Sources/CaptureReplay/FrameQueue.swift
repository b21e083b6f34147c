import CaptureFile
import Conversations

/// Frames between the file and the analysis, in the order of time.
///
/// Who records on several processors or interfaces at once writes some frames behind later ones. Taken as they stand,
/// an answer comes before its question, and what died on the way looks delivered. A frame is therefore held back until
/// the file has gone on for as long as another may be late. The clock itself may be set back, too: then everything
/// behind that is as it stands.
struct FrameQueue: Sendable {
    struct Frame: Sendable {
        var record: CaptureRecord
        /// Counts from 1 through all files.
        var number: Int
        /// Nanoseconds since 1970.
        var stamp: Int64
    }

    /// How late a frame may be among those of one interface. Programs that keep a clock set it only where it is off by
    /// more (ntpd: 128 ms), and else make it run slower.
    private static let ofOne: Int64 = 100_000_000
    /// And where there are several interfaces: each is read by a timeout of its own, which is a quarter of a second in
    /// dumpcap.
    private static let ofSeveral: Int64 = 500_000_000
    /// Beyond these, what was held back longest goes on: that bounds what is looked through for each late frame, and what
    /// is kept of a stream.
    private static let mostHeld = 1_024
    private static let mostBytes = 4 << 20

    /// A ring; its size is a power of two.
    private var ring: [Frame] = []
    private var head = 0
    private var count = 0
    private var bytes = 0
    /// So many of the foremost wait for nothing any more.
    private var due = 0
    /// Of the latest frame by the clock.
    private var newest = Int64.min
    /// Of the frame before. One without a time stands where that one stood.
    private var previous: Int64 = 0
    /// Of the latest that went on.
    private var gone = Int64.min
    private var lateness = Self.ofOne
    /// Frames so far.
    private(set) var total = 0
    /// How many stood behind later ones and were put in their turn, and by how much at the most.
    private(set) var late = (count: 0, most: TimeSpan.zero)

    /// - Parameter interfaces: that the file has so far.
    mutating func add(_ record: CaptureRecord, interfaces: Int) {
        if count == ring.count { grow(record) }
        let place = place(count)
        ring[place].record = record
        add(interfaces, record.timestamp?.nanosecondsSince1970 ?? previous, record.frame.count, in: place)
    }

    /// The same of the next record where that is a usual one; false where the reader has to look closer, or there is no
    /// room yet. It is read to where it waits: that spares copies.
    @inline(__always)
    mutating func addUsual(from reader: inout CaptureReader, _ window: Span<UInt8>) -> Bool {
        guard count < ring.count else { return false }
        let place = place(count)
        guard let stamp = reader.readUsual(in: window, into: &ring[place].record) else { return false }
        add(reader.interfaces.count, stamp, ring[place].record.frame.count, in: place)
        return true
    }

    /// Its record stands there already.
    @inline(__always)
    private mutating func add(_ interfaces: Int, _ stamp: Int64, _ length: Int, in place: Int) {
        lateness = interfaces > 1 ? Self.ofSeveral : Self.ofOne
        total &+= 1
        previous = stamp
        bytes &+= length
        ring[place].number = total
        ring[place].stamp = stamp
        count &+= 1
        if stamp >= newest { newest = stamp } else { putInTurn() }
    }

    /// Where the next stands whose turn has come; nil where it must wait for those that may still be earlier. It stands
    /// there until another is added.
    @inline(__always)
    mutating func next() -> Int? {
        guard count > 0 else { return nil }
        let place = head
        let stamp = ring[place].stamp
        if due > 0 {
            due &-= 1
        } else if stamp >= newest &- lateness, count <= Self.mostHeld, bytes <= Self.mostBytes {
            return nil
        }
        head = (place &+ 1) & (ring.count &- 1)
        count &-= 1
        bytes &-= ring[place].record.frame.count
        gone = max(gone, stamp)
        return place
    }

    @inline(__always)
    subscript(place: Int) -> Frame { _read { yield ring[place] } }

    /// Nothing comes that any of these would wait for.
    mutating func flush() { due = count }

    /// The bytes of those that are held are gone.
    mutating func forget() { (count, bytes, due) = (0, 0, 0) }

    /// Where the first begins that is held, from the start of the file; nil where none is.
    var firstOffset: Int? { (0..<count).map { ring[place($0)].record.offset }.min() }

    /// So many bytes at the front of the window were dropped.
    mutating func release(_ released: Int) {
        for index in 0..<count { ring[place(index)].record.moveToFront(by: released) }
    }

    private func place(_ index: Int) -> Int { (head &+ index) & (ring.count &- 1) }

    @inline(never)
    private mutating func grow(_ record: CaptureRecord) {
        let held = (0..<count).map { ring[place($0)] }
        let filler = Frame(record: record, number: 0, stamp: 0)
        ring = held + Array(repeating: filler, count: max(64, held.count))
        head = 0
    }

    /// The one that was added last is not the latest.
    @inline(never)
    private mutating func putInTurn() {
        let frame = ring[place(count &- 1)]
        let behind = newest.subtractingReportingOverflow(frame.stamp)
        guard !behind.overflow, behind.partialValue <= lateness else {
            // The clock was set back.
            due = count &- 1
            newest = frame.stamp
            gone = frame.stamp
            return
        }
        let index = firstLater(than: frame.stamp)
        // The shorter side gives way: a file whose times only fall would else move all that wait, for each frame.
        if index < count / 2 {
            head = (head &- 1) & (ring.count &- 1)
            for moved in 0..<index { ring[place(moved)] = ring[place(moved &+ 1)] }
        } else {
            for moved in stride(from: count &- 1, to: index, by: -1) { ring[place(moved)] = ring[place(moved &- 1)] }
        }
        ring[place(index)] = frame
        guard frame.stamp >= gone else { return }
        late = (late.count &+ 1, max(late.most, TimeSpan(nanoseconds: behind.partialValue)))
    }

    /// Where the first of those stands that are later: they wait in the order of their times, but for the last.
    private func firstLater(than stamp: Int64) -> Int {
        var (low, high) = (0, count &- 1)
        while low < high {
            let middle = (low &+ high) / 2
            if ring[place(middle)].stamp > stamp { high = middle } else { low = middle &+ 1 }
        }
        return low
    }
}
