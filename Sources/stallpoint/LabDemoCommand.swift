import ArgumentParser
import FirewallLab

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `stallpoint lab demo`: one of each, probed and judged.
struct LabDemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Probe one target of each kind, and compare the verdicts with the truth.")

    @Option(name: [.customShort("w"), .customLong("write")], help: "Where to keep the capture.")
    var captureFile = "stallpoint-demo.pcapng"

    @Flag(
        name: [.customLong("unprivileged"), .customLong("user")],
        help: "Probe without any privilege, so without a capture.")
    var unprivileged = false

    func run() throws {
        throw try labStatus { () throws(LabError) in
            let scenario = try ScenarioCatalog.scenario(named: "demo")
            func probe(_ options: [String]) -> LabRun {
                LabRun(
                    scenario, command: ["stallpoint", "probe"] + options + scenario.options + scenario.targets,
                    unprivileged: unprivileged)
            }
            print("The network, all of it inside this machine:\n\n\(LabTopology.standard.drawing)\n")
            // The lab's processes write to the same place by themselves.
            fflush(nil)
            // The exit status is that of the verdicts, and most of these targets are broken on purpose.
            let shown = try Lab.run(probe(unprivileged ? [] : ["-w", captureFile]))
            guard shown <= 2 else { return shown }
            // A second time for the judge, in a fresh lab.
            let judged = try Lab.output(of: probe(["--format", "json"]))
            guard judged.exitStatus <= 2 else { return judged.exitStatus }

            var table = JudgementTable()
            table.add(
                scenario.judge(try ReportedRun(json: judged.output), unprivileged: unprivileged), of: scenario.name)
            let right = table.rows.count - table.wrong
            print("\n\(table.text(namingScenarios: false))\n\n\(right) of \(table.rows.count) verdicts are right.")
            if !unprivileged { print("The packets, with comments: \(captureFile)") }
            return table.wrong == 0 ? 0 : 1
        }
    }
}
