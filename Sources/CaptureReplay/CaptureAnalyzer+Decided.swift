import Conversations
import Diagnosis

/// What is known so far of a capture that is still being written.
extension CaptureAnalyzer {
    /// A verdict that was told, and when the conversation had last been heard of.
    struct Told: Sendable, Hashable {
        var verdict: Verdict
        var lastSeen: Instant
    }

    /// The findings by now, of those conversations only of which it is decided what came of them; in the order of
    /// their first packets.
    ///
    /// It costs about as much as `result()`, and changes nothing: what is told now may be told otherwise later, when
    /// more is known.
    ///
    /// - Parameter canChange: set where time alone may bring more.
    func decidedFindings(canChange: inout Bool) -> [TargetDiagnosis] {
        let now = observedUntil
        var known = self
        let decided = known.decide(at: now, canChange: &canChange)
        var facts = CaptureFacts(
            known.table, until: now, capturedWithLoss: lostPackets > 0, capturedOn: quality.localAddresses,
            oddities: quality.oddities)
        for position in decided { known.ledger.add(known.table, at: position, &facts, until: now) }
        return known.ledger.findings.inOrderOfTheCapture
    }

    /// Every conversation by itself, but for those of which nothing was heard since they were told.
    func decidedConversations(after told: [Int: Told], canChange: inout Bool) -> [TargetDiagnosis] {
        let now = observedUntil
        var known = self
        let decided = known.decide(at: now, canChange: &canChange) { outline in
            if let only = options.only, outline.number != only { return false }
            return told[outline.number]?.lastSeen != outline.lastSeen
        }
        guard !decided.isEmpty else { return [] }
        let facts = CaptureFacts(
            known.table, until: now, capturedWithLoss: lostPackets > 0, capturedOn: quality.localAddresses,
            oddities: quality.oddities)
        return decided.compactMap { facts.facts(at: $0)?.diagnose(in: known.table, at: $0) }
    }

    /// Positions of those that are decided. Of those that are silent, what waits has waited until now.
    private mutating func decide(
        at now: Instant, canChange: inout Bool, _ counts: (ConversationOutline) -> Bool = { _ in true }
    ) -> [Int] {
        var decided: [Int] = []
        for position in 0..<table.count {
            let outline = table.outline(at: position)
            let standing = outline.standing(at: now)
            if standing < .silent { canChange = true }
            guard standing > .young, counts(outline) else { continue }
            if standing > .telling { table.finish(position, at: now) }
            decided.append(position)
        }
        return decided
    }
}

extension [TargetDiagnosis] {
    fileprivate var inOrderOfTheCapture: [TargetDiagnosis] {
        sorted { a, b in
            let (first, second) = (a.conversation, b.conversation)
            return (first?.firstSeen ?? .zero, first?.numbers.first ?? 0)
                < (second?.firstSeen ?? .zero, second?.numbers.first ?? 0)
        }
    }
}
