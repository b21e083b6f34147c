/// Packets that are held back, each for an owner, until it is known whether they are wanted: in bounded memory.
///
/// The memory is cut into cells, of which a packet takes as many as it needs. An owner that has its share loses its
/// own oldest packet for a new one; when all is taken, the oldest of all goes. What was lost so is counted for its
/// owner.
public struct PacketPool {
    /// Small enough for acknowledgements, large enough that the chain costs little.
    static let cellBytes = 256

    private struct Entry {
        var header = CaptureHandle.Header(unixNanoseconds: 0, originalLength: 0)
        var direction: PacketDirection?
        var owner: Int32 = -1
        var firstCell: Int32 = -1
        var length: Int32 = 0
        /// In order of age, of all owners.
        var older: Int32 = -1
        var newer: Int32 = -1
        /// The next one of the same owner, or of the free ones.
        var next: Int32 = -1
    }

    private struct Owner {
        var first: Int32 = -1
        var last: Int32 = -1
        var cells: Int32 = 0
        var forgotten = 0
    }

    private var storage: [UInt8]
    private var nextCell: [Int32]
    private var freeCell: Int32
    private var freeCells: Int
    private var entries: [Entry]
    private var freeEntry: Int32
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var owners: [Owner]
    private let share: Int
    private var scratch: [UInt8] = []

    /// - Parameters:
    ///   - bytes: what all packets take together.
    ///   - share: what those of one owner take at most.
    public init(bytes: Int, share: Int, owners: Int) {
        let cells = max(bytes / Self.cellBytes, 16)
        self.share = min(max(share / Self.cellBytes, 4), cells)
        storage = [UInt8](repeating: 0, count: cells * Self.cellBytes)
        nextCell = (0..<Int32(cells)).map { $0 + 1 < cells ? $0 + 1 : -1 }
        freeCell = 0
        freeCells = cells
        entries = (0..<Int32(cells)).map { index in
            var entry = Entry()
            entry.next = index + 1 < cells ? index + 1 : -1
            return entry
        }
        freeEntry = 0
        self.owners = [Owner](repeating: Owner(), count: owners)
    }

    /// Holds a packet back. One that is larger than a share is forgotten at once.
    public mutating func append(
        _ frame: Span<UInt8>, _ header: CaptureHandle.Header, _ direction: PacketDirection?, of owner: Int
    ) {
        let cells = max(1, (frame.count &+ Self.cellBytes &- 1) / Self.cellBytes)
        guard cells <= share else {
            owners[owner].forgotten &+= 1
            return
        }
        while Int(owners[owner].cells) &+ cells > share { forget(owners[owner].first) }
        while freeCells < cells { forget(oldest) }
        let index = freeEntry
        freeEntry = entries[Int(index)].next
        entries[Int(index)] = Entry(
            header: header, direction: direction, owner: Int32(owner), firstCell: store(frame, cells),
            length: Int32(frame.count), older: newest, newer: -1, next: -1)
        if newest >= 0 { entries[Int(newest)].newer = index } else { oldest = index }
        newest = index
        if owners[owner].last >= 0 {
            entries[Int(owners[owner].last)].next = index
        } else {
            owners[owner].first = index
        }
        owners[owner].last = index
        owners[owner].cells &+= Int32(cells)
    }

    /// Gives the packets of an owner, oldest first, and holds them no longer; returns how many were forgotten before.
    /// An error that the body throws comes out, and the packets are gone all the same.
    public mutating func take(
        of owner: Int, _ body: (CaptureHandle.Header, PacketDirection?, Span<UInt8>) throws -> Void
    ) rethrows -> Int {
        defer { discard(of: owner) }
        var index = owners[owner].first
        while index >= 0 {
            let entry = entries[Int(index)]
            load(entry)
            try body(entry.header, entry.direction, scratch.span)
            index = entry.next
        }
        return owners[owner].forgotten
    }

    /// Lets go of an owner's packets, and of the count of those that were forgotten.
    public mutating func discard(of owner: Int) {
        while owners[owner].first >= 0 { release(owners[owner].first) }
        owners[owner].forgotten = 0
    }

    private mutating func forget(_ index: Int32) {
        owners[Int(entries[Int(index)].owner)].forgotten &+= 1
        release(index)
    }

    /// Frees an entry that is the first of its owner.
    private mutating func release(_ index: Int32) {
        let entry = entries[Int(index)]
        if entry.older >= 0 { entries[Int(entry.older)].newer = entry.newer } else { oldest = entry.newer }
        if entry.newer >= 0 { entries[Int(entry.newer)].older = entry.older } else { newest = entry.older }
        let owner = Int(entry.owner)
        owners[owner].first = entry.next
        if entry.next < 0 { owners[owner].last = -1 }
        var cell = entry.firstCell
        while cell >= 0 {
            let next = nextCell[Int(cell)]
            nextCell[Int(cell)] = freeCell
            freeCell = cell
            freeCells &+= 1
            owners[owner].cells &-= 1
            cell = next
        }
        entries[Int(index)].next = freeEntry
        freeEntry = index
    }

    private mutating func store(_ frame: Span<UInt8>, _ cells: Int) -> Int32 {
        let first = freeCell
        var cell = first
        for number in 0..<cells {
            let start = number &* Self.cellBytes
            let count = min(Self.cellBytes, frame.count &- start)
            let part = frame.extracting(start..<start &+ count)
            let place = Int(cell) &* Self.cellBytes
            storage.withUnsafeMutableBytes { all in
                unsafe part.withUnsafeBytes { source in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: all[place..<place &+ count])
                        .copyMemory(from: source)
                }
            }
            let next = nextCell[Int(cell)]
            if number == cells &- 1 { nextCell[Int(cell)] = -1 }
            cell = next
        }
        freeCell = cell
        freeCells &-= cells
        return first
    }

    private mutating func load(_ entry: Entry) {
        scratch.removeAll(keepingCapacity: true)
        var left = Int(entry.length)
        var cell = entry.firstCell
        while left > 0, cell >= 0 {
            let place = Int(cell) &* Self.cellBytes
            let count = min(left, Self.cellBytes)
            scratch += storage[place..<place &+ count]
            left &-= count
            cell = nextCell[Int(cell)]
        }
    }
}
