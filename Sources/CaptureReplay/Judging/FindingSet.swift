public import Diagnosis

/// Findings by what makes conversations one finding, so that each can be told once while more conversations are filed
/// under it.
public struct FindingSet: Sendable {
    private var keys: Set<CaptureLedger.Key> = []

    public init() {}

    public var count: Int { keys.count }

    public func contains(_ finding: TargetDiagnosis) -> Bool { keys.contains(CaptureLedger.Key(finding)) }

    /// Whether it is new.
    public mutating func insert(_ finding: TargetDiagnosis) -> Bool {
        keys.insert(CaptureLedger.Key(finding)).inserted
    }
}
