import Conversations
import PacketWire

/// What a proxy says to CONNECT (RFC 9110 section 9.3.6), whoever asked it: a probe, or a client in a capture.
struct TunnelAnswer {
    /// `host:port`
    var place: String
    var status: HTTPStatusLine
    /// Whose word it is.
    var proxy: IPAddress?
    /// What it says of itself.
    var server: NetworkText?
    /// A field that only proxies write: Via, or one of their own.
    var isMarked = false
    var proxyAuthenticate: NetworkText?

    private var said: String { "\(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)") }

    private var challenge: String { status.code == 407 ? ProxyChallenge(proxyAuthenticate).phrase : "" }

    /// What servers say that know no CONNECT: that they do not have the place, or the method, or do not understand.
    private var isOfNoProxy: Bool { !isMarked && [400, 404, 405, 501].contains(status.code) }

    /// Nil where the tunnel stands, and for answers on the way to one.
    var problem: ApplicationFinding.Problem? {
        guard status.code >= 300 else { return nil }
        if isOfNoProxy { return noProxy }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: mechanism,
            zones: [.destination], confidence: .strong, actor: proxy,
            summary: "The proxy gives no tunnel to \(place): \(said)\(challenge).", advice: [advice])
    }

    private var mechanism: Mechanism {
        switch status.code {
        case 429: .rateLimit
        case 511, ..<500: .permission
        default: .noReply
        }
    }

    private var noProxy: ApplicationFinding.Problem {
        let who = server.map { " (\($0))" } ?? ""
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, actor: proxy,
            summary:
                "What answers CONNECT is no proxy, as it seems: \(said)\(who), as web servers say that know no tunnels.",
            advice: ["Is it the proxy's port, and an HTTP proxy that listens there?"],
            lookAlikes: [
                LookAlike(
                    cause: "a proxy that carries nothing to \(place), or does not understand the request",
                    whyNotExcluded: "a status alone does not say who gives it",
                    experiment: "ask it for an http:// page: a proxy fetches that")
            ])
    }

    private var advice: String {
        switch status.code {
        case 407: "Give the proxy the credentials that it asks for."
        case 429: "Ask less often: the proxy limits how many requests it takes from one client."
        case 511: "Log in to the network's portal."
        case ..<500: "Ask whoever runs the proxy for access to \(place)."
        default: "The proxy itself does not reach \(place): probe it from there."
        }
    }
}

extension HTTPFact {
    /// What the CONNECT exchange of a probe says.
    func tunnelFinding(_ facts: Facts) -> ApplicationFinding {
        var finding = ApplicationFinding()
        finding.answeredAfter = answeredAt.map { $0 - sentAt }
        let place = path.escapedForDisplay
        finding.evidence.append(Evidence(.socket, "asked the proxy for a tunnel: CONNECT \(place)"))
        if isEndless {
            finding.problem = .endlessHead("the request CONNECT \(place)", received: received)
        } else if let end {
            finding.problem = unfinished(
                end, facts, advice: ["On the proxy: does its log know the request? It may wait for \(place) itself."]
            )
        } else if let status {
            let said = "\(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)")
            let time = answeredAt.map { "after \(($0 - sentAt).words)" } ?? ""
            finding.evidence.append(Evidence(.socket, "the proxy answers \(said)", detail: time))
            finding.problem =
                TunnelAnswer(
                    place: place, status: status, proxy: facts.target.address, server: fields["Server"],
                    isMarked: fields["Via"] != nil || fields["Proxy-Authenticate"] != nil,
                    proxyAuthenticate: fields["Proxy-Authenticate"]
                ).problem
            if finding.problem == nil { finding.summary = "The proxy gives a tunnel to \(place)." }
        } else if let foreign {
            finding.problem = .notProxy(foreign)
        }
        return finding
    }
}

extension ApplicationFinding.Problem {
    /// What came in place of an answer to CONNECT.
    static func notProxy(_ start: NetworkText) -> ApplicationFinding.Problem {
        if start.beginsAlert {
            var problem = speaksTLS("it answers CONNECT in the clear with an alert")
            problem.advice = ["Name the proxy as one that is itself spoken to in TLS: -x https://PROXY:PORT."]
            return problem
        }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, summary: "What answers CONNECT is no HTTP proxy: '\(start)'.",
            advice: ["Is it the proxy's port, and an HTTP proxy that listens there?"])
    }
}
