import Testing

@testable import Diagnosis

/// Facts made by hand, and whether one cause is to be found in them: for each cause some that give it, and some that
/// look nearly the same and must not.
struct CauseCase: Sendable, CustomTestStringConvertible {
    let cause: any Cause.Type
    let name: String
    /// What the summary must hold where the cause is the verdict; nil where it must not be found.
    let says: String?
    let verdict: Verdict
    let facts: Facts

    var testDescription: String { "\(cause.id): \(name)" }

    /// The cause is what the facts are called.
    static func gives(
        _ cause: any Cause.Type, _ name: String, _ verdict: Verdict, _ says: String, _ made: HandmadeFacts,
        _ amend: (inout Facts) -> Void = { _ in }
    ) -> CauseCase {
        var facts = made.facts
        amend(&facts)
        return CauseCase(cause: cause, name: name, says: says, verdict: verdict, facts: facts)
    }

    /// The look-alike: the facts are called something else.
    static func spares(
        _ cause: any Cause.Type, _ name: String, _ verdict: Verdict, _ made: HandmadeFacts,
        _ amend: (inout Facts) -> Void = { _ in }
    ) -> CauseCase {
        var facts = made.facts
        amend(&facts)
        return CauseCase(cause: cause, name: name, says: nil, verdict: verdict, facts: facts)
    }

    func check() {
        let finding = cause.examine(Observations(facts))
        let diagnosis = facts.diagnose()
        let seen = "\(diagnosis.summary) \(diagnosis.confidence) \(diagnosis.zones)"
        #expect(diagnosis.verdict == verdict, "\(seen)")
        guard let says else {
            #expect(finding == nil || finding?.isUntested == true, "\(finding?.summary ?? "")")
            return
        }
        guard let finding else {
            Issue.record("not found; instead: \(seen)")
            return
        }
        #expect(diagnosis.summary == finding.summary, "another one leads: \(seen)")
        #expect(finding.summary.contains(says), "\(seen)")
        #expect(finding.zones.allSatisfy(diagnosis.zones.contains), "\(seen)")
        // Seen from one side, none of these is more than strong, but for a ladder's own proof.
        #expect(finding.confidence < .proved || cause == AnsweredByMiddlebox.self, "\(seen)")
        #expect(!finding.advice.isEmpty)
    }
}
