import PacketWire

extension CaptureReader {
    @inline(__always)
    mutating func nextRecord(
        in window: Span<UInt8>, _ layout: RecordLayout, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        while true {
            let start = position
            let available = window.count &- start
            let headerLength = layout.headerLength
            guard available >= headerLength else {
                if available <= 0, isComplete { return .end }
                return try incomplete(
                    needed: headerLength, available: Swift.max(available, 0), isComplete: isComplete,
                    in: .record(packetCount &+ 1))
            }
            let header =
                ahead.offset == windowOffset &+ start ? ahead.header : layout.header(at: start, in: window)
            if verified != windowOffset &+ start,
                !layout.isUsual(header, near: packetCount == 0 ? header.seconds : lastSeconds)
            {
                if let count = missingToJudge(available, isComplete) { return .needsMore(atLeast: count) }
                if !isConsistent(window, layout, at: start, near: lastSeconds, isComplete: isComplete) {
                    guard let step = try recoverRecord(window, layout, header, isComplete: isComplete) else { continue }
                    return step
                }
            }
            guard available >= header.length else {
                guard isComplete else { return .needsMore(atLeast: header.length &- available) }
                guard let step = try recoverRecord(window, layout, header, isComplete: true) else { continue }
                return step
            }
            // The next header tells whether this one's length is right, and is in the cache by then.
            let next = start &+ header.length
            if window.count &- next >= headerLength {
                ahead = (windowOffset &+ next, layout.header(at: next, in: window))
                if layout.isUsual(ahead.header, near: header.seconds) {
                    verified = windowOffset &+ next
                } else if let count = missingToJudge(available, isComplete) {
                    return .needsMore(atLeast: count)
                } else if isConsistent(window, layout, at: next, near: header.seconds, isComplete: isComplete) {
                    verified = windowOffset &+ next
                } else if !isComplete, available < Self.searchWindow {
                    return .needsMore(atLeast: Self.searchWindow &- available)
                } else if let step = mendOrSkip(window, layout, header, isComplete: isComplete) {
                    if pausesAtDamage { return step }
                    if case .record = step { return step }
                    continue
                }
            } else if pausesAtDamage, !isComplete {
                return .needsMore(atLeast: next &+ headerLength &- window.count)
            }
            return .record(record(window, layout, header, at: start))
        }
    }

    /// A repair can wait until enough has come to tell an unusual record from a damaged one; who follows a capture that is
    /// being written cannot.
    private func missingToJudge(_ available: Int, _ isComplete: Bool) -> Int? {
        pausesAtDamage && !isComplete && available < Self.searchWindow ? Self.searchWindow &- available : nil
    }

    /// Takes a whole record in.
    @inline(__always)
    mutating func record(
        _ window: Span<UInt8>, _ layout: RecordLayout, _ header: RecordHeader, at start: Int
    ) -> CaptureRecord {
        let frame = start &+ layout.headerLength
        position = start &+ header.length
        packetCount &+= 1
        lastSeconds = header.seconds
        if layout.form == .snoop { noteDrops(window.uint32(.bigEndian, at: start &+ 12)) }
        // Neither product nor sum can overflow: both factors come from 32 bits.
        let nanoseconds =
            Int64(header.seconds) &* 1_000_000_000 &+ Int64(header.fraction) &* layout.nanosecondsPerTick
        return CaptureRecord(
            number: packetCount, offset: windowOffset &+ start, frame: frame..<frame &+ header.captured,
            originalLength: header.original,
            timestamp: CaptureTimestamp(nanosecondsSince1970: nanoseconds, resolution: layout.resolution),
            interface: 0, linkType: layout.linkType, optionList: 0..<0, byteOrder: layout.byteOrder)
    }
}
