public import Diagnosis

/// A port that nobody uses, where the answer so far looks odd: who accepts there accepts everything.
public enum UnusedPort: ExperimentPlan {
    public static let name = "an unused port"
    public static let question = "Does something answer for every port of the host?"
    public static let separates: Set<CauseID> = ["AnsweredByMiddlebox", "AllPortsOpen"]

    /// In the middle of a range that IANA leaves to nobody and systems do not use for their own ends.
    static let port: UInt16 = 21_846

    public static func mostPackets(isThorough: Bool) -> Int { 1 }

    public static func steps(_ context: ExperimentContext) -> [ExperimentStep] {
        guard case .tcp(let port) = context.kind, port != Self.port else { return [] }
        return [ExperimentStep(.tcp(port: Self.port), .unusedPort)]
    }
}
