import ArgumentParser
import CaptureReplay
import Conversations
import Diagnosis
import Engine
import HostNetwork
import PacketWire
import Reporting

/// `stallpoint analyze`: diagnose every connection attempt in capture files.
struct AnalyzeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyze",
        abstract: "Diagnose every connection in pcap and pcapng files.",
        discussion: """
            What fails is grouped, worst first: forty clients that one router turns away are one finding. What is \
            healthy is counted. Several files are read as one capture, in the order of time, and a copy \
            of one is read once; '-' is standard input.

            The packets are the only witness here: what the operating system, the path and the kernel knew is not in \
            a file. A file that 'probe -w' wrote holds its ladders and controls, and gives its verdicts again.

            With --follow the file may still be written, by 'capture -w' or 'tcpdump -U -w': what fails is told as \
            soon as that is known, a line each (text and ndjson), and the whole report when Ctrl-C, the end of a pipe \
            or --until ends it.
            """)

    @Argument(help: ArgumentHelp("Capture files; '-' is standard input.", valueName: "file"))
    var files: [String] = []

    @Flag(name: .long, help: "Every conversation by itself, the healthy ones too.")
    var all = false

    @Option(name: .long, help: ArgumentHelp("Only this conversation, in full.", valueName: "number"))
    var conversation: Int?

    @Flag(name: .long, help: "Wait for more at the end of the file, until Ctrl-C; say what fails as soon as it does.")
    var follow = false

    @OptionGroup(title: "Which packets count") var selection: CaptureSelection

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("say which capture to read: a file, or '-'") }
        guard !files.contains("") else { throw ValidationError("a file's name is empty") }
        guard files.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("'-' is standard input, and read once")
        }
        if follow, files.count > 1 { throw ValidationError("--follow takes one file, not \(files.count)") }
        if let conversation, conversation < 1 { throw ValidationError("conversations are counted from 1") }
    }

    func run() throws {
        try orFail {
            var options = CaptureAnalyzer.Options()
            options.listsAll = all || conversation != nil || !selection.verdicts.isEmpty
            options.only = conversation
            options.keeps = selection.packets()
            for (option, output) in report.files {
                guard let file = files.first(where: { ReplacingFile.isSame($0, as: output) }) else { continue }
                throw CommandFailure(
                    ExitStatus.usage,
                    "\(file.escapedForDisplay) is what is read: \(option) needs another name for the report")
            }
            let sink = try ReportSink(report)
            if follow {
                var session = FollowSession(sink: sink, options: report, verdicts: selection.verdicts)
                let result = try session.run(CaptureFollow(path: files[0], options: options, filter: selection.filter))
                return try finish(result.report) { try session.close($0, untold: result.untold) }
            }
            var unreadable: [ProbeFailure] = []
            let result: DiagnosisReport
            do throws(ProbeFailure) {
                result = try CaptureAnalysis(paths: files, options: options, filter: selection.filter)
                    .report { unreadable.append($0) }
            } catch {
                // Nothing could be read: the last one is what was thrown.
                for failure in unreadable { tell("stallpoint: \(failure.description)") }
                throw error
            }
            // The last one is told by `orFail`.
            for failure in unreadable.dropLast() { tell("stallpoint: \(failure.description)") }
            try finish(result) {
                try sink.write($0)
                if let last = unreadable.last { throw last }
            }
        }
    }

    /// Chooses what is shown, says what limits it, writes it, and ends with its status.
    private func finish(_ report: DiagnosisReport, _ write: (DiagnosisReport) throws -> Void) throws {
        var result = report
        if let conversation, result.capture != nil, result.diagnoses.isEmpty {
            throw CommandFailure(
                ExitStatus.usage,
                "there is no conversation \(conversation): the capture has \(result.capture?.conversations ?? 0), and not all of them are attempts"
            )
        }
        if !selection.verdicts.isEmpty {
            result.diagnoses.removeAll { !selection.verdicts.contains($0.verdict) }
        }
        for note in result.run.notes { tell("stallpoint: \(note)") }
        try write(result)
        let status = result.exitStatus
        if status != 0 { throw ExitCode(status) }
    }

    private func tell(_ line: String) {
        try? StandardStream.error.write("\(line)\n")
    }
}
