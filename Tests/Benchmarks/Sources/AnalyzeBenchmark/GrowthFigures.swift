import BenchmarkSupport

/// What ten times as many packets cost, and millions of conversations that consist of one SYN.
struct GrowthFigures {
    static let syns = 5_000_000

    var workshop: Workshop
    var small: MeasuredCapture
    var runs: Int

    func text() throws -> String {
        let header = [
            "packets", "conversations", "walk CPU s", "analyze s", "CPU s", "CPU ns/packet", "MB", "from a pipe",
            "the file",
        ]
        var rows = [header]
        rows.append(try row(small))
        small.remove()
        let large = try workshop.capture(.mixed, conversations: small.written.conversations * 10)
        _ = try workshop.check(large)
        rows.append(try row(large))
        large.remove()
        let scan = try workshop.capture(.syns, conversations: Self.syns)
        let reported = try workshop.check(scan)
        rows.append(try row(scan))
        scan.remove()
        return """

            Growth, and \(Self.syns) SYNs that nobody answers, each of a conversation of its own:


            """ + AlignedRows(rows, numeric: Set(0...8)).text + """

                Memory in MB: of a file that is read by its name, whose pages count while they are mapped, and of the
                same bytes from a pipe.
                Of the SYNs: \(ReportedCapture.list(reported.verdicts)). What the report says of its limits:
                \(reported.limits.map { "  \($0)\n" }.joined())
                """
    }

    private func row(_ capture: MeasuredCapture) throws -> [String] {
        say("== Measuring \(capture.written.packets) packets\n", to: 2)
        try workshop.checkWalk(capture)
        var walk: [Measured] = []
        var analyze: [Measured] = []
        for _ in 0..<runs {
            walk.append(try workshop.run([workshop.walk, capture.path]))
            analyze.append(try workshop.run([workshop.stallpoint, "analyze", capture.path], statuses: 0...2))
        }
        func least(_ values: [Double]) -> Double { values.min() ?? .nan }
        let processor = least(analyze.map(\.cpuSeconds))
        return [
            String(capture.written.packets), String(capture.written.conversations),
            least(walk.map(\.cpuSeconds)).threeDigits, least(analyze.map(\.wallSeconds)).threeDigits,
            processor.threeDigits, (processor * 1e9 / Double(capture.written.packets)).threeDigits,
            (analyze.map(\.peakMegabytes).max() ?? .nan).threeDigits, try megabytesFromPipe(capture).threeDigits,
            capture.megabytes.threeDigits,
        ]
    }

    /// What `analyze` holds without the pages of a mapped file.
    private func megabytesFromPipe(_ capture: MeasuredCapture) throws -> Double {
        let line = "cat \"$1\" | \"$0\" analyze -"
        return try workshop.run(["sh", "-c", line, workshop.stallpoint, capture.path], statuses: 0...2).peakMegabytes
    }
}
