/// What the same request on other connections makes of one that failed.
extension ApplicationFinding {
    /// - Parameter isAnswered: something came in answer to the first.
    mutating func read(_ repeats: DialogueRepeats?, seenBy witness: Witness, isAnswered: Bool) {
        guard let repeats, repeats.tried > 0, problem != nil else { return }
        let all = repeats.answered == repeats.tried
        let share = repeats.answered == 0 ? "none" : all ? (repeats.tried == 1 ? "it" : "each") : "\(repeats.answered)"
        let said =
            "\(repeats.tried) more connection\(repeats.tried == 1 ? "" : "s"), and answered on \(share)\(repeats.tried == 1 ? "" : " of them")"
        evidence.append(Evidence(witness, "the same request was sent on \(said)"))
        guard repeats.answered > 0 else { return }
        problem?.verdict = .degraded
        problem?.summary += " The same request was sent on \(said): it fails now and then."
        // Who reads one of them reads the others; who answers may do so now and then.
        if !isAnswered { problem?.lookAlikes.removeAll(where: \.isOnTheWay) }
        problem?.advice.insert(
            "Ask some more times. Behind one address several servers may take turns: compare their logs, and look for the one that fails.",
            at: 0)
    }
}
