import Conversations
import PacketWire

extension SOCKSExchange {
    /// Proxies wait for the place themselves, and kernels for two minutes and more.
    private static let patience = TimeSpan.seconds(60)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        let way = place.map { " for a way to \($0.value)" } ?? ""
        finding.evidence.append(
            Evidence(
                .wire, "asked the \(version.name) proxy\(way)",
                frames: [begun.frame] + (place.map(\.frame).flatMap { $0 == begun.frame ? nil : [$0] } ?? [])))
        if let method {
            finding.evidence.append(
                Evidence(.wire, "the proxy wants to know who asks: \(method.value.name)", frames: [method.frame]))
        }
        if let login {
            finding.evidence.append(
                Evidence(
                    .wire, login.value ? "the proxy takes the login" : "the proxy refuses the login",
                    frames: [login.frame]))
        }
        if let reply {
            finding.evidence.append(
                Evidence(
                    .wire, "the proxy answers: \(reply.value.name) (\(reply.value.code))", frames: [reply.frame]))
            finding.answeredAfter = place.map { reply.at - $0.at }
        }
        if let foreign {
            finding.evidence.append(
                Evidence(.wire, "the request is answered with '\(foreign.value)'", frames: [foreign.frame]))
        }
        finding.problem = problem(aftermath)
        return finding
    }

    private func problem(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        if let foreign { return SOCKSAnswer.foreign(foreign.value) }
        let answer = SOCKSAnswer(
            version: version, place: place.map { "\($0.value)" }, method: method?.value, offered: offered,
            isLoginAccepted: login?.value, reply: reply?.value, proxy: aftermath.target.address)
        if let problem = answer.problem { return problem }
        guard reply == nil else { return nil }
        let what = "the request to the \(version.name) proxy"
        let advice = ["On the proxy: does its log know the request? It may wait for the place itself."]
        let wanted = place.map { "\($0.value)" } ?? "the place"
        guard answered > 0 else {
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
