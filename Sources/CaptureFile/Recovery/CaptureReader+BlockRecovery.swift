import PacketWire

/// A block of pcapng says its length at both ends, so that each end can be checked against the other, and damage to
/// one of them costs nothing.
extension CaptureReader {
    /// Longer blocks are not looked for: nothing but keys and foreign data has them.
    private static let searchedBlock = searchWindow / 2

    /// The block at `position` is damaged. Nil: reading goes on, with something whole.
    @inline(never)
    mutating func recoverBlock(
        _ window: Span<UInt8>, _ order: ByteOrder, _ problem: CaptureFileError, isComplete: Bool
    ) throws(CaptureFileError) -> Step? {
        let start = position
        let available = window.count &- start
        guard available >= Self.blockOverhead else { throw problem }
        guard isComplete || available >= Self.searchWindow else {
            return .needsMore(atLeast: Self.searchWindow &- available)
        }
        let type = window.uint32(order, at: start)
        var search = RecoverySearch(problem: problem, start: offset, format: state)
        search.order = order
        if type == BlockType.sectionHeader {
            search.onlySections = true
            // It has an order of its own, in which its lengths are to be read.
            for order in ByteOrder.allCases where window.uint32(order, at: start &+ 8) == byteOrderMagic {
                search.order = order
            }
        } else {
            search.losesInterface = type == BlockType.interfaceDescription
            if isFramed(window, order, at: start, Int(window.uint32(order, at: start &+ 4))) {
                // Both lengths agree: what is wrong is inside, and the next block follows.
                leave(search, at: start &+ Int(window.uint32(order, at: start &+ 4)))
                return pausesAtDamage ? .needsMore(atLeast: 0) : nil
            }
        }
        return try searchBlock(window, search, isComplete: isComplete)
    }

    /// Looks for the next whole block, or finds what the damaged one's length must have been.
    mutating func searchBlock(
        _ window: Span<UInt8>, _ search: RecoverySearch, isComplete: Bool
    ) throws(CaptureFileError) -> Step? {
        let order = search.order
        let start = search.start &- windowOffset
        let isAtStart = position == start
        let length = isAtStart ? Int(window.uint32(order, at: start &+ 4)) : 0
        let end = isComplete ? window.count : window.count &- Self.searchedBlock
        var at = position &+ (isAtStart ? 1 : 0)
        var first: Int?
        var limit = end
        while at <= limit {
            defer { at &+= 1 }
            // The file's end is as good as a block: the last one stops there.
            guard at == window.count ? isComplete && isAtStart : isWholeBlock(window, order, at: at) else { continue }
            let behind = at &- start >= Self.blockOverhead ? Int(window.uint32(order, at: at &- 4)) : 0
            var isItsEnd = behind == at &- start
            if !isItsEnd, at == start &+ length {
                // Unless whole blocks lie between, which then are what the damaged length leads across.
                isItsEnd = true
                if let first { isItsEnd = !leads(window, order, from: first, to: at) }
            }
            if isItsEnd, canMend(window, search, length: at &- start) {
                return try mendBlock(window, search, length: at &- start, front: length)
            }
            let isStop = at == window.count ? !search.onlySections : isNext(window, search, at: at, isComplete)
            if isItsEnd, isStop {
                first = at
                break
            }
            if first == nil, at < window.count, isStop,
                !search.problem.isTruncation || leads(window, order, from: at, to: window.count)
            {
                first = at
                // An accident or a capture inside a packet is not followed by a block that knows the damaged one.
                limit = Swift.min(end, at &+ Swift.max(0, Swift.min(1 << 16, lookAhead)))
                lookAhead &-= limit &- at
            }
        }
        guard case .pcapng = search.format else { throw search.problem }
        if let first {
            leave(search, at: first)
            return pausesAtDamage ? .needsMore(atLeast: 0) : nil
        }
        if isComplete { throw search.problem }
        return postpone(search, at: Swift.max(position, end), window)
    }

    /// Whether reading can go on there: behind a damaged section header nothing is known until the next one.
    private func isNext(_ window: Span<UInt8>, _ search: RecoverySearch, at index: Int, _ isComplete: Bool) -> Bool {
        !search.onlySections || isSection(window, at: index)
    }

    /// The content is good for a block of that length, so that the length was all that was wrong.
    private func canMend(_ window: Span<UInt8>, _ search: RecoverySearch, length: Int) -> Bool {
        let start = search.start &- windowOffset
        guard start >= 0, length >= Self.blockOverhead, length & 3 == 0 else { return false }
        let type = window.uint32(search.order, at: start)
        if type == BlockType.sectionHeader {
            return length >= 28 && sections.count < FrameLimit.sections
                && isSectionStart(window, search.order, at: start)
        }
        return isKnown(type) && isContentWhole(window, search.order, at: start, length)
    }

    private mutating func mendBlock(
        _ window: Span<UInt8>, _ search: RecoverySearch, length: Int, front: Int
    ) throws(CaptureFileError) -> Step? {
        let start = search.start &- windowOffset
        let wrong = front == length ? start &+ length &- 4 : start &+ 4
        self.search = nil
        state = search.format
        position = start
        let record = try readBlock(
            window, search.order, window.uint32(search.order, at: start), length)
        mend(search.problem, at: wrong, UInt32(clamping: length), search.order)
        if let record { return .record(record) }
        return pausesAtDamage ? .needsMore(atLeast: 0) : nil
    }

