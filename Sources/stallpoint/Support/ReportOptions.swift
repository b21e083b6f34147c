public import ArgumentParser
import HostNetwork
import Reporting

/// The options that every reporting subcommand shares.
struct ReportOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("text, json, ndjson or csv.", valueName: "format"))
    var format: ReportFormat = .text

    @Option(name: [.short, .long], help: ArgumentHelp("Write the report to this file.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: ArgumentHelp("auto, always or never; NO_COLOR is honoured.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(name: .short, help: "Only the headline of each target.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "All evidence and the whole time line.")
    var verbose = false

    func validate() throws {
        if output == "" { throw ValidationError("-o is the name of a file") }
    }

    /// - Parameter capture: where the packets go; nil for nowhere.
    func validate(beside capture: String?) throws {
        guard let capture, capture != "-", let output else { return }
        if capture == output || ReplacingFile.isSame(capture, as: output) {
            throw ValidationError("-w and -o name one file: the packets and the report need one each")
        }
    }
}

/// When to colour.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
}

extension ReportFormat: ExpressibleByArgument {}
