/// Text as HTTP writes it and SIP and SSDP took it over: a first line, headers, an empty line.
extension Span where Element == UInt8 {
    /// The value of the first header with one of these names, in lower case; without blanks around it.
    func header(_ names: StaticString...) -> Range<Int>? {
        var place = behindLine(line(from: 0).upperBound)
        // Nobody needs more to say who it is.
        for _ in 0..<64 {
            if place >= count { break }
            let line = line(from: place)
            guard !line.isEmpty else { return nil }
            for name in names where extracting(line).beginsIgnoringCase(name) {
                var start = line.lowerBound &+ name.utf8CodeUnitCount
                while start < line.upperBound, isBlank(start) { start &+= 1 }
                guard start < line.upperBound, self[start] == 0x3A else { continue }
                start &+= 1
                while start < line.upperBound, isBlank(start) { start &+= 1 }
                var end = line.upperBound
                while end > start, isBlank(end &- 1) { end &-= 1 }
                return start..<end
            }
            place = behindLine(line.upperBound)
        }
        return nil
    }

    private func isBlank(_ place: Int) -> Bool { self[place] == 0x20 || self[place] == 0x09 }

    /// A status line: three digits and words behind `prefix`; nil where it is none.
    func statusLine(_ prefix: StaticString) -> String? {
        let line = line(from: 0)
        let start = prefix.utf8CodeUnitCount
        guard begins(with: prefix), line.count >= start &+ 3 else { return nil }
        for place in start..<start &+ 3 where !(0x30...0x39).contains(self[place]) { return nil }
        guard line.count == start &+ 3 || self[start &+ 3] == 0x20 else { return nil }
        return shown(start..<line.upperBound, most: 60)
    }
}
