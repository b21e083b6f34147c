import Conversations
import PacketWire

/// An answer of HTTP to words of the user's own. Whoever stands in a server's place and takes every connection (a portal, a
/// proxy) answers in HTTP whatever is said to it.
extension WordsFact {
    /// Nil where nothing is wrong with it, or it is none of HTTP.
    ///
    /// - Parameter said: `6 bytes of --payload`
    func problem(ofHTTPTo said: String, _ facts: Facts) -> ApplicationFinding.Problem? {
        guard let http, let status = http.status, let application = facts.application else { return nil }
        let isSecured = application.tls.map(\.problems.isEmpty) ?? false
        let problem = http.answer(status, application).problem(facts.target)
        if !http.method.isEmpty || problem?.mechanism == .answeredByMiddlebox { return problem }
        var mismatch = ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch,
            zones: isSecured ? [.destination] : [.destination, .path], confidence: .likely,
            summary: "The \(said) ask for nothing in HTTP, and what answers them speaks HTTP: '\(answer ?? "")'"
                + (http.leadsOn(status).map { ", which leads on to \($0)." } ?? "."),
            advice: ["Is it the right port, or is a web server, or a balancer of HTTP, before the service?"])
        if !isSecured {
            mismatch.advice.append(
                "A network's portal answers so in place of any host until somebody has logged in: open a page in a browser."
            )
        }
        return mismatch
    }
}
