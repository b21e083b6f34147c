import ArgumentParser
import Engine
import FirewallLab
import HostNetwork
import PacketWire

/// `stallpoint lab score`: every scenario, probed and judged.
struct LabScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Probe every scenario, and print how often the verdicts are right.",
        discussion: """
            Without names it runs all scenarios. A verdict is wrong when it lists a zone that the evidence excludes, \
            leaves out the true one, or differs in anything else that the scenario states. The exit status is 1 when \
            a verdict graded 'proved' or 'strong' is wrong, or when a scenario gave no report.

            What stands '--beside' is set up in each of them, and its own targets are not probed: a circumstance that \
            changes nothing for a scenario's targets must make no verdict wrong.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, markdown, json
    }

    @Flag(
        name: [.customLong("unprivileged"), .customLong("user")],
        help: "Probe without any privilege over the lab's network.")
    var unprivileged = false

    @Flag(help: "Probe once as root and once without privileges.")
    var both = false

    @Option(help: ArgumentHelp("How many labs run at once.", valueName: "count"))
    var jobs = 4

    @Option(help: ArgumentHelp("text, markdown or json.", valueName: "format"))
    var format: Format = .text

    @Option(name: [.short, .long], help: ArgumentHelp("Write the score to this file.", valueName: "file"))
    var output: String?

    @Option(help: LabScenarios.besideHelp)
    var beside: [String] = []

    @Argument(help: ArgumentHelp("Scenarios by name, or YAML files with them.", valueName: "name"))
    var names: [String] = []

    func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs is between 1 and 64") }
        guard !(unprivileged && both) else { throw ValidationError("--unprivileged and --both exclude each other") }
    }

    func run() throws {
        throw try labStatus { () throws(LabError) in
            let others = try LabScenarios.all(beside)
            var scenarios: [Scenario] = []
            for scenario in try names.isEmpty ? ScenarioCatalog.all() : LabScenarios.all(names) {
                scenarios.append(try scenario.beside(others))
            }
            let asked = scenarios
            scenarios.removeAll { scenario in
                let missing = Lab.missingNeeds(for: scenario)
                if missing.isEmpty { return false }
                writeToStandardError(
                    "skipped \(scenario.name): this machine does not have \(missing.joined(separator: ", "))"
                        .escapedForDisplay + "\n")
                return true
            }
            let tiers = both ? [false, true] : [unprivileged]
            let work = tiers.flatMap { tier in scenarios.map { (scenario: $0, unprivileged: tier) } }
            var done = 0
            let runs = try Lab.score(work, jobs: jobs) { run in
                done += 1
                let right = run.judgements.count(where: \.isRight)
                let user = LabScore.name(unprivileged: run.unprivileged)
                let line = "[\(done)/\(work.count)] \(run.scenario.name) (\(user)): \(right) of \(run.judgements.count)"
                writeToStandardError(line.escapedForDisplay + "\n")
            }
            let score = LabScore(runs)
            try write(score, of: asked)
            return score.wrongAndSure.isEmpty && score.failures.isEmpty ? 0 : 1
        }
    }

    private func write(_ score: LabScore, of scenarios: [Scenario]) throws(LabError) {
        let text =
            switch format {
            case .text:
                score.text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { String($0).escapedForDisplay }.joined(separator: "\n")
            case .markdown: score.markdown(of: scenarios)
            case .json: try score.json()
            }
        do {
            guard let output, output != "-" else { return try StandardStream.output.write(text) }
            let file = try ReplacingFile(replacing: output)
            try file.append(Array(text.utf8).span)
            try file.commit()
        } catch {
            throw LabError(error.line, exitStatus: 74)
        }
    }
}
