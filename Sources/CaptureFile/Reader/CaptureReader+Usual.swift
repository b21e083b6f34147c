import PacketWire

/// What records of pcap as it is written today are read by, with no look at what else there may be.
struct UsualRecords: Sendable {
    private let known: RecordLayout

    /// Nil for other forms, and for the byte order that few machines have.
    init?(_ layout: RecordLayout) {
        guard layout.form == .capturedFirst, layout.byteOrder == .littleEndian else { return nil }
        known = layout
    }

    /// Said once more, so that the compiler knows it, too.
    @inline(__always)
    var layout: RecordLayout {
        var layout = known
        (layout.form, layout.byteOrder) = (.capturedFirst, .littleEndian)
        return layout
    }
}

extension CaptureReader {
    /// The next record, where it is as most are, and so is what follows it: read where it is to stay, at half the cost of
    /// `next(in:isComplete:)`.
    ///
    /// - Returns: its time in nanoseconds since 1970; nil where only `next(in:isComplete:)` tells what comes. Then nothing
    ///   has changed.
    package mutating func readUsual(in window: Span<UInt8>, into record: inout CaptureRecord) -> Int64? {
        let start = position
        let offset = windowOffset &+ start
        // Its header was looked at when the record before it was read, and found to be as usual.
        guard offset == verified, offset == ahead.offset, search == nil, !pausesAtDamage else { return nil }
        let header = ahead.header
        let next = start &+ header.length
        guard window.count &- next >= 16, let layout = usual?.layout else { return nil }
        let following = layout.header(at: next, in: window)
        guard layout.isUsual(following, near: header.seconds) else { return nil }
        ahead = (windowOffset &+ next, following)
        verified = windowOffset &+ next
        position = next
        packetCount &+= 1
        lastSeconds = header.seconds
        // Neither product nor sum can overflow: both factors come from 32 bits.
        let nanoseconds =
            Int64(header.seconds) &* 1_000_000_000 &+ Int64(header.fraction) &* layout.nanosecondsPerTick
        record.number = packetCount
        record.offset = offset
        record.frame = start &+ 16..<next
        record.originalLength = header.original
        record.timestamp = CaptureTimestamp(nanosecondsSince1970: nanoseconds, resolution: layout.resolution)
        record.interface = 0
        record.linkType = layout.linkType
        record.optionList = 0..<0
        record.byteOrder = .littleEndian
        record.kind = .enhanced
        return nanoseconds
    }
}
