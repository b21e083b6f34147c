/// Lines of text in a payload, which end with CR LF, or LF alone.
extension Span where Element == UInt8 {
    /// The line that begins at `offset`, without its end; up to the last byte where it has none.
    func line(from offset: Int) -> Range<Int> {
        let start = Swift.max(0, Swift.min(offset, count))
        var end = first(0x0A, from: start) ?? count
        if end < count, end > start, self[end &- 1] == 0x0D { end &-= 1 }
        return start..<end
    }

    /// Where the line behind the one begins that ends at `end`.
    func behindLine(_ end: Int) -> Int {
        var place = end
        if place < count, self[place] == 0x0D { place &+= 1 }
        if place < count, self[place] == 0x0A { place &+= 1 }
        return place
    }

    /// Where that byte stands first, at `start` or behind it; `start` lies inside or at the end.
    func first(_ byte: UInt8, from start: Int = 0) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pattern = ones &* UInt64(byte)
        var place = start
        // Eight at a time: of those that are the byte the difference is zero, and borrowing shows the first of them.
        while place &+ 8 <= count {
            let difference = extracting(place..<place &+ 8).uint64(at: 0).byteSwapped ^ pattern
            let zeros = (difference &- ones) & ~difference & (ones << 7)
            if zeros != 0 { return place &+ zeros.trailingZeroBitCount >> 3 }
            place &+= 8
        }
        while place < count {
            if self[place] == byte { return place }
            place &+= 1
        }
        return nil
    }

    func begins(with text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            guard count >= text.count else { return false }
            for place in 0..<text.count where unsafe self[place] != text[place] { return false }
            return true
        }
    }

    /// The same, whatever the case of the letters is.
    func beginsInAnyCase(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            guard count >= text.count else { return false }
            for place in 0..<text.count where unsafe self[place].inLowerCase != text[place].inLowerCase { return false }
            return true
        }
    }

    /// ASCII letters, `text` in lower case.
    func beginsIgnoringCase(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            guard count >= text.count else { return false }
            for place in 0..<text.count where unsafe self[place] | 0x20 != text[place] { return false }
            return true
        }
    }
}

extension UInt8 {
    /// An ASCII letter made small; any other byte as it is.
    @inline(__always)
    var inLowerCase: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
