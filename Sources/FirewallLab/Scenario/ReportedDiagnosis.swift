import FoundationEssentials

/// What the judge reads of a `stallpoint.report/1`: the fields that a scenario can state.
///
/// Decoded from the JSON text and not from the tool's own types, so that the judge sees what a script sees.
public struct ReportedRun: Hashable, Sendable, Decodable {
    public var diagnoses: [ReportedDiagnosis]
    /// How long the tool says that it took.
    public var elapsedSeconds: Double?

    public init(diagnoses: [ReportedDiagnosis], elapsedSeconds: Double? = nil) {
        self.diagnoses = diagnoses
        self.elapsedSeconds = elapsedSeconds
    }

    private enum CodingKeys: String, CodingKey { case diagnoses, run }
    private enum RunKeys: String, CodingKey { case elapsed = "elapsed_s" }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        diagnoses = try container.decode([ReportedDiagnosis].self, forKey: .diagnoses)
        elapsedSeconds = try? container.nestedContainer(keyedBy: RunKeys.self, forKey: .run)
            .decode(Double.self, forKey: .elapsed)
    }

    /// Reads the output of `stallpoint probe --format json`.
    public init(json: [UInt8]) throws(LabError) {
        do {
            self = try JSONDecoder().decode(ReportedRun.self, from: Data(json))
        } catch {
            throw LabError("the report is not JSON that follows the contract: \(error)", exitStatus: 66)
        }
    }

    /// The report on a target, by the text that it was asked for with.
    ///
    /// - Parameter address: of a name with several.
    public func diagnosis(of target: String, at address: String? = nil) -> ReportedDiagnosis? {
        diagnoses.first { $0.target.input == target && (address == nil || $0.target.address == address) }
    }
}

/// One target's report.
public struct ReportedDiagnosis: Hashable, Sendable, Decodable {
    public var target: ReportedTarget
    public var verdict: String
    public var stage: String?
    public var mechanism: String?
    public var zones: [String]
    public var afterHop: ReportedHop?
    public var beforeHop: ReportedHop?
    public var actor: String?
    public var confidence: String
    public var summary: String?

    private enum CodingKeys: String, CodingKey {
        case target, verdict, stage, mechanism, zones, actor, confidence, summary
        case afterHop = "after_hop"
        case beforeHop = "before_hop"
    }

    public init(
        target: ReportedTarget, verdict: String, stage: String? = nil, mechanism: String? = nil,
        zones: [String] = [], afterHop: ReportedHop? = nil, beforeHop: ReportedHop? = nil, actor: String? = nil,
        confidence: String, summary: String? = nil
    ) {
        self.target = target
        self.verdict = verdict
        self.stage = stage
        self.mechanism = mechanism
        self.zones = zones
        self.afterHop = afterHop
        self.beforeHop = beforeHop
        self.actor = actor
        self.confidence = confidence
        self.summary = summary
    }
}

/// The target as the report names it.
public struct ReportedTarget: Hashable, Sendable, Decodable {
    public var input: String
    public var address: String?

    public init(input: String, address: String? = nil) {
        self.input = input
        self.address = address
    }
}

/// A hop as the report names it.
public struct ReportedHop: Hashable, Sendable, Decodable, CustomStringConvertible {
    public var ttl: Int
    public var address: String?

    public init(ttl: Int, address: String? = nil) {
        self.ttl = ttl
        self.address = address
    }

    public var description: String { "\(ttl) (\(address ?? "no address"))" }
}
