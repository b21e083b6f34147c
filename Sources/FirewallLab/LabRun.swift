/// What to run in the lab.
public struct LabRun: Hashable, Sendable {
    public var scenario: Scenario
    public var command: [String]
    /// Whether the command keeps the lab's privileges or runs as somebody without any.
    public var unprivileged: Bool

    public init(_ scenario: Scenario, command: [String], unprivileged: Bool = false) {
        self.scenario = scenario
        self.command = command
        self.unprivileged = unprivileged
    }
}
