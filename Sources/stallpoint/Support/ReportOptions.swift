public import ArgumentParser
import HostNetwork
import Reporting

/// The options that every reporting subcommand shares.
struct ReportOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("text, json, ndjson or csv.", valueName: "format"))
    var format: ReportFormat = .text

    @Option(name: [.short, .long], help: ArgumentHelp("Write the report to this file.", valueName: "file"))
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write the report as JSON to this file, too, whatever --format is.", valueName: "file"))
    var json: String?

    @Option(name: .long, help: ArgumentHelp("auto, always or never; NO_COLOR is honoured.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(name: .short, help: "Only the headline of each target.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "All evidence and the whole time line.")
    var verbose = false

    func validate() throws {
        if output == "" { throw ValidationError("-o is the name of a file") }
        if json == "" || json == "-" {
            throw ValidationError("--json is the name of a file; '--format json' writes to standard output")
        }
        if let output, let json, Self.isOne(output, json) {
            throw ValidationError("-o and --json name one file: each report needs one of its own")
        }
    }

    /// - Parameter capture: where the packets go; nil for nowhere.
    func validate(beside capture: String?) throws {
        guard let capture, capture != "-" else { return }
        for file in files where Self.isOne(capture, file.name) {
            throw ValidationError("-w and \(file.option) name one file: the packets and the report need one each")
        }
    }

    /// What is written, and the option that says so; `-` is standard output.
    var files: [(option: String, name: String)] {
        [("-o", output), ("--json", json)].compactMap { option, name in name.map { (option, $0) } }
    }

    private static func isOne(_ name: String, _ other: String) -> Bool {
        name == other || ReplacingFile.isSame(name, as: other)
    }
}

/// When to colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
}

extension ReportFormat: ExpressibleByArgument {}
