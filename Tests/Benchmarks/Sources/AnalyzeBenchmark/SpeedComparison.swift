import BenchmarkSupport

/// All tools on one capture, in the same run, each in turn: what else the machine does meets all of them.
struct SpeedComparison {
    var workshop: Workshop
    var capture: MeasuredCapture
    var runs: Int

    func all() throws -> SpeedTable {
        try workshop.checkWalk(capture)
        _ = try workshop.check(capture)
        var missing: [String] = []
        var lines = try tools(&missing).map { SpeedTable.Line(tool: $0, runs: []) }
        for run in 0..<runs {
            say("== Run \(run + 1) of \(runs)\n", to: 2)
            for index in lines.indices where run < lines[index].tool.mostRuns {
                lines[index].runs.append(
                    try workshop.run(lines[index].tool.command, statuses: lines[index].tool.statuses))
            }
        }
        return SpeedTable(written: capture.written, lines: lines, missing: missing)
    }

    private func tools(_ missing: inout [String]) throws -> [Tool] {
        let file = capture.path
        let analyze = [workshop.stallpoint, "analyze", file]
        let own = [
            Tool(name: "a walk in C", command: [workshop.walk, file]),
            Tool(name: "stallpoint analyze", command: analyze, statuses: 0...2, goal: 1),
            Tool(
                name: "stallpoint analyze, one core", command: try Workshop.onOneCore() + analyze, statuses: 0...2,
                goal: 0.5),
        ]
        let others = [
            Tool(name: "tcpdump -w /dev/null", command: ["tcpdump", "-n", "-r", file, "-w", "/dev/null"]),
            // Without the machine's own settings.
            Tool(name: "argus", command: ["argus", "-F", "/dev/null", "-r", file, "-w", "/dev/null"]),
            Tool(name: "tcptrace", command: ["tcptrace", "-n", file]),
            Tool(
                name: "tshark -z expert", command: ["tshark", "-n", "-q", "-z", "expert", "-r", file], mostRuns: 2),
        ]
        var found = Tools()
        let installed = others.compactMap { tool in
            found.find(tool.command[0]).map { path in
                var tool = tool
                tool.command[0] = path
                return tool
            }
        }
        missing = found.missing
        return own + installed
    }
}

/// A program that reads a capture.
struct Tool {
    var name: String
    var command: [String]
    /// Those with which it ends when it did what it should.
    var statuses: ClosedRange<Int32> = 0...0
    /// The least that its speed should be, the walk's being one.
    var goal: Double?
    /// Of a slow one fewer tell enough.
    var mostRuns = Int.max
}

/// Speeds in aligned columns, the walk's in the first line.
struct SpeedTable {
    struct Line {
        var tool: Tool
        var runs: [Measured]

        var wall: [Double] { runs.map(\.wallSeconds) }
        var leastWall: Double { wall.min() ?? .nan }
        /// What others on the machine do makes it larger, never smaller.
        var leastProcessor: Double { runs.map(\.cpuSeconds).min() ?? .nan }
        var megabytes: Double { runs.map(\.peakMegabytes).max() ?? .nan }
    }

    var written: WrittenCapture
    var lines: [Line]
    var missing: [String]

    var text: String {
        let packets = Double(written.packets)
        let walk = lines[0]
        let header = [
            "tool", "runs", "Mpackets/s", "median", "ns/packet", "CPU ns/packet", "MB", "of the walk", "by CPU", "goal",
            "verdict",
        ]
        let rows = lines.map { line in
            let speed = walk.leastWall / line.leastWall
            return [
                line.tool.name, String(line.runs.count), (packets / line.leastWall / 1e6).threeDigits,
                (packets / line.wall.median / 1e6).threeDigits, (line.leastWall * 1e9 / packets).threeDigits,
                (line.leastProcessor * 1e9 / packets).threeDigits, line.megabytes.threeDigits, speed.threeDigits,
                (walk.leastProcessor / line.leastProcessor).threeDigits, line.tool.goal?.threeDigits ?? "-",
                line.tool.goal.map { speed >= $0 ? "met" : "not met" } ?? "-",
            ]
        }
        let skipped = missing.map { "skipped: \($0) is not installed\n" }.joined()
        return """
            \(written.packets) packets of \(written.conversations) conversations: \
            \(ReportedCapture.list(written.verdicts))


            """ + AlignedRows([header] + rows, numeric: Set(1...9)).text + skipped + """

                The best of the runs, and the median. "Of the walk" is the speed beside the walk's, which is one:
                by the clock, and by processor time, which others on the machine change less.

                """
    }
}
