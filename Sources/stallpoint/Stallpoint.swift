import ArgumentParser
import Engine

@main
struct Stallpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stallpoint",
        abstract: "Say where a connection stalls, who stops it, and how sure that is.",
        // Whoever forgets the word that comes first, or spells it otherwise, sees here which there are.
        usage: "stallpoint probe|trace|capture|analyze|repair|doctor|lab ...",
        version: "\(ToolVersion.name) \(ToolVersion.current)",
        subcommands: [
            ProbeCommand.self,
            TraceCommand.self,
            CaptureCommand.self,
            AnalyzeCommand.self,
            RepairCommand.self,
            DoctorCommand.self,
            LabCommand.self,
        ])
    static func main() {
        reserveStandardStreams()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            CommandLineEnd.exit(error)
        }
    }
}
