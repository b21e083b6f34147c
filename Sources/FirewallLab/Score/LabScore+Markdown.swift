import PacketWire

extension LabScore {
    /// The documentation's page. `scenarios` is the catalogue that it is a page of: its mark tells later whether the
    /// catalogue has changed since.
    public func markdown(of scenarios: [Scenario]) -> String {
        var lines = [
            "# How often it is right", "",
            "Every scenario of the lab, probed by the tool itself and held against what is true.", "",
            "## Overview", "",
            Self.mark(of: scenarios), "",
            "Written by `stallpoint lab score --both --format markdown`. A verdict is right when every field that the "
                + "scenario states is right: a zone too many is wrong, and so is a zone too few.", "",
            "| user | scenarios | targets | right | proved | strong | likely | weak | median | slowest | packets, "
                + "median | most |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for tier in tiers {
            let score = only(unprivileged: tier)
            let grades = score.grades.map { $0.right + $0.wrong == 0 ? "–" : "\($0.right) of \($0.right + $0.wrong)" }
            let (time, packets) = (score.figures(\.elapsedSeconds), score.figures(\.packetsSent))
            lines.append(
                Self.row(
                    [Self.name(unprivileged: tier), "\(score.runs.count)", "\(score.rows.count)", "\(score.right)"]
                        + grades + [
                            time.map { "\($0.median.hundredths) s" } ?? "–",
                            time.map { "\($0.largest.hundredths) s" } ?? "–",
                            packets.map { "\($0.median)" } ?? "–", packets.map { "\($0.largest)" } ?? "–",
                        ]))
        }
        for tier in tiers { lines += matrix(unprivileged: tier) }
        let wrong = rows.filter { !$0.judgement.isRight }
        lines += ["", "## What is wrong", ""]
        lines += wrong.isEmpty ? ["Nothing."] : wrong.map { "- \($0.wrongText.markdownEscaped)" }
        lines += ["", "## Scenarios", "", "| scenario | targets | what is true |", "|---|---|---|"]
        for scenario in scenarios {
            let truths = scenario.probes.map(\.truthLabel).reduce(into: [String]()) {
                if !$0.contains($1) { $0.append($1) }
            }
            let wasRun = runs.contains { $0.scenario.name == scenario.name }
            lines.append(
                Self.row([
                    "`\(scenario.name)`", "\(scenario.probes.count)",
                    "\(scenario.title.markdownEscaped): \(truths.joined(separator: ", "))"
                        + (wasRun ? "" : "; **not run for this page**: the machine does not have what it needs"),
                ]))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func matrix(unprivileged: Bool) -> [String] {
        let matrix = ConfusionMatrix(only(unprivileged: unprivileged).rows)
        var lines = [
            "", "## Truth against verdict, \(Self.name(unprivileged: unprivileged))", "",
            "| truth | targets | right | verdicts |", "|---|---|---|---|",
        ]
        for truth in matrix.truths {
            let cells = matrix.cells(of: truth)
            let verdicts = cells.map { cell in
                let times = cell.count == 1 ? "" : " × \(cell.count)"
                let wrong = cell.wrong == 0 ? "" : " (**\(cell.wrong) wrong**)"
                return "\(cell.verdict.markdownEscaped)\(times)\(wrong)"
            }
            lines.append(
                Self.row([
                    truth, "\(cells.map(\.count).reduce(0, +))", "\(cells.map(\.right).reduce(0, +))",
                    verdicts.joined(separator: ", "),
                ]))
        }
        return lines
    }

    private static func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }

    /// A comment that is the same as long as every scenario is: names, network, targets, truths and expectations,
    /// which is all that is written in them. It only has to notice.
    static func mark(of scenarios: [Scenario]) -> String {
        var hash = FNV1a()
        for scenario in scenarios {
            let text = Array(scenario.source.utf8) + [0]
            hash.add(text.span)
        }
        return "<!-- catalogue \(String(hash.value, radix: 16)) -->"
    }

    /// Whether a page was written for other scenarios than these. Its numbers may differ from run to run, so only the
    /// mark is compared.
    public static func isStale(page: String, for scenarios: [Scenario]) -> Bool {
        !page.split(separator: "\n").contains { $0 == mark(of: scenarios) }
    }
}

extension String {
    /// Zones are joined by what separates cells.
    fileprivate var markdownEscaped: String {
        map { "|*_<>`".contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
