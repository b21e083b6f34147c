import PacketWire

/// The blocks of pcapng that describe rather than carry packets.
extension CaptureReader {
    mutating func readSection(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder
    ) throws(CaptureFileError) {
        let major = window.uint16(order, at: body.lowerBound &+ 4)
        let minor = window.uint16(order, at: body.lowerBound &+ 6)
        // 1.2 was written by mistake and means 1.0.
        guard major == 1, minor == 0 || minor == 2 else {
            throw blockError(.unsupportedVersion(major: major, minor: minor))
        }
        guard sections.count < FrameLimit.sections else {
            throw blockError(.tooLarge(.sectionCount, found: sections.count + 1, limit: FrameLimit.sections))
        }
        var section = CaptureSection()
        var cursor = OptionCursor(body.lowerBound &+ 16..<body.upperBound, order)
        while let (code, value) = cursor.next(in: window) {
            switch code {
            case OptionCode.comment: section.comments.append(window.text(value))
            case OptionCode.SectionHeader.hardware: section.hardware = window.text(value)
            case OptionCode.SectionHeader.operatingSystem: section.operatingSystem = window.text(value)
            case OptionCode.SectionHeader.application: section.application = window.text(value)
            default: break
            }
        }
        mend(cursor)
        if sectionsToUnbind.contains(sections.count), window.uint64(order, at: body.lowerBound &+ 8) != .max {
            let start = windowOffset &+ body.lowerBound &+ 8
            note(
                CaptureDamage(
                    problem: blockError(.truncated(needed: 0, available: 0)), range: start..<start + 8,
                    replacement: [UInt8](repeating: 0xFF, count: 8), isMended: true, estimatedPackets: 0,
                    section: sections.count))
        }
        sections.append(section)
        sectionInterfaces = interfaces.count
        state = .pcapng(order)
    }

    mutating func readInterface(
        _ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder
    ) throws(CaptureFileError) {
        guard interfaces.count < FrameLimit.interfaces else {
            throw blockError(.tooLarge(.interfaceCount, found: interfaces.count + 1, limit: FrameLimit.interfaces))
        }
        var interface = CaptureInterface(
            linkType: LinkType(rawValue: UInt32(window.uint16(order, at: body.lowerBound))),
            snapLength: window.uint32(order, at: body.lowerBound &+ 4), resolution: .microseconds,
            section: sections.count - 1)
        var cursor = OptionCursor(body.lowerBound &+ 8..<body.upperBound, order)
        typealias Code = OptionCode.InterfaceDescription
        while let (code, value) = cursor.next(in: window) {
            switch code {
            case OptionCode.comment: interface.comments.append(window.text(value))
            case Code.name: interface.name = window.text(value)
            case Code.text: interface.text = window.text(value)
            case Code.operatingSystem: interface.operatingSystem = window.text(value)
            case Code.hardware: interface.hardware = window.text(value)
            // The first byte says what follows: 0 is libpcap's language, 1 compiled BPF.
            case Code.filter where value.count > 1 && window[value.lowerBound] == 0:
                interface.filter = window.text(value.dropFirst())
            case Code.resolution where value.count == 1:
                interface.resolution = TimestampResolution(rawValue: window[value.lowerBound])
            case Code.timestampOffset where value.count == 8:
                interface.timestampOffsetSeconds = Int64(bitPattern: window.uint64(order, at: value.lowerBound))
            case Code.frameCheckSequenceLength where value.count == 1:
                interface.frameCheckSequenceLength = Int(window[value.lowerBound])
            default: break
            }
        }
        mend(cursor)
        interfaces.append(interface)
        clocks.append(InterfaceClock(interface))
    }

    /// Counters of an interface that is not described are of no use and do no harm: ignored.
    mutating func readStatistics(_ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder) {
        guard body.count >= 12 else { return }
        let number = Int(window.uint32(order, at: body.lowerBound))
        guard number < interfaces.count &- sectionInterfaces else { return }
        let index = sectionInterfaces &+ number
        let scale = clocks[index].scale
        // The block's own time stamp says when the counters were read: the end, unless it is given.
        var statistics = InterfaceStatistics(
            end: timestamp(window, at: body.lowerBound &+ 4, order, scale))
        var cursor = OptionCursor(body.lowerBound &+ 12..<body.upperBound, order)
        typealias Code = OptionCode.InterfaceStatistics
        while let (code, value) = cursor.next(in: window) {
            guard value.count == 8 else { continue }
            let number = window.uint64(order, at: value.lowerBound)
            switch code {
            case Code.start: statistics.start = timestamp(window, at: value.lowerBound, order, scale)
            case Code.end: statistics.end = timestamp(window, at: value.lowerBound, order, scale)
            case Code.received: statistics.received = number
            case Code.droppedByInterface: statistics.droppedByInterface = number
            case Code.filterAccepted: statistics.filterAccepted = number
            case Code.droppedByOS: statistics.droppedByOS = number
            case Code.delivered: statistics.delivered = number
            default: break
            }
        }
        mend(cursor)
        interfaces[index].statistics = statistics
    }

