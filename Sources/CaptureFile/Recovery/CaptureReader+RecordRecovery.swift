/// What a row of record headers comes to.
private enum Chain {
    /// So many fit, and the last ends where the file does.
    case whole(Int)
    /// So many fit, and the file or window ends inside the last one.
    case cut(Int)
    /// As many as were asked for fit.
    case long
    /// What follows the last of so many is no header.
    case broken(Int)
}

/// Records of pcap and snoop have no mark of their own. What they have is a header of which most numbers are
/// impossible: a time near the others', a length within bounds and not above the original's, and another such header
/// right behind the data. A row of these is no accident.
extension CaptureReader {
    /// Whether a header that is unusual belongs to a file that is so: what follows fits, too.
    @inline(never)
    mutating func isConsistent(
        _ window: Span<UInt8>, _ layout: RecordLayout, at start: Int, near seconds: UInt32, isComplete: Bool
    ) -> Bool {
        var at = start
        // In front of a first packet there is nothing that would make the file's end look strange.
        let isFirst = windowOffset &+ start == layout.firstRecord
        let enough = isFirst ? 0 : 1
        var strange = 0
        for step in 0..<4 {
            guard window.count &- at >= layout.headerLength else {
                // Of a stream, what has not come yet gets the benefit of the doubt. A file's end is the last
                // record's, or cuts a header that follows a good one.
                guard !isComplete || at == window.count || step > enough else { return false }
                // What ends where the file does is in step; behind a repair, that is where the next header was.
                return accepts(strange: strange, of: isComplete && at == window.count ? step &+ 1 : step, isFirst)
            }
            let header = layout.header(at: at, in: window)
            guard layout.allows(header) else { return false }
            // One number may be odd. Where the time is nobody's, the others have to be a packet's.
            if !isFirst, !header.isNear(seconds),
                header.isBlank || header.original > layout.usualOriginal || header.fraction >= layout.ticksPerSecond
            {
                return false
            }
            if header.original > layout.usualOriginal { strange &+= 1 }
            if step == 3 { break }
            at &+= header.length
            if at > window.count {
                guard !isComplete || step > enough else { return false }
                return accepts(strange: strange, of: step &+ 1, isFirst)
            }
        }
        return accepts(strange: strange, of: 4, isFirst)
    }

    /// One length that is out of bounds is a wrong number in a packet that is whole. A row of them is a file read out
    /// of step, where the original length is taken for the captured one, which it mostly equals; unless the file has
    /// been like that from its first packet on.
    private mutating func accepts(strange: Int, of count: Int, _ isFirst: Bool) -> Bool {
        guard strange > 1, strange == count else { return true }
        if isFirst { hasStrangeLengths = true }
        return hasStrangeLengths
    }

    /// Follows usual headers from `start` until `count` of them fit.
    private func chain(
        _ window: Span<UInt8>, _ layout: RecordLayout, at start: Int, near seconds: UInt32?, count: Int
    ) -> Chain {
        var at = start
        var near = seconds
        for step in 0..<count {
            if at == window.count { return .whole(step) }
            guard window.count &- at >= layout.headerLength else { return .cut(step) }
            let header = layout.header(at: at, in: window)
            guard layout.isUsual(header, near: near ?? header.seconds) else { return .broken(step) }
            near = header.seconds
            at &+= header.length
            if at > window.count { return .cut(step &+ 1) }
        }
        return .long
    }

    /// Whether what begins at `start` can be trusted. In the bytes of a record that the file's end cuts there may be
    /// another capture: only what ends with the file, or is long, counts there.
    private func isSound(
        _ window: Span<UInt8>, _ layout: RecordLayout, at start: Int, near seconds: UInt32?, isComplete: Bool,
        isInsideCut: Bool
    ) -> Bool {
        switch chain(window, layout, at: start, near: seconds, count: isInsideCut ? 8 : 3) {
        case .long: true
        case .whole(let count): isComplete && count > 0
        case .cut(let count): !isInsideCut && count > 1
        case .broken: false
        }
    }

    /// The record here is not followed by one: either its own length is wrong, and it is put right or passed over, or
    /// it is the next one that is damaged, and nil says so.
    @inline(never)
    mutating func mendOrSkip(
        _ window: Span<UInt8>, _ layout: RecordLayout, _ header: RecordHeader, isComplete: Bool
    ) -> Step? {
        let start = position
        let problem = error(.implausibleRecord, in: .record(packetCount &+ 1))
        let near = packetCount == 0 ? header.seconds : lastSeconds
        if let step = mendLength(window, layout, header, near: near, problem, isComplete: isComplete) { return step }
        let end = start &+ header.length
        guard let inside = firstInside(window, layout, near: near, end: end, isComplete) else { return nil }
        skip(to: inside, RecoverySearch(problem: problem, start: windowOffset &+ start, format: state))
        return .needsMore(atLeast: 0)
    }

    /// The first of a row of whole records that begins inside the one at `position`, and does not end before `end`.
    private func firstInside(
        _ window: Span<UInt8>, _ layout: RecordLayout, near: UInt32, end: Int, _ isComplete: Bool
    ) -> Int? {
        var at = position &+ 1
        while at < end, window.count &- at >= layout.headerLength {
            if layout.isUsual(layout.header(at: at, in: window), near: near),
                reaches(window, layout, after: near, from: at, beyond: end, isComplete)
            {
                return at
            }
            at &+= 1
        }
        return nil
    }

