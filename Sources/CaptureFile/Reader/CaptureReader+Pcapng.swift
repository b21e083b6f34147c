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
            if type == BlockType.sectionHeader { order = try sectionOrder(head) }
            let length = Int(head.uint32(order, at: 4))
            try checkBlock(type, length)
            guard available >= length else {
                return try incomplete(
                    needed: length, available: available, isComplete: isComplete, in: .block(blocksRead &+ 1))
            }
            let back = Int(window.extracting(start &+ length &- 4..<start &+ length).uint32(order, at: 0))
            guard back == length else { throw blockError(.lengthMismatch(front: length, back: back)) }

            let body = start &+ 8..<start &+ length &- 4
            var record: CaptureRecord?
            switch type {
            case BlockType.enhancedPacket:
                let interface = window.extracting(start &+ 8..<start &+ 12).uint32(order, at: 0)
                record = try packet(window, body, order, interface: interface)
            case BlockType.packet:
                // Like the enhanced one, but for 16 bits of interface and 16 of drop count in the first word.
                let interface = UInt32(window.uint16(order, at: body.lowerBound))
                record = try packet(window, body, order, interface: interface)
            case BlockType.simplePacket: record = try simplePacket(window, body, order)
            case BlockType.sectionHeader: try readSection(window, body, order)
            case BlockType.interfaceDescription: try readInterface(window, body, order)
            case BlockType.interfaceStatistics: readStatistics(window, body, order)
            case BlockType.nameResolution: readNames(window, body, order)
            case BlockType.journalExport, BlockType.custom, BlockType.customNotCopied: numberCount &+= 1
            default: break
            }
            position = start &+ length
            blocksRead &+= 1
            if let record {
                packetCount &+= 1
                numberCount &+= 1
                return .record(record)
            }
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
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder, interface number: UInt32
    ) throws(CaptureFileError) -> CaptureRecord {
        let start = body.lowerBound
        let (index, clock) = try clock(number)
        let fields = window.extracting(start &+ 4..<start &+ 20)
        let ticks = UInt64(fields.uint32(order, at: 0)) << 32 | UInt64(fields.uint32(order, at: 4))
        let captured = Int(fields.uint32(order, at: 8))
        let original = Int(fields.uint32(order, at: 12))
        let frame = start &+ 20
        let limit = Swift.min(body.upperBound &- frame, clock.frameLimit)
        guard captured <= limit else {
            throw blockError(.tooLarge(.capturedLength, found: captured, limit: limit))
        }
        let options = frame &+ ((captured &+ 3) & ~3)
        return CaptureRecord(
            number: numberCount &+ 1, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: CaptureTimestamp(
                nanosecondsSince1970: clock.scale.nanoseconds(ticks), resolution: clock.scale.resolution),
            interface: index, linkType: clock.linkType, optionList: options..<body.upperBound, byteOrder: order)
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
        guard captured <= limit else {
            throw blockError(.tooLarge(.capturedLength, found: captured, limit: limit))
        }
        return CaptureRecord(
            number: numberCount &+ 1, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: nil, interface: index, linkType: clock.linkType, optionList: 0..<0, byteOrder: order)
    }
}