    /// Time stamps are two words, the high one first in either byte order.
    private func timestamp(
        _ window: Span<UInt8>, at offset: Int, _ order: ByteOrder, _ scale: TimestampScale
    ) -> CaptureTimestamp {
        let ticks = UInt64(window.uint32(order, at: offset)) << 32 | UInt64(window.uint32(order, at: offset &+ 4))
        return CaptureTimestamp(nanosecondsSince1970: scale.nanoseconds(ticks), resolution: scale.resolution)
    }

    /// Records until the end mark: an address and names, each ended by a zero byte.
    mutating func readNames(_ window: Span<UInt8>, _ body: Range<Int>, _ order: ByteOrder) {
        var cursor = OptionCursor(body, order)
        while names.count < FrameLimit.names, let (type, value) = cursor.next(in: window) {
            let address: IPAddress
            let length: Int
            switch type {
            case 1 where value.count > 4:
                address = .v4(IPv4Address(rawValue: window.uint32(.bigEndian, at: value.lowerBound)))
                length = 4
            case 2 where value.count > 16:
                let high = UInt128(window.uint64(.bigEndian, at: value.lowerBound))
                let low = UInt128(window.uint64(.bigEndian, at: value.lowerBound &+ 8))
                address = .v6(IPv6Address(rawValue: high << 64 | low))
                length = 16
            default: continue
            }
            var record = NameRecord(address, [])
            var start = value.lowerBound &+ length
            for index in start..<value.upperBound where window[index] == 0 {
                if index > start { record.names.append(window.text(start..<index)) }
                start = index &+ 1
            }
            names.append(record)
        }
        mend(cursor)
    }

    /// The options of a packet, for what the whole file wants to know of them: what was dropped before it, and whether
    /// the list is whole.
    @inline(never)
    mutating func readOptions(of record: CaptureRecord, in window: Span<UInt8>) {
        var cursor = OptionCursor(record.optionList, record.byteOrder)
        while let (code, value) = cursor.next(in: window) {
            switch code {
            case OptionCode.comment:
                packetCommentCount &+= 1
                guard packetComments.count < Self.packetCommentLimit else { break }
                packetComments.append((record.number, window.text(value.prefix(Self.commentLength))))
            case OptionCode.EnhancedPacket.dropCount where value.count == 8 && record.kind == .enhanced:
                noteDrops(window.uint64(record.byteOrder, at: value.lowerBound), record.interface)
            default: break
            }
        }
        mend(cursor)
    }

    /// More are counted and not kept, and no more of each.
    static var packetCommentLimit: Int { 16 }
    private static var commentLength: Int { 256 }

    /// So many packets were dropped between this one and the last of its interface.
    mutating func noteDrops(_ count: UInt64, _ interface: Int) {
        droppedBetweenPackets[interface] = droppedBetweenPackets[interface, default: 0].addingSaturated(count)
    }

    /// Packets that were to be in the file and are not, by the interfaces' last counters or by what packets say.
    public var lostPackets: UInt64 {
        interfaces.indices.reduce(0) {
            let counted = interfaces[$1].statistics?.droppedByOS ?? 0
            return $0.addingSaturated(Swift.max(counted, droppedBetweenPackets[$1] ?? 0))
        }
    }

    /// A list that goes past its block's end: end marks in the place of its last option and of all behind it make it whole.
    private mutating func mend(_ cursor: OptionCursor) {
        guard let (range, length) = cursor.overrun else { return }
        let start = windowOffset &+ range.lowerBound
        note(
            CaptureDamage(
                problem: blockError(.tooLarge(.optionLength, found: length, limit: range.count - 4)),
                range: start..<start + range.count, replacement: [UInt8](repeating: 0, count: range.count),
                isMended: true, estimatedPackets: 0, section: Swift.max(0, sections.count - 1)))
    }
}

extension UInt64 {
    /// Counters of a hostile file may be as large as they like.
    fileprivate func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
