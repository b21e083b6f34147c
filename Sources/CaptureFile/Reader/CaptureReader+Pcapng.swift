import PacketWire

extension CaptureReader {
    /// Type, length and the length again.
    static let blockOverhead = 12

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
                    in: .block(recordsRead &+ 1))
            }
            let type = window.uint32(order, at: start)
            if type == BlockType.sectionHeader { order = try sectionOrder(window) }
            let length = Int(window.uint32(order, at: start &+ 4))
            try checkBlock(type, length)
            guard available >= length else {
                return try incomplete(
                    needed: length, available: available, isComplete: isComplete, in: .block(recordsRead &+ 1))
            }
            let back = Int(window.uint32(order, at: start &+ length &- 4))
            guard back == length else { throw blockError(.lengthMismatch(front: length, back: back)) }

            let body = start &+ 8..<start &+ length &- 4
            let step: Step? =
                switch type {
                case BlockType.enhancedPacket: .record(try enhancedPacket(window, body, order))
                case BlockType.simplePacket: .record(try simplePacket(window, body, order))
                case BlockType.packet: .record(try obsoletePacket(window, body, order))
                default: nil
                }
            if step == nil {
                switch type {
                case BlockType.sectionHeader: try readSection(window, body, order)
                case BlockType.interfaceDescription: try readInterface(window, body, order)
                case BlockType.interfaceStatistics: readStatistics(window, body, order)
                case BlockType.nameResolution: readNames(window, body, order)
                default: break
                }
            }
            position = start &+ length
            recordsRead &+= 1
            if let step { return step }
        }
    }

    func blockError(_ kind: CaptureFileError.Kind) -> CaptureFileError {
        error(kind, in: .block(recordsRead &+ 1))
    }

    /// A section header says its own byte order, right behind the type and length that depend on it.
    private func sectionOrder(_ window: Span<UInt8>) throws(CaptureFileError) -> ByteOrder {
        for order in ByteOrder.allCases where window.uint32(order, at: position &+ 8) == byteOrderMagic {
            return order
        }
        throw blockError(.badByteOrderMagic(window.uint32(.bigEndian, at: position &+ 8)))
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

    private mutating func enhancedPacket(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder
    ) throws(CaptureFileError) -> CaptureRecord {
        try packet(
            window, body, order, interface: window.uint32(order, at: body.lowerBound))
    }

    /// Like the enhanced packet block, but for 16 bits of interface and 16 of drop count in the first word.
    private mutating func obsoletePacket(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder
    ) throws(CaptureFileError) -> CaptureRecord {
        try packet(window, body, order, interface: UInt32(window.uint16(order, at: body.lowerBound)))
    }

    @inline(__always)
    private mutating func packet(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder, interface number: UInt32
    ) throws(CaptureFileError) -> CaptureRecord {
        let start = body.lowerBound
        let (index, clock) = try clock(number)
        let ticks = UInt64(window.uint32(order, at: start &+ 4)) << 32 | UInt64(window.uint32(order, at: start &+ 8))
        let captured = Int(window.uint32(order, at: start &+ 12))
        let original = Int(window.uint32(order, at: start &+ 16))
        let frame = start &+ 20
        let limit = Swift.min(body.upperBound &- frame, clock.frameLimit)
        guard captured <= limit else {
            throw blockError(.tooLarge(.capturedLength, found: captured, limit: limit))
        }
        let options = frame &+ ((captured &+ 3) & ~3)
        packetCount &+= 1
        return CaptureRecord(
            number: packetCount, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: CaptureTimestamp(
                nanosecondsSince1970: clock.scale.nanoseconds(ticks), resolution: clock.scale.resolution),
            interface: index, linkType: clock.linkType, optionList: options..<body.upperBound, byteOrder: order)
    }

    /// A length and bytes: the interface is the section's first, and there is no time stamp.
    private mutating func simplePacket(
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
        packetCount &+= 1
        return CaptureRecord(
            number: packetCount, offset: offset, frame: frame..<frame &+ captured, originalLength: original,
            timestamp: nil, interface: index, linkType: clock.linkType, optionList: 0..<0, byteOrder: order)
    }
}
