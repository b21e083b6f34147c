import ArgumentParser
import FirewallLab
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `stallpoint lab run SCENARIO -- COMMAND…`
struct LabRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command as the client of a scenario.",
        discussion: """
            The command's input, output, working directory and exit status are its own. Without a command, \
            on a terminal, it is a shell. 'ip netns exec firewall nft list ruleset' looks at another machine \
            of the lab.
            """)

    @Flag(
        name: [.customLong("unprivileged"), .customLong("user")],
        help: "Run the command without any privilege over the lab's network.")
    var unprivileged = false

    @Flag(name: .customLong("text"), help: ArgumentHelp("The scenario is the text itself.", visibility: .hidden))
    var isText = false

    @Option(help: LabScenarios.besideHelp)
    var beside: [String] = []

    @Argument(help: "A scenario's name, or a YAML file with one.")
    var scenario: String

    @Argument(parsing: .postTerminator, help: "The command, after '--'.")
    var command: [String] = []

    func run() throws {
        throw try labStatus { () throws(LabError) in
            let scenario = try (isText ? LabScenarios.ofText(scenario) : LabScenarios.scenario(scenario))
                .beside(LabScenarios.all(beside))
            var command = command
            if command.isEmpty {
                guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
                    throw LabError("no command: write it after '--'", exitStatus: 64)
                }
                command = [ProcessInfo.processInfo.environment["SHELL"] ?? "/bin/sh", "-i"]
                writeToStandardError(
                    """
                    \(scenario.name): \(scenario.title)
                    Targets: \(scenario.targets.joined(separator: " "))
                    You are the client. 'ip netns exec firewall nft list ruleset' looks elsewhere; 'exit' ends the lab.

                    """)
            }
            return try Lab.run(LabRun(scenario, command: command, unprivileged: unprivileged))
        }
    }
}

/// Scenarios by what a person writes: a name, or a file.
enum LabScenarios {
    /// The one that a name or a file stands for.
    static func scenario(_ text: String) throws(LabError) -> Scenario {
        try one(scenarios(text), in: text)
    }

    /// The one whose source is the text itself.
    static func ofText(_ text: String) throws(LabError) -> Scenario {
        guard let scenario = try ScenarioFile.scenario(fromSource: text, file: "the text") else {
            throw LabError("the text holds no scenario", exitStatus: 64)
        }
        return scenario
    }

    static let besideHelp = ArgumentHelp(
        "Set up what this scenario, or each of this YAML file, does as well. May be repeated.", valueName: "name")

    /// All that several names and files stand for.
    static func all(_ texts: [String]) throws(LabError) -> [Scenario] {
        var all: [Scenario] = []
        for text in texts { all += try scenarios(text) }
        return all
    }

    private static func one(_ scenarios: [Scenario], in text: String) throws(LabError) -> Scenario {
        guard scenarios.count == 1, let scenario = scenarios.first else {
            throw LabError("\(text) holds \(scenarios.count) scenarios: one is wanted", exitStatus: 64)
        }
        return scenario
    }

    /// All that a file holds, or the one that a name stands for.
    static func scenarios(_ text: String) throws(LabError) -> [Scenario] {
        guard text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml") else {
            return [try ScenarioCatalog.scenario(named: text)]
        }
        let source: String
        do {
            source = try String(contentsOfFile: text, encoding: .utf8)
        } catch {
            throw LabError("cannot read the scenario file \(text)", exitStatus: 66)
        }
        return try ScenarioFile.scenarios(in: source, file: text)
    }
}

/// Standard error without buffering: the lab's processes share it.
func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
