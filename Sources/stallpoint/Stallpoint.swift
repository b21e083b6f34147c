import ArgumentParser

@main
struct Stallpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stallpoint",
        abstract: "Say where a connection stalls, who stops it, and how sure that is.",
        subcommands: [
            ProbeCommand.self,
            CaptureCommand.self,
            AnalyzeCommand.self,
            DoctorCommand.self,
            LabCommand.self,
        ])
}
