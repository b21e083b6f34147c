/// Prints figures in aligned columns, numbers to the right.
struct FigureTable {
    var figures: [Figure]

    var text: String {
        let header = ["figure", "unit", "min", "median", "max", "goal", "verdict", "peer", "peer's", "ratio"]
        let rows =
            [header]
            + figures.map { figure in
                [
                    figure.name, figure.unit, Self.number(figure.samples.min()), Self.number(figure.samples.median),
                    Self.number(figure.samples.max()), Self.number(figure.goal), figure.verdict?.rawValue ?? "-",
                    figure.peer?.name ?? "-", Self.number(figure.peer?.samples.median), Self.number(figure.ratio),
                ]
            }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let numeric: Set = [2, 3, 4, 5, 8, 9]
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return numeric.contains(column) ? padding + row[column] : row[column] + padding
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// Some three digits: nothing here is known better.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        let size = abs(value)
        let places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.0995 ? 2 : 4
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let digits = String(Int((size * scale).rounded()))
        let sign = value < 0 ? "-" : ""
        guard places > 0, value != value.rounded() else {
            return value == value.rounded() ? sign + String(Int(size)) : sign + digits
        }
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
