extension LabScore {
    /// For a terminal and for test logs: the matrix, then what is wrong, then the sums.
    public var text: String {
        var lines: [String] = []
        for tier in tiers {
            let score = only(unprivileged: tier)
            lines += ["Truth against verdict, \(Self.name(unprivileged: tier)):", ""]
            lines += Self.columns(
                [["TRUTH", "VERDICT", "RIGHT", "WRONG"]]
                    + ConfusionMatrix(score.rows).cells.map { [$0.truth, $0.verdict, "\($0.right)", "\($0.wrong)"] })
            lines.append("")
        }
        let wrong = rows.filter { !$0.judgement.isRight }
        if !wrong.isEmpty { lines += ["Wrong:"] + wrong.map { "  \($0.wrongText)" } + [""] }
        for run in failures { lines.append("No report of \(run.scenario.name): \(run.failure ?? "")") }
        for tier in tiers { lines.append(only(unprivileged: tier).sums(of: Self.name(unprivileged: tier))) }
        if !wrongAndSure.isEmpty {
            lines += ["", "Wrong and sure of it, which must never be:"] + wrongAndSure.map { "  \($0.wrongText)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `root: 120 of 130 right; proved 10 of 10, …; median 1.20 s, slowest 9.00 s (name); …`
    private func sums(of tier: String) -> String {
        var parts = ["\(right) of \(rows.count) right in \(runs.count) scenarios"]
        let grades = grades.filter { $0.right + $0.wrong > 0 }
        parts.append(grades.map { "\($0.grade) \($0.right) of \($0.right + $0.wrong)" }.joined(separator: ", "))
        if let time = figures(\.elapsedSeconds) {
            parts.append(
                "median \(time.median.hundredths) s, slowest \(time.largest.hundredths) s (\(time.of))")
        }
        if let packets = figures(\.packetsSent) {
            parts.append("packets sent: median \(packets.median), most \(packets.largest) (\(packets.of))")
        }
        return "\(tier): \(parts.joined(separator: "; "))"
    }

    private static func columns(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { cells in
            zip(cells, widths).enumerated().map { index, cell in
                let gap = String(repeating: " ", count: cell.1 - cell.0.count)
                return index < 2 ? cell.0 + gap : gap + cell.0
            }.joined(separator: "  ")
        }
    }
}

extension Double {
    /// `1.25`: what times are given with.
    var hundredths: String {
        guard isFinite, self >= 0, self < 1e12 else { return "?" }
        let value = Int((self * 100).rounded())
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }
}
