#if os(Linux)
    /// One line of a trace_pipe about a dropped packet:
    ///
    ///     stallpoint-4711    [001] ..... 4246.634087: kfree_skb: skbaddr=… protocol=2048 location=nft_do_chain+0x4bc/0xd00 reason: NETFILTER_DROP
    ///
    /// It bears no address and no network namespace (include/trace/events/skb.h): only who sends, and when, can tell
    /// whose packet it was.
    struct TraceLine: Hashable {
        /// Of the task, as the first PID namespace numbers it.
        var process: Int
        /// By the monotonic clock; the kernel prints whole microseconds.
        var microseconds: Int64
        /// What stands behind the name of the event.
        var text: String
        var event: String

        init?(_ line: Substring) {
            guard let bracket = Self.processor(in: line) else { return nil }
            let task = line[..<bracket.lowerBound].drop { $0 == " " }
            guard let dash = task.lastIndex(of: "-"),
                let process = Int(task[task.index(after: dash)...].prefix { $0 != " " })
            else { return nil }
            let rest = line[bracket.upperBound...].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
            guard rest.count == 3, rest[1].hasSuffix(":"), let time = Self.microseconds(rest[1].dropLast()) else {
                return nil
            }
            let parts = rest[2].split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            self.process = process
            microseconds = time
            event = String(parts[0])
            text = String(parts[1].drop { $0 == " " }.prefix(512))
        }

        /// `kfree_skb` fills it.
        var drop: (reason: String, place: String?)? {
            guard event == "kfree_skb", let mark = text.range(ofText: "reason: ") else { return nil }
            let reason = text[mark.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            guard !reason.isEmpty, reason.count <= 64 else { return nil }
            let place = text.range(ofText: "location=").map { found in
                text[found.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            }
            return (String(reason), place.flatMap { $0.isEmpty || $0.hasPrefix("0x") ? nil : String($0.prefix(128)) })
        }

        /// Where `[001] ` stands. The last one counts: a task's name may hold anything, and the text behind holds none.
        private static func processor(in line: Substring) -> Range<Substring.Index>? {
            var found: Range<Substring.Index>?
            var start = line.startIndex
            while let open = line[start...].firstIndex(of: "[") {
                start = line.index(after: open)
                let digits = line[start...].prefix { $0.isASCII && $0.isNumber }
                guard !digits.isEmpty, line[digits.endIndex...].hasPrefix("] ") else { continue }
                found = open..<line.index(digits.endIndex, offsetBy: 2)
            }
            return found
        }

        /// `4246.634087`.
        private static func microseconds(_ text: Substring) -> Int64? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].utf8.count == 6, let seconds = Int64(parts[0]), let rest = Int64(parts[1]),
                (0...1_000_000_000_000).contains(seconds), rest >= 0
            else { return nil }
            return seconds * 1_000_000 + rest
        }
    }

    extension String {
        fileprivate func range(ofText wanted: String) -> Range<Index>? {
            var start = startIndex
            while start < endIndex {
                if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
                start = index(after: start)
            }
            return nil
        }
    }
#endif
