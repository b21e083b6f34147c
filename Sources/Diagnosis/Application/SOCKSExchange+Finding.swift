import Conversations
import PacketWire

extension SOCKSExchange {
    /// Proxies wait for the place themselves, and kernels for two minutes and more.
    private static let patience = TimeSpan.seconds(60)
    /// Where clients find one as a rule: the registry's port, and those of Tor.
    private static let usualPorts: Set<UInt16> = [1_080, 9_050, 9_150]

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = place.flatMap { place in reply.map { $0.at - place.at } }
        let answer = SOCKSAnswer(
            version: version, place: place.map { "\($0.value)" }, method: method?.value, offered: offered,
            isLoginAccepted: login?.value, reply: reply?.value, proxy: aftermath.target.address)
        let asked = [begun.frame] + (place.map(\.frame).flatMap { $0 == begun.frame ? nil : [$0] } ?? [])
        finding.evidence = answer.evidence(
            .wire, asked: asked, method: method.map { [$0.frame] } ?? [], login: login.map { [$0.frame] } ?? [],
            reply: reply.map { [$0.frame] } ?? [])
        if let foreign { finding.evidence.append(.answered(with: foreign)) }
        finding.problem = problem(answer, aftermath)
        return finding
    }

    private func problem(_ answer: SOCKSAnswer, _ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        if let foreign { return SOCKSAnswer.foreign(foreign.value) }
        if let problem = answer.problem { return problem }
        guard reply == nil else { return nil }
        let what = "the request to the \(version.name) proxy"
        let advice = ["On the proxy: does its log know the request? It may wait for the place itself."]
        let wanted = answer.place ?? "the place"
        guard answered > 0 else {
            // Three bytes that nobody answers may be the beginning of anything.
            guard aftermath.isSavedProbe || Self.usualPorts.contains(aftermath.target.port) else { return nil }
            return SOCKSAnswer.explain(
                aftermath.problem(what, at: begun.at, stage: .application, patience: Self.patience, advice: advice),
                place: wanted)
        }
        // Between two words of the proxy it may be the client's turn.
        guard let place, let end = aftermath.breakOff(since: place.at, read: answered, patience: Self.patience) else {
            return nil
        }
        return SOCKSAnswer.explain(
            end.problem(
                what, received: Int(answered), in: "its negotiation", of: aftermath.target, stage: .application,
                advice: advice), place: wanted)
    }
}
