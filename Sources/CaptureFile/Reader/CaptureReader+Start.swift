extension CaptureReader {
    static let pcapMagics: [(magic: UInt32, resolution: TimestampResolution)] = [
        (0xA1B2_C3D4, .microseconds), (0xA1B2_3C4D, .nanoseconds),
    ]

    /// Tells the format by its first four bytes and reads the file header.
    mutating func readStart(of window: Span<UInt8>, isComplete: Bool) throws(CaptureFileError) -> Step {
        guard window.count >= 4 else {
            guard isComplete, window.count == 0 || !Self.isBeginning(of: window) else {
                return try incomplete(
                    needed: 24, available: window.count, isComplete: isComplete, in: .fileHeader)
            }
            throw window.count == 0 ? error(.empty, in: .fileHeader) : unknown(window)
        }
        let little = window.uint32(.littleEndian, at: 0)
        if little == BlockType.sectionHeader {
            // The order is a guess until the section header, which is its own mirror image, has been read.
            return try nextPcapng(in: window, .littleEndian, isComplete: isComplete)
        }
        if window.count < 8, Self.isBeginning(of: window) {
            return try incomplete(needed: 24, available: window.count, isComplete: isComplete, in: .fileHeader)
        }
        if Self.isSnoop(window) {
            // With the first record's header, which tells Shomiti's files from Solaris's.
            let needed = Self.snoopHeaderLength + (isComplete ? 0 : 24)
            guard window.count >= needed else {
                return try incomplete(
                    needed: needed, available: window.count, isComplete: isComplete, in: .fileHeader)
            }
            try readSnoopHeader(window)
            return try next(in: window, isComplete: isComplete)
        }
        for order in ByteOrder.allCases {
            let magic = window.uint32(order, at: 0)
            if let known = Self.pcapMagics.first(where: { $0.magic == magic }) {
                guard window.count >= 24 else {
                    return try incomplete(
                        needed: 24, available: window.count, isComplete: isComplete, in: .fileHeader)
                }
                try readPcapHeader(window, order, known.resolution)
                return try next(in: window, isComplete: isComplete)
            }
            if let variant = PcapVariant(magic: magic) { throw error(.pcapVariant(variant), in: .fileHeader) }
        }
        guard isComplete || window.count >= ForeignFormat.prefixLength else {
            return .needsMore(atLeast: ForeignFormat.prefixLength - window.count)
        }
        throw unknown(window)
    }

    /// Whether so few bytes could still become a file of ours.
    private static func isBeginning(of window: Span<UInt8>) -> Bool {
        var starts: [[UInt8]] = [[0x0A, 0x0D, 0x0D, 0x0A], snoopMagic]
        for (magic, _) in pcapMagics {
            for order in ByteOrder.allCases {
                var bytes: [UInt8] = []
                bytes.append(magic, order)
                starts.append(bytes)
            }
        }
        for start in starts {
            var index = 0
            while index < window.count, index < start.count, start[index] == window[index] { index += 1 }
            if index == window.count { return true }
        }
        return false
    }

    private func unknown(_ window: Span<UInt8>) -> CaptureFileError {
        let prefix = window.extracting(first: Swift.min(window.count, ForeignFormat.prefixLength))
        if let format = ForeignFormat(prefix: prefix) { return error(.foreign(format), in: .fileHeader) }
        var magic: UInt32 = 0
        for index in 0..<4 { magic = magic << 8 | (index < window.count ? UInt32(window[index]) : 0) }
        return error(.unknownFormat(magic: magic), in: .fileHeader)
    }
}
