import HostNetwork

/// The lab, on every platform: where there are no network namespaces it says so.
public enum Lab {
    /// Runs a command as the client of a scenario, and gives its exit status.
    public static func run(_ run: LabRun) throws(LabError) -> Int32 {
        #if os(Linux)
            return try LabLauncher.run(run, executable: executable())
        #else
            throw unavailable
        #endif
    }

    /// Runs a command as the client of a scenario, and gives its exit status and what it printed.
    public static func output(of run: LabRun) throws(LabError) -> (exitStatus: Int32, output: [UInt8]) {
        #if os(Linux)
            return try LabLauncher.output(of: run, executable: executable())
        #else
            throw unavailable
        #endif
    }

    /// Probes scenarios, a few labs at once, and judges each. `report` hears of each as it ends.
    public static func score(
        _ work: [(scenario: Scenario, unprivileged: Bool)], jobs: Int, report: (ScoredRun) -> Void
    ) throws(LabError) -> [ScoredRun] {
        #if os(Linux)
            return try ScoreRunner(executable: executable(), jobs: jobs).run(work, report: report)
        #else
            throw unavailable
        #endif
    }

    /// What of a scenario's needs this machine does not have.
    public static func missingNeeds(for scenario: Scenario) -> [String] {
        #if os(Linux)
            return scenario.needs.filter { !LabLauncher.meets($0) }
        #else
            return scenario.needs
        #endif
    }

    /// Whether the lab can run on this machine. Throws the line that says why not.
    public static func checkAvailability() throws(LabError) {
        #if os(Linux)
            try LabLauncher.checkAvailability()
        #else
            throw unavailable
        #endif
    }

    /// The part of `run` that happens inside the namespaces.
    public static func inside(_ arguments: [String]) throws(LabError) -> Int32 {
        #if os(Linux)
            return try LabInside.main(arguments, executable: executable())
        #else
            throw unavailable
        #endif
    }

    /// A node's services, until the lab ends.
    public static func serve(_ arguments: [String]) throws(LabError) -> Never {
        #if os(Linux)
            try LabServer.main(arguments)
        #else
            throw unavailable
        #endif
    }

    #if os(Linux)
        /// This program's own file, to start itself again inside.
        private static func executable() throws(LabError) -> String {
            guard let path = OwnProgram.path else {
                throw LabError("cannot find this program's own file: is /proc mounted?", exitStatus: 66)
            }
            return path
        }
    #else
        private static let unavailable = LabError(
            "the lab needs Linux: it is made of network namespaces", exitStatus: 77)
    #endif
}
