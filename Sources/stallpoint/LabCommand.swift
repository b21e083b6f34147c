import ArgumentParser
import FirewallLab
import PacketWire

/// `stallpoint lab`: a private network with real firewalls.
struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "A private network with real firewalls, to try everything on.",
        discussion: """
            The network is made of Linux namespaces: it has no way out of this machine, changes nothing on it \
            and leaves nothing behind. It needs root, or a kernel that lets users make user namespaces.
            """,
        subcommands: [
            LabList.self, LabShow.self, LabRunCommand.self, LabScoreCommand.self, LabDemoCommand.self,
            LabInsideCommand.self,
            LabServeCommand.self,
        ],
        defaultSubcommand: LabList.self)
}

/// The part of `lab run` that happens inside the namespaces.
struct LabInsideCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inside", shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws {
        let arguments = arguments
        throw try labStatus { () throws(LabError) in try Lab.inside(arguments) }
    }
}

/// The services of one node.
struct LabServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough)
    var arguments: [String] = []

    func run() throws {
        let arguments = arguments
        throw try labStatus { () throws(LabError) in try Lab.serve(arguments) }
    }
}

/// The exit that a piece of work asks for; what the lab could not do is one line on standard error.
func labStatus(_ work: () throws(LabError) -> Int32) throws -> ExitCode {
    do {
        return ExitCode(try work())
    } catch {
        // Names from the command line and words of a scenario file are in it.
        writeToStandardError("stallpoint lab: \("\(error)".escapedForDisplay)\n")
        return ExitCode(error.exitStatus)
    }
}