    private func reaches(
        _ window: Span<UInt8>, _ layout: RecordLayout, after reference: UInt32, from start: Int, beyond end: Int,
        _ isComplete: Bool
    ) -> Bool {
        var at = start
        var near: UInt32?
        var first: UInt32 = 0
        for index in 0..<64 {
            if at == window.count { return isComplete }
            guard window.count &- at >= layout.headerLength else { return false }
            let header = layout.header(at: at, in: window)
            guard layout.isUsual(header, near: near ?? header.seconds) else { return false }
            // A header that begins in the bytes of another packet may be right but for its time.
            if index == 1, !Self.areInOrder(reference, first, header.seconds) { return false }
            if index == 0 { first = header.seconds }
            if at >= end {
                return isSound(
                    window, layout, at: at, near: near, isComplete: isComplete, isInsideCut: false)
            }
            near = header.seconds
            at &+= header.length
            if at > window.count { return false }
        }
        return false
    }

    /// To the second or so, which is how far packets of several queues are apart.
    private static func areInOrder(_ times: UInt32...) -> Bool {
        zip(times, times.dropFirst()).allSatisfy { earlier, later in
            Int32(bitPattern: later &- earlier) >= -2
        }
    }

    /// The captured length is stored once, but the original one is mostly the same: where a good record follows the
    /// packet at that length, it is what was meant.
    private mutating func mendLength(
        _ window: Span<UInt8>, _ layout: RecordLayout, _ header: RecordHeader, near: UInt32,
        _ problem: CaptureFileError, isComplete: Bool
    ) -> Step? {
        guard layout.form == .capturedFirst, header.original > 0, header.fraction < layout.ticksPerSecond,
            header.isNear(near)
        else { return nil }
        for captured in [header.original, layout.usualLimit]
        where captured != header.captured && captured <= Swift.min(header.original, layout.frameLimit) {
            let next = position &+ layout.headerLength &+ captured
            guard next <= window.count else { continue }
            guard
                next == window.count
                    ? isComplete
                    : isSound(
                        window, layout, at: next, near: header.seconds, isComplete: isComplete, isInsideCut: false)
            else { continue }
            // Unless whole records lie between, which a wrong length would lead across.
            if captured > header.captured, firstInside(window, layout, near: near, end: next, isComplete) != nil {
                continue
            }
            var right = header
            right.captured = captured
            right.length = layout.headerLength &+ captured
            let start = position
            mend(problem, at: start &+ 8, UInt32(clamping: captured), layout.byteOrder)
            verified = windowOffset &+ next
            return .record(record(window, layout, right, at: start))
        }
        return nil
    }

    /// The header at `position` makes no sense, or the file ends inside its record. Nil: reading goes on, with
    /// something whole.
    @inline(never)
    mutating func recoverRecord(
        _ window: Span<UInt8>, _ layout: RecordLayout, _ header: RecordHeader, isComplete: Bool
    ) throws(CaptureFileError) -> Step? {
        let available = window.count &- position
        guard isComplete || available >= Self.searchWindow else {
            return .needsMore(atLeast: Self.searchWindow &- available)
        }
        let kind: CaptureFileError.Kind =
            if header.captured > layout.frameLimit {
                .tooLarge(.capturedLength, found: header.captured, limit: layout.frameLimit)
            } else if isComplete, layout.allows(header), available < header.length {
                .truncated(needed: header.length, available: available)
            } else {
                .implausibleRecord
            }
        let problem = error(kind, in: .record(packetCount &+ 1))
        let near = packetCount == 0 ? header.seconds : lastSeconds
        if let step = mendLength(window, layout, header, near: near, problem, isComplete: isComplete) { return step }
        return try searchRecord(
            window, layout, RecoverySearch(problem: problem, start: offset, format: state), isComplete: isComplete)
    }

    /// Looks for the next row of whole records.
    mutating func searchRecord(
        _ window: Span<UInt8>, _ layout: RecordLayout, _ search: RecoverySearch, isComplete: Bool
    ) throws(CaptureFileError) -> Step? {
        let near = packetCount == 0 ? nil : lastSeconds
        // Of a stream, the end is left for later: a row of records has to be seen to be believed.
        let end = isComplete ? window.count : window.count &- Self.searchWindow / 2
        var at = position &+ (windowOffset &+ position == search.start ? 1 : 0)
        while at < end, window.count &- at >= layout.headerLength {
            let candidate = layout.header(at: at, in: window)
            if layout.isUsual(candidate, near: near ?? candidate.seconds),
                isSound(
                    window, layout, at: at, near: near, isComplete: isComplete,
                    isInsideCut: search.problem.isTruncation)
            {
                skip(to: at, search)
                verified = windowOffset &+ at
                return pausesAtDamage ? .needsMore(atLeast: 0) : nil
            }
            at &+= 1
        }
        if isComplete { throw search.problem }
        return postpone(search, at: at, window)
    }

    /// Remembers how far the search came, and asks for more of the stream.
    mutating func postpone(_ search: RecoverySearch, at index: Int, _ window: Span<UInt8>) -> Step {
        position = index
        self.search = search
        state = .searching
        return .needsMore(atLeast: Swift.max(1, Self.searchWindow &- (window.count &- index)))
    }
}
