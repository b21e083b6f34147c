import Conversations

/// A server behind a balancer may be set up to want a PROXY protocol header before everything else (HAProxy's
/// proxy-protocol.txt, section 2: "it must not start processing the connection before it receives a complete and valid PROXY
/// protocol header"), and ends whatever begins otherwise. Nothing that it says shows it: it is only ever a look-alike.
extension LookAlike {
    static let wantsProxyHeader = LookAlike(
        cause: "the server wants a PROXY protocol header first, as the balancer before it writes",
        whyNotExcluded:
            "one that is set up so (proxy_protocol, accept-proxy) says nothing before it, and ends whatever begins otherwise",
        experiment: "ask through the balancer, or with a header (curl --haproxy-protocol)")
}

extension Aftermath.End {
    /// What it means where these were the first words of the connection, and the server had not spoken.
    ///
    /// - Parameter what: `the ClientHello for example.com`
    func problemOfFirstWords(
        _ what: String, of target: Target, stage: Stage, advice: [String]
    ) -> ApplicationFinding.Problem? {
        guard var problem = problem(what, of: target, stage: stage, advice: advice) else { return nil }
        switch self {
        // Who has not taken the words has not ended for them.
        case .closed(_, hadRequest: false, _): return problem
        case .closed, .reset: break
        case .torso, .silence, .stopped, .open: return problem
        }
        // What was put in on the way is not the server's.
        guard problem.zones.contains(.destination) else { return problem }
        problem.lookAlikes.append(.wantsProxyHeader)
        if stage == .application { problem.lookAlikes.append(.speaksTLSAlone) }
        return problem
    }
}
