import PacketWire

extension CaptureReader {
    /// Type, length and the length again.
    static let blockOverhead = 12

    @inline(__always)
    mutating func nextPcapng(
        in window: Span<UInt8>, _ order: ByteOrder, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        var order = order
        while true {
            let problem: CaptureFileError
            do throws(CaptureFileError) {
                return try nextBlock(in: window, &order, isComplete: isComplete)
            } catch {
                problem = error
            }
            if let step = try recoverBlock(window, order, problem, isComplete: isComplete) { return step }
            if case .pcapng(let current) = state { order = current }
        }
    }

    /// Block by block until one has a packet. An error leaves the position at the block it is about.
    @inline(__always)
    private mutating func nextBlock(
        in window: Span<UInt8>, _ order: inout ByteOrder, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        while true {
            let start = position
            let available = window.count &- start
            guard available >= Self.blockOverhead else {
                if available <= 0, isComplete { return .end }
                return try incomplete(
                    needed: Self.blockOverhead, available: Swift.max(available, 0), isComplete: isComplete,
                    in: .block(blocksRead &+ 1))
            }
            // Spans of known length here and below: the compiler checks them once rather than at each byte.
            let head = window.extracting(start..<start &+ 12)
            let type = head.uint32(order, at: 0)
            let blockOrder = type == BlockType.sectionHeader ? try sectionOrder(head) : order
            let length = Int(head.uint32(blockOrder, at: 4))
            try checkBlock(type, length)
            guard available >= length else {
                return try incomplete(
                    needed: length, available: available, isComplete: isComplete, in: .block(blocksRead &+ 1))
            }
            let back = Int(window.extracting(start &+ length &- 4..<start &+ length).uint32(blockOrder, at: 0))
            guard back == length else { throw blockError(.lengthMismatch(front: length, back: back)) }
            if type == BlockType.enhancedPacket {
                // What most blocks are goes its own way: no copy of the record on the way out.
                let record = try packet(
                    window, start &+ 8..<start &+ length &- 4, order,
                    interface: window.extracting(start &+ 8..<start &+ 12).uint32(order, at: 0), .enhanced)
                if record.hasOptions { readOptions(of: record, in: window) }
                position = start &+ length
                blocksRead &+= 1
                packetCount &+= 1
                numberCount &+= 1
                return .record(record)
            }
            let record = try readBlock(window, blockOrder, type, length)
            order = blockOrder
            if let record { return .record(record) }
        }
    }

    /// Takes in the block at the position, whose length is settled, and moves behind it.
    @inline(never)
    mutating func readBlock(
        _ window: Span<UInt8>, _ order: ByteOrder, _ type: UInt32, _ length: Int
    ) throws(CaptureFileError) -> CaptureRecord? {
        let start = position
        let body = start &+ 8..<start &+ length &- 4
        var record: CaptureRecord?
        switch type {
        case BlockType.enhancedPacket:
            let interface = window.extracting(start &+ 8..<start &+ 12).uint32(order, at: 0)
            record = try packet(window, body, order, interface: interface, .enhanced)
        case BlockType.packet:
            // Like the enhanced one, but for 16 bits of interface and 16 of drop count in the first word.
            let interface = UInt32(window.uint16(order, at: body.lowerBound))
            record = try packet(window, body, order, interface: interface, .obsolete)
        case BlockType.simplePacket: record = try simplePacket(window, body, order)
        case BlockType.sectionHeader: try readSection(window, body, order)
        case BlockType.interfaceDescription: try readInterface(window, body, order)
        case BlockType.interfaceStatistics: readStatistics(window, body, order)
        case BlockType.nameResolution: readNames(window, body, order)
        default: countSkipped(type)
        }
        if let record, record.hasOptions { readOptions(of: record, in: window) }
        if let record, record.kind == .obsolete {
            // Of its drop count there are 16 bits, all ones where nobody counted.
            let count = window.uint16(order, at: body.lowerBound &+ 2)
            if count != .max { noteDrops(UInt64(count), record.interface) }
        }
        position = start &+ length
        blocksRead &+= 1
        if record != nil {
            packetCount &+= 1
            numberCount &+= 1
        }
        return record
    }

