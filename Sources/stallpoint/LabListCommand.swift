import ArgumentParser
import FirewallLab
import HostNetwork

/// `stallpoint lab`: what there is.
struct LabList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scenarios and draw the network.")

    @Flag(help: "Only the names, one a line, for scripts.")
    var names = false

    func run() throws {
        let scenarios: [Scenario]
        do {
            scenarios = try ScenarioCatalog.all()
        } catch {
            throw try labStatus { () throws(LabError) in throw error }
        }
        if names {
            let text = scenarios.map { $0.name + "\n" }.joined()
            return try orFail { try StandardStream.output.write(text) }
        }
        // A longer name is followed at once.
        let width = min(32, scenarios.map(\.name.count).max() ?? 0)
        var text = "The network:\n\n\(LabTopology.standard.drawing)\n\n"
        text += "The wide one, for scenarios marked with *:\n\n\(LabTopology.wide.drawing)\n\nThe scenarios:\n\n"
        for scenario in scenarios {
            let gap = String(repeating: " ", count: max(0, width - scenario.name.count))
            let mark = scenario.topology == .wide ? "*" : " "
            text += Lines.hanging("  \(scenario.name)\(gap) \(mark) ", scenario.title)
        }
        text += "\nTry one:  stallpoint lab run \(scenarios.first?.name ?? "NAME") -- COMMAND\n"
        try orFail { try StandardStream.output.write(text) }
    }
}

/// `stallpoint lab show NAME`: a scenario as it is written.
struct LabShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a scenario.")

    /// Parts of a scenario that a script reads without knowing YAML.
    enum Part: String, EnumerableFlag {
        case title, arguments, truth

        static func help(for value: Part) -> ArgumentHelp? {
            switch value {
            case .title: "Only the title."
            case .arguments: "Only what 'stallpoint probe' is given, one word a line."
            case .truth: "Only what really happens, one target a line."
            }
        }
    }

    @Flag(exclusivity: .exclusive)
    var part: Part?

    @Argument(help: "A scenario's name, or a YAML file with one.")
    var scenario: String

    func run() throws {
        let found: Scenario
        do {
            found = try LabScenarios.scenario(scenario)
        } catch {
            throw try labStatus { () throws(LabError) in throw error }
        }
        try orFail { try StandardStream.output.write(found.text(of: part)) }
    }
}

extension Scenario {
    fileprivate func text(of part: LabShow.Part?) -> String {
        let lines =
            switch part {
            case nil: [source]
            case .title: [title + "\n"]
            case .arguments: (options + targets).map { $0 + "\n" }
            case .truth: probes.map { "\($0.target): \($0.truth.sentence)\n" }
            }
        return lines.joined()
    }
}

extension Truth {
    /// Why, where and at which node, as far as the scenario says.
    fileprivate var sentence: String {
        guard let zone else { return why }
        return "\(why) (\(zone)\(by.map { ", at \($0)" } ?? ""))"
    }
}
