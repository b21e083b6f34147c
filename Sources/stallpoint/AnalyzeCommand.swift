import ArgumentParser
import Diagnosis
import Engine
import HostNetwork
import PacketWire

/// `stallpoint analyze`: diagnose every connection attempt in a capture file.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Diagnose every connection attempt in a pcap or pcapng file.",
        discussion: """
            The packets are the only witness here: what the operating system, the path and the kernel knew is not in
            a file. A file that 'probe -w' wrote holds its ladders and controls, and gives its verdicts again.
            """)

    @Argument(help: ArgumentHelp("Capture files; '-' is standard input.", valueName: "file"))
    var files: [String] = []

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("say which capture to read: a file, or '-'") }
    }

    func run() throws {
        try orFail {
            let sink = try ReportSink(report)
            var status: Int32 = 0
            for file in files {
                let result = try CaptureAnalysis(path: file).report()
                for note in result.run.notes {
                    try? StandardStream.error.write("stallpoint: \(file.escapedForDisplay): \(note)\n")
                }
                for diagnosis in result.diagnoses { try sink.add(diagnosis) }
                try sink.close(result, isLast: file == files.last)
                status = status == 1 || result.exitStatus == 1 ? 1 : max(status, result.exitStatus)
            }
            if status != 0 { throw ExitCode(status) }
        }
    }
}
