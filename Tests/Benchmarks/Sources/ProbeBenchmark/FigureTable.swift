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

    /// Three digits that mean something: nothing here is known better.
    static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "-" }
        let places = abs(value) >= 99.95 ? 0 : abs(value) >= 9.995 ? 1 : 2
        let scale = places == 0 ? 1.0 : places == 1 ? 10.0 : 100.0
        let digits = String(Int((abs(value) * scale).rounded()))
        let sign = value < 0 ? "-" : ""
        guard places > 0, value != value.rounded() else {
            return value == value.rounded() ? sign + String(Int(abs(value))) : sign + digits
        }
        let padded = String(repeating: "0", count: Swift.max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
