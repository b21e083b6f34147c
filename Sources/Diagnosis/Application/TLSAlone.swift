import Conversations

/// Servers and proxies that are spoken to in TLS alone end whatever begins otherwise, as a rule without a word: some say it
/// with an alert, or a page of HTTP. Where they say nothing it is only ever a look-alike.
extension LookAlike {
    static let speaksTLSAlone = LookAlike(
        cause: "the port speaks TLS, and hangs up upon a request in the clear",
        whyNotExcluded: "not every server says so with an alert or a page", experiment: "ask for https:// there")

    static let proxySpeaksTLSAlone = LookAlike(
        cause: "the proxy is itself spoken to in TLS, and hangs up upon a request in the clear",
        whyNotExcluded: "not every proxy says so with an alert or a page",
        experiment: "name it as https:// (-x https://PROXY:PORT)")
}

extension Facts {
    /// Words went to a proxy in the clear, and not yet through it.
    var asksProxyInTheClear: Bool { request?.origin != nil && application?.proxyTLS == nil }
}

extension DialogueEnd {
    /// The far end ended it, by FIN or reset, and is not known not to have taken what was said.
    var isHangingUp: Bool {
        switch self {
        case .closed(let isAcknowledged): isAcknowledged != false
        case .reset: true
        case .silence: false
        }
    }
}

extension ApplicationFinding.Problem {
    /// With what it may be where a proxy was asked in the clear and hung up.
    func besideProxyTLS(_ end: DialogueEnd, _ facts: Facts) -> ApplicationFinding.Problem {
        guard facts.asksProxyInTheClear, end.isHangingUp, zones.contains(.destination) else { return self }
        var problem = self
        problem.lookAlikes.removeAll { $0 == .speaksTLSAlone }
        problem.lookAlikes.append(.proxySpeaksTLSAlone)
        return problem
    }
}
