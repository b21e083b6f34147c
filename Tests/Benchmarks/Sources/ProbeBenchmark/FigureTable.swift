import BenchmarkSupport

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
        return AlignedRows(rows, numeric: [2, 3, 4, 5, 8, 9]).text
    }

    private static func number(_ value: Double?) -> String { value?.threeDigits ?? "-" }
}
