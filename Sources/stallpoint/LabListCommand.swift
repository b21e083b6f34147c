import ArgumentParser
import FirewallLab
import HostNetwork

/// `stallpoint lab`: what there is.
struct LabList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scenarios and draw the network.")

    func run() throws {
        let scenarios: [Scenario]
        do {
            scenarios = try ScenarioCatalog.all()
        } catch {
            throw try labStatus { () throws(LabError) in throw error }
        }
        let width = scenarios.map(\.name.count).max() ?? 0
        var text = "The network:\n\n\(LabTopology.standard.drawing)\n\nThe scenarios:\n\n"
        for scenario in scenarios {
            let gap = String(repeating: " ", count: width - scenario.name.count)
            text += "  \(scenario.name)\(gap)  \(scenario.title)\n"
        }
        text += "\nTry one:  stallpoint lab run \(scenarios.first?.name ?? "NAME") -- COMMAND\n"
        try orFail { try StandardStream.output.write(text) }
    }
}

/// `stallpoint lab show NAME`: a scenario as it is written.
struct LabShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a scenario.")

    @Argument(help: "A scenario's name, or a YAML file with one.")
    var scenario: String

    func run() throws {
        let found: Scenario
        do {
            found = try LabScenarios.scenario(scenario)
        } catch {
            throw try labStatus { () throws(LabError) in throw error }
        }
        try orFail { try StandardStream.output.write(found.source) }
    }
}
