import ArgumentParser
import FirewallLab

/// `stallpoint lab`: what there is.
struct LabList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scenarios and draw the network.")

    func run() throws {
        do {
            let scenarios = try ScenarioCatalog.all()
            let width = scenarios.map(\.name.count).max() ?? 0
            print("The network:\n\n\(LabTopology.standard.drawing)\n\nThe scenarios:\n")
            for scenario in scenarios {
                print(
                    "  \(scenario.name)\(String(repeating: " ", count: width - scenario.name.count))  \(scenario.title)"
                )
            }
            print("\nTry one:  stallpoint lab run \(scenarios.first?.name ?? "NAME") -- COMMAND")
        } catch {
            throw try labStatus { () throws(LabError) in throw error }
        }
    }
}

/// `stallpoint lab show NAME`: a scenario as it is written.
struct LabShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a scenario.")

    @Argument(help: "A scenario's name, or a YAML file with one.")
    var scenario: String

    func run() throws {
        throw try labStatus { () throws(LabError) in
            print(try LabScenarios.scenario(scenario).source, terminator: "")
            return 0
        }
    }
}
