extension [Double] {
    public var median: Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Double {
    /// Some three digits: nothing here is known better.
    public var threeDigits: String {
        guard isFinite else { return "-" }
        let size = abs(self)
        let places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 ? 2 : 4
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let digits = String(Int((size * scale).rounded()))
        let sign = self < 0 ? "-" : ""
        guard places > 0, self != rounded() else { return sign + (self == rounded() ? String(Int(size)) : digits) }
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}

/// Rows in aligned columns, numbers to the right.
public struct AlignedRows {
    public var rows: [[String]]
    public var numeric: Set<Int>

    public init(_ rows: [[String]], numeric: Set<Int>) {
        self.rows = rows
        self.numeric = numeric
    }

    public var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                if numeric.contains(column) { return padding + row[column] }
                return column == row.count - 1 ? row[column] : row[column] + padding
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}
