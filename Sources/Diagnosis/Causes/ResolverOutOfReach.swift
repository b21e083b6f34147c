import Conversations
import PacketWire

/// The question is stopped: by a refusal on the way, by this machine itself, or by a resolver where nobody listens. No
/// resolver has said anything of the name then. Names are looked up before any packet is watched, so that what the
/// socket says is all there is.
enum ResolverOutOfReach: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .unresolved(let resolution) = observations.symptom, case .refused = resolution.outcome,
            let answer = resolution.systemServers.first(where: { $0.outcome == resolution.outcome }),
            let obstacle = answer.obstacle
        else { return nil }
        let place = QuestionStop(obstacle, answer.server)
        let question = obstacle.isOverTCP ? "the question asked again over TCP" : "the question"
        let cut =
            obstacle.isOverTCP
            ? " Its answer by datagram was cut (TC): what it says does not fit one." : ""
        return Finding(
            "the question to the resolver is stopped", .failed, stage: .resolve, mechanism: place.mechanism,
            zones: place.zones, confidence: .likely, actor: place.actor,
            summary: "\(place.what(question, answer.server)), so that \(observations.facts.target.host) has no address"
                + " to try.\(cut)",
            advice: (obstacle.isOverTCP
                ? ["Let TCP to port 53 of \(answer.server) pass, as RFC 7766 asks: the answer does not fit a datagram."]
                : []) + [
                    place.advice(answer.server),
                    "Probe the resolver itself, which shows where: stallpoint probe dns://\(answer.server)",
                ],
            whyNotExcluded: "the packets of a lookup are not watched, only its sockets",
            experiment: "stallpoint probe dns://\(answer.server)")
    }
}
