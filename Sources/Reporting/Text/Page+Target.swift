import Conversations
import Diagnosis

/// The sections of one target's block. Each stands only where it has something to say.
extension Page {
    mutating func drawing(of diagnosis: TargetDiagnosis) {
        guard let drawing = PathDrawing(diagnosis, self) else { return }
        blank()
        drawing.draw(on: &self)
    }

    mutating func timeline(_ entries: [TimelineEntry]) {
        guard !entries.isEmpty else { return }
        heading("Time line")
        let times = entries.map { ($0.at - Instant.zero).columnText }
        let timeWidth = times.map(\.utf8.count).max() ?? 0
        let arrowWidth = glyphs.out.unicodeScalars.count
        for index in kept(entries.count, most: 12) {
            guard let index else {
                wrapped(
                    [Piece("\(glyphs.ellipsis) \(entries.count - 11) more (-v shows all)", .faint)], indent: 4
                )
                continue
            }
            let entry = entries[index]
            let time = String(repeating: " ", count: timeWidth - times[index].utf8.count) + times[index]
            let arrow = entry.direction == .out ? glyphs.out : glyphs.in
            var pieces = [Piece(entry.summary, gap: 2)]
            if let frame = entry.frame { pieces.append(Piece("#\(frame)", .faint, gap: 2)) }
            wrapped(
                pieces, before: "    \(time) ms  \(arrow)  ", width: 4 + timeWidth + 5 + arrowWidth + 2)
        }
    }

    mutating func evidence(_ evidence: [Evidence]) {
        guard !evidence.isEmpty else { return }
        heading("Seen by")
        let width = Witness.allCases.map(\.rawValue.utf8.count).max() ?? 0
        var previous: Witness?
        for index in kept(evidence.count, most: 14) {
            guard let index else {
                wrapped(
                    [Piece("\(glyphs.ellipsis) \(evidence.count - 13) more (-v shows all)", .faint)],
                    indent: 4 + width + 2)
                continue
            }
            let item = evidence[index]
            let name = item.witness == previous ? "" : item.witness.rawValue
            previous = item.witness
            var pieces = [Piece(item.detail.isEmpty ? item.fact : item.fact + ":")]
            if !item.detail.isEmpty { pieces.append(Piece(item.detail)) }
            if let frames = frames(item.frames) {
                pieces.append(Piece(frames, .faint, gap: 2, isWhole: item.frames.count <= 3))
            }
            let label = name + String(repeating: " ", count: width - name.utf8.count)
            wrapped(pieces, before: "    \(label)  ", width: 4 + width + 2)
        }
    }

    mutating func lookAlikes(_ lookAlikes: [LookAlike]) {
        guard !lookAlikes.isEmpty else { return }
        heading("Could also be")
        for lookAlike in lookAlikes {
            var pieces = [
                Piece(lookAlike.whyNotExcluded.isEmpty ? lookAlike.cause : lookAlike.cause + ":")
            ]
            if !lookAlike.whyNotExcluded.isEmpty { pieces.append(Piece(lookAlike.whyNotExcluded)) }
            wrapped(pieces, before: "    - ", width: 6)
            if !lookAlike.experiment.isEmpty {
                wrapped([Piece("To settle it: " + lookAlike.experiment)], indent: 6)
            }
        }
    }

    mutating func advice(_ advice: [String]) {
        guard !advice.isEmpty else { return }
        heading("Next")
        for (index, step) in advice.enumerated() {
            let number = "\(index + 1). "
            wrapped([Piece(step)], before: "    " + number, width: 4 + number.utf8.count)
        }
    }

    // MARK: Helpers

    /// Indices to show, nil for the gap: all of them when verbose or few, else the first and the last ones.
    private func kept(_ count: Int, most: Int) -> [Int?] {
        guard style.detail != .verbose, count > most else { return Array(0..<count) }
        let head = most / 2
        let tail = most - 1 - head
        return Array(0..<head) + [nil] + Array((count - tail)..<count)
    }

    /// `frame 4`, `frames 1, 4-7`; runs are joined and long lists cut.
    private func frames(_ numbers: [Int]) -> String? {
        if numbers.isEmpty { return nil }
        var runs: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = runs.last, number <= last.upperBound || number == last.upperBound &+ 1 {
                runs[runs.count - 1] = last.lowerBound...max(last.upperBound, number)
            } else {
                runs.append(number...number)
            }
        }
        let most = style.detail == .verbose ? Int.max : 8
        var texts = runs.prefix(most).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
        }
        if runs.count > most { texts.append(glyphs.ellipsis) }
        return (numbers.count == 1 ? "frame " : "frames ") + texts.joined(separator: ", ")
    }
}