    /// Journal and custom blocks have numbers in Wireshark, the others do not.
    private mutating func countSkipped(_ type: UInt32) {
        switch type {
        case BlockType.journalExport:
            skippedBlocks.journalEntries &+= 1
            numberCount &+= 1
        case BlockType.custom, BlockType.customNotCopied:
            skippedBlocks.custom &+= 1
            numberCount &+= 1
        case BlockType.decryptionSecrets: skippedBlocks.decryptionSecrets &+= 1
        default: skippedBlocks.unknown &+= 1
        }
    }

    func blockError(_ kind: CaptureFileError.Kind) -> CaptureFileError {
        error(kind, in: .block(blocksRead &+ 1))
    }

    /// A section header says its own byte order, right behind the type and length that depend on it.
    private func sectionOrder(_ head: Span<UInt8>) throws(CaptureFileError) -> ByteOrder {
        for order in ByteOrder.allCases where head.uint32(order, at: 8) == byteOrderMagic {
            return order
        }
        throw blockError(.badByteOrderMagic(head.uint32(.bigEndian, at: 8)))
    }

    @inline(__always)
    private func checkBlock(_ type: UInt32, _ length: Int) throws(CaptureFileError) {
        let minimum =
            switch type {
            case BlockType.enhancedPacket, BlockType.packet: 32
            case BlockType.sectionHeader: 28
            case BlockType.interfaceDescription: 20
            case BlockType.simplePacket: 16
            default: Self.blockOverhead
            }
        guard length >= minimum else {
            throw blockError(.tooSmall(.blockLength, found: length, minimum: minimum))
        }
        guard length & 3 == 0 else { throw blockError(.unaligned(found: length)) }
        guard length <= FrameLimit.block else {
            throw blockError(.tooLarge(.blockLength, found: length, limit: FrameLimit.block))
        }
    }

    @inline(__always)
    private func clock(_ number: UInt32) throws(CaptureFileError) -> (index: Int, InterfaceClock) {
        let count = clocks.count &- sectionInterfaces
        guard Int(number) < count else { throw blockError(.unknownInterface(number)) }
        let index = sectionInterfaces &+ Int(number)
        return (index, clocks[index])
    }

    @inline(__always)
    private func packet(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder, interface number: UInt32,
        _ kind: CaptureRecord.Kind
    ) throws(CaptureFileError) -> CaptureRecord {
        let start = body.lowerBound
        let (index, clock) = try clock(number)
        let fields = window.extracting(start &+ 4..<start &+ 20)
        let ticks = UInt64(fields.uint32(order, at: 0)) << 32 | UInt64(fields.uint32(order, at: 4))
        let captured = Int(fields.uint32(order, at: 8))
        let original = Int(fields.uint32(order, at: 12))
        let frame = start &+ 20
        let limit = Swift.min(body.upperBound &- frame, clock.frameLimit)
        guard captured <= limit else { throw lengthError(captured, limit, clock, number) }
        let options = frame &+ ((captured &+ 3) & ~3)
        return CaptureRecord(
            number: numberCount &+ 1, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: CaptureTimestamp(
                nanosecondsSince1970: clock.scale.nanoseconds(ticks), resolution: clock.scale.resolution),
            interface: index, linkType: clock.linkType, optionList: options..<Swift.max(options, body.upperBound),
            byteOrder: order, kind: kind)
    }

    private func lengthError(
        _ captured: Int, _ limit: Int, _ clock: InterfaceClock, _ number: UInt32
    ) -> CaptureFileError {
        blockError(
            clock.isLost ? .unknownInterface(number) : .tooLarge(.capturedLength, found: captured, limit: limit))
    }

    /// A length and bytes: the interface is the section's first, and there is no time stamp.
    private func simplePacket(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder
    ) throws(CaptureFileError) -> CaptureRecord {
        let (index, clock) = try clock(0)
        let original = Int(window.uint32(order, at: body.lowerBound))
        let frame = body.lowerBound &+ 4
        let captured = clock.snapLength == 0 ? original : Swift.min(original, Int(clock.snapLength))
        let limit = Swift.min(body.upperBound &- frame, clock.frameLimit)
        guard captured <= limit else { throw lengthError(captured, limit, clock, 0) }
        return CaptureRecord(
            number: numberCount &+ 1, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: nil, interface: index, linkType: clock.linkType, optionList: 0..<0, byteOrder: order)
    }
}
