import PacketWire

/// What the report on one target must say. The one judge of reports: the tests, the demonstration and
/// whatever keeps score later all ask this.
public struct ScenarioExpectation: Hashable, Sendable {
    public var verdict: Expected<String>
    public var stage: Expected<String>
    public var mechanism: Expected<String>
    /// Compared as a set.
    public var zones: Expected<ExpectedZones>
    /// An address, a node's name (`firewall`: any address of it), or `target`.
    public var actor: Expected<String>
    public var afterHop: Expected<ExpectedHop>
    public var beforeHop: Expected<ExpectedHop>
    public var confidence: Expected<String>

    public init(
        verdict: Expected<String> = .unstated, stage: Expected<String> = .unstated,
        mechanism: Expected<String> = .unstated, zones: Expected<ExpectedZones> = .unstated,
        actor: Expected<String> = .unstated, afterHop: Expected<ExpectedHop> = .unstated,
        beforeHop: Expected<ExpectedHop> = .unstated, confidence: Expected<String> = .unstated
    ) {
        self.verdict = verdict
        self.stage = stage
        self.mechanism = mechanism
        self.zones = zones
        self.actor = actor
        self.afterHop = afterHop
        self.beforeHop = beforeHop
        self.confidence = confidence
    }

    /// The same, with every field that the other states taken from there.
    public func overridden(by other: ScenarioExpectation) -> ScenarioExpectation {
        ScenarioExpectation(
            verdict: verdict.overridden(by: other.verdict), stage: stage.overridden(by: other.stage),
            mechanism: mechanism.overridden(by: other.mechanism), zones: zones.overridden(by: other.zones),
            actor: actor.overridden(by: other.actor), afterHop: afterHop.overridden(by: other.afterHop),
            beforeHop: beforeHop.overridden(by: other.beforeHop),
            confidence: confidence.overridden(by: other.confidence))
    }

    /// Where a report differs from what it must say; empty when it is right.
    public func compare(
        _ reported: ReportedDiagnosis, truth: Truth? = nil, topology: LabTopology = .standard
    ) -> [ScenarioDifference] {
        var differences: [ScenarioDifference] = []
        func check(_ field: String, _ expected: Expected<String>, _ value: String?) {
            if !expected.accepts(where: { $0 == value }) {
                differences.append(ScenarioDifference(field, expected: expected.text, reported: value))
            }
        }
        func checkHop(_ field: String, _ expected: Expected<ExpectedHop>, _ hop: ReportedHop?) {
            if !expected.accepts(where: { Self.isSame($0, hop, topology, target: reported.target.address) }) {
                differences.append(ScenarioDifference(field, expected: expected.text, reported: hop?.description))
            }
        }
        check("verdict", verdict, reported.verdict)
        check("stage", stage, reported.stage)
        check("mechanism", mechanism, reported.mechanism)
        let reportedZones = ExpectedZones(reported.zones)
        if !zones.accepts(where: { $0 == reportedZones }) {
            differences.append(ScenarioDifference("zones", expected: zones.text, reported: reportedZones.description))
        }
        let mayBeOpen = verdict.isStated && verdict.accepts { $0 == "open" } && reported.verdict == "open"
        if let zone = truth?.zone, !mayBeOpen, !reported.zones.contains(zone) {
            differences.append(
                ScenarioDifference("zones", expected: "\(zone) among them", reported: reportedZones.description))
        }
        if !actor.accepts(where: { Self.isSame($0, reported.actor, topology, target: reported.target.address) }) {
            differences.append(ScenarioDifference("actor", expected: actor.text, reported: reported.actor))
        }
        checkHop("after_hop", afterHop, reported.afterHop)
        checkHop("before_hop", beforeHop, reported.beforeHop)
        check("confidence", confidence, reported.confidence)
        return differences
    }

    /// Distances must be equal. An address that the report gives must belong to the node at that distance,
    /// unless the scenario says whose it is: paths with a loop have other nodes there.
    private static func isSame(
        _ expected: ExpectedHop?, _ reported: ReportedHop?, _ topology: LabTopology, target: String?
    ) -> Bool {
        guard let expected, let reported else { return expected == nil && reported == nil }
        guard expected.ttl == reported.ttl else { return false }
        if let address = expected.address { return isSame(address, reported.address, topology, target: target) }
        guard let address = reported.address else { return true }
        return topology.nodes(atHop: reported.ttl).contains { isSame($0.name, address, topology) }
    }

    private static func isSame(
        _ expected: String?, _ reported: String?, _ topology: LabTopology, target: String? = nil
    ) -> Bool {
        guard let expected, let reported else { return expected == nil && reported == nil }
        guard let address = IPAddress(reported) else { return false }
        if expected == "target" { return target.flatMap { IPAddress($0) } == address }
        if let node = topology.node(named: expected) { return node.addresses.contains(address) }
        return IPAddress(expected) == address
    }
}

/// One field of a report that is not what the scenario says it must be.
public struct ScenarioDifference: Hashable, Sendable, CustomStringConvertible {
    public var field: String
    public var expected: String
    public var reported: String

    public init(_ field: String, expected: String, reported: String?) {
        self.field = field
        self.expected = expected
        self.reported = reported ?? "null"
    }

    public var description: String { "\(field): expected \(expected), reported \(reported)" }
}
