/// One situation in the private network: what is done to it, what is asked, and what is true.
///
/// The same description serves the demonstration, the tests and the recorded fixtures, so a new case is
/// a few lines of YAML and no code.
public struct Scenario: Sendable, Hashable {
    /// Lower-case letters, digits and hyphens: a person types it.
    public var name: String
    public var title: String
    /// The network that it is set up in.
    public var topology: LabTopology
    /// What is changed on each node, by the node's name.
    public var setup: [String: NodeSetup]
    /// Services by the node's name, beyond those that always run.
    public var services: [String: [ServiceSpecification]]
    /// What is probed, all in one run of the tool.
    public var probes: [ScenarioProbe]
    /// Options that the probe needs for this scenario.
    public var options: [String]
    /// Programs that its nodes run, beyond those that every scenario needs; and, of several words, lines for a shell
    /// that must work in a network namespace of their own, for what not every kernel has.
    public var needs: [String]
    /// Why its report is not expected to be right yet: the tests then say so instead of failing. Nil where it is.
    public var pending: String?
    /// The YAML that it was read from: one document, and one for each that stands beside it.
    public var source: String

    public init(
        name: String, title: String, topology: LabTopology = .standard, setup: [String: NodeSetup] = [:],
        services: [String: [ServiceSpecification]] = [:], probes: [ScenarioProbe] = [], options: [String] = [],
        needs: [String] = [], pending: String? = nil, source: String = ""
    ) {
        self.name = name
        self.title = title
        self.topology = topology
        self.setup = setup
        self.services = services
        self.probes = probes
        self.options = options
        self.needs = needs
        self.pending = pending
        self.source = source
    }

    /// Each once: of a name with several addresses each may have a truth of its own.
    public var targets: [String] {
        probes.map(\.target).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// What is done to one node before anything is probed.
public struct NodeSetup: Sendable, Hashable {
    /// A ruleset for `nft -f`.
    public var nft: String
    /// Lines for `ip -batch`, run after the node's own addresses and routes are in place; those that begin with
    /// `-6` after the others.
    public var ip: [String]
    /// Kernel settings under `/proc/sys`, by their dotted or slashed name.
    public var sysctl: [String: String]
    /// Lines for `tc -batch`: queues and limits.
    public var tc: [String]
    /// A shell program, run when everything else stands: `NodeProgram` has its words.
    public var run: String

    public init(
        nft: String = "", ip: [String] = [], sysctl: [String: String] = [:], tc: [String] = [], run: String = ""
    ) {
        self.nft = nft
        self.run = run
        self.ip = ip
        self.tc = tc
        self.sysctl = sysctl
    }
}

/// One target of a scenario: the truth about it, and what an honest report says.
public struct ScenarioProbe: Sendable, Hashable {
    /// As it is written on the command line.
    public var target: String
    /// Of a name with several addresses the one that is meant; nil for whichever is reported first.
    public var address: String?
    public var truth: Truth
    public var expectation: ScenarioExpectation
    /// What an honest report says otherwise when it could neither capture nor ask the kernel.
    public var unprivilegedExpectation: ScenarioExpectation

    public init(
        target: String, address: String? = nil, truth: Truth,
        expectation: ScenarioExpectation = ScenarioExpectation(),
        unprivilegedExpectation: ScenarioExpectation = ScenarioExpectation()
    ) {
        self.target = target
        self.address = address
        self.truth = truth
        self.expectation = expectation
        self.unprivilegedExpectation = unprivilegedExpectation
    }

    /// For a line about it: `web.lab:443`, `web.lab:443 (203.0.113.53)`.
    var label: String { address.map { "\(target) (\($0))" } ?? target }

    /// What this target's report must say, with or without privileges.
    public func expectation(unprivileged: Bool) -> ScenarioExpectation {
        unprivileged ? expectation.overridden(by: unprivilegedExpectation) : expectation
    }
}

/// What really happens to a target, known because the scenario made it so.
public struct Truth: Sendable, Hashable {
    /// Where it is stopped: a zone of the report contract; nil where nothing is.
    public var zone: String?
    /// The node that does it.
    public var by: String?
    public var why: String

    public init(zone: String? = nil, by: String? = nil, why: String) {
        self.zone = zone
        self.by = by
        self.why = why
    }
}
