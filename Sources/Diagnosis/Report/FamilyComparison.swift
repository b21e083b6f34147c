public import PacketWire

/// What one name's port does over IPv4 and over IPv6, side by side: clients try both, and what a person sees of the
/// one that is broken is a wait (RFC 8305) or a failure that comes and goes.
public struct FamilyComparison: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case bothWork
        /// Over this family it works, over the other one it does not.
        case only(IPFamily)
        /// Neither does, and in the same way: family is not what decides.
        case failAlike
        /// Neither does, each in its own way.
        case failDifferently
    }

    public var host: String
    public var port: UInt16
    public var transport: Transport
    /// The best of that family's verdicts: who has several addresses gets through when one of them works.
    public var v4: Verdict
    public var v6: Verdict
    public var outcome: Outcome

    /// One sentence for a person.
    public var summary: String {
        let name = "\(host):\(port)/\(transport.rawValue)"
        switch outcome {
        case .bothWork:
            return "\(name) works over IPv4 and IPv6."
        case .only(let family):
            let other: IPFamily = family == .v4 ? .v6 : .v4
            let verdict = family == .v4 ? v6 : v4
            return "\(name) works over \(family.rawValue) and not over \(other.rawValue) (\(verdict.rawValue)): clients"
                + " that try \(other.rawValue) first wait for it before they fall back (RFC 8305), or fail."
        case .failAlike:
            return "\(name) fails over IPv4 and IPv6 alike (\(v4.rawValue)): it is not the family that decides."
        case .failDifferently:
            return "\(name) fails over IPv4 (\(v4.rawValue)) and over IPv6 (\(v6.rawValue)), each in its own way."
        }
    }
}

extension DiagnosisReport {
    /// One for each name and port that was tried over both families, in the order of the diagnoses.
    public var families: [FamilyComparison] {
        triedNames.compactMap { name in
            guard let four = Self.best(name.diagnoses(.v4)), let six = Self.best(name.diagnoses(.v6)) else {
                return nil
            }
            return FamilyComparison(
                host: name.host, port: name.port, transport: name.transport, v4: four.verdict, v6: six.verdict,
                outcome: Self.outcome(four, six))
        }
    }

    private static func best(_ diagnoses: [TargetDiagnosis]) -> TargetDiagnosis? {
        diagnoses.first { $0.verdict.exitStatus == 0 } ?? diagnoses.first
    }

    private static func outcome(_ four: TargetDiagnosis, _ six: TargetDiagnosis) -> FamilyComparison.Outcome {
        switch (four.verdict.exitStatus == 0, six.verdict.exitStatus == 0) {
        case (true, true): .bothWork
        case (true, false): .only(.v4)
        case (false, true): .only(.v6)
        case (false, false):
            four.verdict == six.verdict && four.mechanism == six.mechanism ? .failAlike : .failDifferently
        }
    }
}