    /// Passes over a damaged block. An interface keeps its number, because those behind it count on that.
    private mutating func leave(_ search: RecoverySearch, at position: Int) {
        var replacement: [UInt8] = []
        if search.losesInterface, interfaces.count < FrameLimit.interfaces {
            let interface = CaptureInterface(
                linkType: LinkType(rawValue: 147), snapLength: 0,
                comments: ["the description of this interface was damaged"],
                resolution: .microseconds, section: sections.count - 1)
            PcapngWriter.describe(interface, search.order, to: &replacement)
            interfaces.append(interface)
            var clock = InterfaceClock(interface)
            clock.frameLimit = -1
            clocks.append(clock)
        }
        skip(to: position, search, replacement: replacement)
        blocksRead &+= 1
    }

    // MARK: What a block must be

    private func isKnown(_ type: UInt32) -> Bool {
        switch type {
        case BlockType.interfaceDescription, BlockType.packet, BlockType.simplePacket, BlockType.nameResolution,
            BlockType.interfaceStatistics, BlockType.enhancedPacket, BlockType.journalExport,
            BlockType.decryptionSecrets, BlockType.custom, BlockType.customNotCopied:
            true
        default: false
        }
    }

    /// The two lengths agree.
    private func isFramed(_ window: Span<UInt8>, _ order: ByteOrder, at start: Int, _ length: Int) -> Bool {
        length >= Self.blockOverhead && length & 3 == 0 && length <= window.count &- start
            && Int(window.uint32(order, at: start &+ length &- 4)) == length
    }

    private func isWholeBlock(_ window: Span<UInt8>, _ order: ByteOrder, at start: Int) -> Bool {
        guard window.count &- start >= Self.blockOverhead else { return false }
        let type = window.uint32(order, at: start)
        if type == BlockType.sectionHeader { return isSection(window, at: start) }
        guard isKnown(type) else { return false }
        let length = Int(window.uint32(order, at: start &+ 4))
        return length <= Self.searchedBlock && isFramed(window, order, at: start, length)
            && isContentWhole(window, order, at: start, length)
    }

    private func isSection(_ window: Span<UInt8>, at start: Int) -> Bool {
        guard window.count &- start >= 28 else { return false }
        for order in ByteOrder.allCases where isSectionStart(window, order, at: start) {
            let length = Int(window.uint32(order, at: start &+ 4))
            return length >= 28 && length <= Self.searchedBlock && isFramed(window, order, at: start, length)
        }
        return false
    }

    private func isSectionStart(_ window: Span<UInt8>, _ order: ByteOrder, at start: Int) -> Bool {
        guard window.count &- start >= 28, window.uint32(order, at: start &+ 8) == byteOrderMagic else { return false }
        let minor = window.uint16(order, at: start &+ 14)
        return window.uint16(order, at: start &+ 12) == 1 && (minor == 0 || minor == 2)
    }

    /// The content fits into a block of that length; the block ends inside the window.
    private func isContentWhole(_ window: Span<UInt8>, _ order: ByteOrder, at start: Int, _ length: Int) -> Bool {
        let type = window.uint32(order, at: start)
        let body = start &+ 8
        let space = length &- Self.blockOverhead
        func describes(_ number: UInt32) -> Bool { Int(number) < clocks.count &- sectionInterfaces }
        switch type {
        case BlockType.enhancedPacket, BlockType.packet:
            guard space >= 20 else { return false }
            let number =
                type == BlockType.packet
                ? UInt32(window.uint16(order, at: body)) : window.uint32(order, at: body)
            guard describes(number), !clocks[sectionInterfaces &+ Int(number)].isLost else { return false }
            let limit = Swift.min(space &- 20, clocks[sectionInterfaces &+ Int(number)].frameLimit)
            return Int(window.uint32(order, at: body &+ 12)) <= limit
        case BlockType.simplePacket:
            guard space >= 4, describes(0), !clocks[sectionInterfaces].isLost else { return false }
            let snapLength = Int(clocks[sectionInterfaces].snapLength)
            let original = Int(window.uint32(order, at: body))
            let captured = snapLength == 0 ? original : Swift.min(original, snapLength)
            return captured <= Swift.min(space &- 4, clocks[sectionInterfaces].frameLimit)
        case BlockType.interfaceDescription:
            return space >= 8 && interfaces.count < FrameLimit.interfaces && window.uint16(order, at: body &+ 2) == 0
        case BlockType.interfaceStatistics: return space >= 12 && describes(window.uint32(order, at: body))
        case BlockType.decryptionSecrets: return space >= 8
        default: return space >= 4
        }
    }

    /// Blocks one behind the other, the last of which ends where `end` is. Each look costs of what may be spent.
    private mutating func leads(_ window: Span<UInt8>, _ order: ByteOrder, from start: Int, to end: Int) -> Bool {
        var at = start
        while at < end {
            guard lookAhead > 0, isWholeBlock(window, order, at: at) else { return false }
            lookAhead &-= 64
            let length = Int(window.uint32(order, at: at &+ 4))
            guard window.uint32(order, at: at) == BlockType.sectionHeader else {
                at &+= length
                continue
            }
            // A section of the other order states its length in that.
            at &+= length <= window.count &- at && isFramed(window, order, at: at, length) ? length : window.count
        }
        return at == end
    }
}
