/// Two answers to one question, which cannot both be the resolver's: somebody on the way to it answers in its place, and
/// is nearer. Seen where each of its questions is answered twice (RFC 5452 section 3 is about keeping such answers out).
enum ForgedNameAnswer: Cause {
    static let supersedes: Set<CauseID> = ["NameNotFound", "ResolverRefused", "ResolverOutOfReach"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom, let answer = resolution.contradicted,
            let second = answer.contradiction
        else { return nil }
        return Finding(
            "an answer is forged in the resolver's name", .interfered, stage: .resolve,
            mechanism: .answeredByMiddlebox, zones: [.path, .resolver], confidence: .strong,
            summary:
                "One question for \(observations.facts.target.host) to \(answer.server) is answered twice:"
                + " \(answer.outcome.phrase), and then \(second.phrase). One of the two is forged, most likely the first:"
                + " whoever forges on the way is nearer than the resolver.",
            advice: ResolutionDoubt.forgedAdvice,
            whyNotExcluded: "a resolver that is itself two servers behind one address may disagree with itself",
            experiment: "ask the same resolver over TCP: nobody can answer that from the side")
    }
}
