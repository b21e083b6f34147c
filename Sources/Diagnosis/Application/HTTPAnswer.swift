import Conversations
import PacketWire

/// One answer of HTTP/1, whoever saw it: the one place that knows what a status, a redirection and a page say about
/// the way to a server.
struct HTTPAnswer {
    var status: HTTPStatusLine
    /// Whom the request named; nil where it named nobody.
    var host: NetworkText?
    /// What the request asked for; nil where that is not known.
    var path: NetworkText?
    /// Inside TLS that stands nobody on the way can answer for the server.
    var isSecured = false
    var server: NetworkText?
    var via: NetworkText?
    var location: NetworkText?
    var proxyAuthenticate: NetworkText?
    /// The beginning of what came behind the head, as it came.
    var content: [UInt8] = []
    /// There is more of the content than this.
    var isCut = false
    /// In the TLS handshake a certificate of the client was asked for, and none was shown.
    var lacksCertificate = false

    /// Nil where the answer is the application's own affair.
    func problem(_ target: Target) -> ApplicationFinding.Problem? {
        if lacksCertificate, saysCertificate { return certificateWanted(target) }
        if isSecured { return ofKeyHolder(target) }
        // No server is to say 511 (RFC 6585 section 6), and one may all the same.
        if status.code == 511 { return portal("A portal on the way wants a login first: \(said)\(whose).") }
        if status.code == 407 { return proxyWantsLogin(target) }
        if let maker { return blockPage("with a page of its own, by its marks \(maker)") }
        switch status.code {
        case 403, 451: return refused(target)
        case 429: return tooMany(target)
        case 502, 503, 504: return gateway(target)
        case _ where edge != nil: return gateway(target)
        case 400 where wantsTLS: return .speaksTLS("it answers a request in the clear with \(said)\(whose)")
        case 300..<400:
            guard let place = location.flatMap({ RedirectedPlace($0) }) else { return nil }
            if place.looksLikeRefusal, !place.isSameSite(as: host) {
                return blockPage("and sends on to its own page, at \(place.host)")
            }
            guard leadsToPortal(place) || known != nil && !place.isSameSite(as: host)
            else { return nil }
            return portal("A portal on the way wants a login first: the answer leads to \(place.host)\(whose).")
        default:
            guard let place = RedirectedPlace(refreshIn: content), leadsToPortal(place) else { return changed }
            return portal("A portal on the way wants a login first: the page leads on to \(place.host)\(whose).")
        }
    }

    /// Only the holder of the certificate's key can say it, whatever words stand on it: the server, who stands before it
    /// in its name, or whom this machine trusts to open TLS.
    private func ofKeyHolder(_ target: Target) -> ApplicationFinding.Problem? {
        switch status.code {
        case 407, 511:
            var problem = proxyWantsLogin(target)
            (problem.zones, problem.confidence) = ([.destination], .likely)
            problem.summary = "Who holds the key of the certificate wants to know who asks: \(said)\(whose)."
            problem.lookAlikes = [opener]
            return problem
        case 403, 451: return refused(target)
        case 429: return tooMany(target)
        case 502, 503, 504: return gateway(target)
        case _ where edge != nil: return gateway(target)
        // A page of its own accord is the server's, whatever words stand on it.
        case 200: return nil
        default: return maker == nil ? nil : refused(target)
        }
    }

    /// Servers that let a client without one through the handshake say so in their answer: nginx with 400 (496 is its own
    /// number for it), IIS with 403.
    private var saysCertificate: Bool {
        guard (400..<500).contains(status.code) else { return false }
        return status.code == 496
            || String(decoding: content.prefix(2_048), as: UTF8.self).lowercased().contains("certificate")
    }

    private func certificateWanted(_ target: Target) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .permission,
            zones: isSecured ? [.destination] : [.destination, .path], confidence: .likely, actor: target.address,
            summary:
                "The server asks for a certificate of the client, gets none, and answers \(said)\(whose), a page that"
                + " speaks of certificates: without one it serves nothing.",
            advice: ["Give the client a certificate that this server trusts; the probe has none to show."],
            lookAlikes: isSecured ? [opener] : [])
    }

    private var opener: LookAlike {
        LookAlike(
            cause: "a box on the way opens TLS, with a certificate that this machine trusts",
            whyNotExcluded: "who issued the certificate is not judged as long as it is trusted",
            experiment: "compare the certificate's issuer with the one that others see", isOnTheWay: true)
    }

    private var maker: String? { FilterMarks.maker(status.code, [server, via, location], content) }

    /// What every such request is answered with, where that is known.
    var known: KnownAnswer? { isSecured ? nil : KnownAnswer(path: path, host: host) }

    /// An answer that is known, and not given.
    private var changed: ApplicationFinding.Problem? {
        guard let known, known.isGiven(status.code, content, isCut: isCut) == false else { return nil }
        var problem = portal(
            "What \(known.who) ask for is answered with \(said)\(whose) and something else than \(known.phrase): a portal, or another box on the way, answers in the server's place."
        )
        problem.lookAlikes = [
            LookAlike(
                cause: "the server is none of those that give the known answer",
                whyNotExcluded: "anybody may have a page under that name",
                experiment: "ask the system's own check address, and another site in the clear")
        ]
        return problem
    }

    /// As nginx, Apache and Go's server say it.
    private var wantsTLS: Bool {
        let page = String(decoding: content.prefix(1_024), as: UTF8.self)
        return [
            "plain HTTP request was sent to HTTPS", "plain HTTP to an SSL-enabled", "HTTP request to an HTTPS server",
        ]
        .contains { page.contains($0) }
    }

    private func leadsToPortal(_ place: RedirectedPlace) -> Bool {
        guard !place.isSameSite(as: host) else { return false }
        return place.looksLikePortal
    }

    private var said: String { "\(status.code)" + (status.reason.bytes.isEmpty ? "" : " \(status.reason)") }
    private var whose: String { (via ?? server).map { " (\($0))" } ?? "" }

    private func portal(_ summary: String) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .answeredByMiddlebox, zones: [.path, .destination],
            confidence: .likely, summary: summary, advice: ["Log in to the network's portal."],
            lookAlikes: [
                LookAlike(
                    cause: "the server itself answers its guests so",
                    whyNotExcluded: "in the clear, anybody may answer for a server",
                    experiment: "ask the same over HTTPS, or from another network")
            ])
    }

    private func proxyWantsLogin(_ target: Target) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .permission, zones: [.path, .destination],
            confidence: .strong, actor: target.address,
            summary:
                "A proxy answers, and wants to know who asks: \(said)\(whose)\(ProxyChallenge(proxyAuthenticate).phrase).",
            advice: ["Give the proxy the credentials that it asks for, or leave it out for this host."])
    }

    /// - Parameter how: `with a page of its own`
    private func blockPage(_ how: String) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .blocked, stage: .application, mechanism: .answeredByMiddlebox, zones: [.path, .destination],
            confidence: .likely,
            summary: "A filter answers in the server's place \(how): \(said)\(whose).",
            advice: ["Ask whoever runs that filter for access to this host, or for the rule that stops it."],
            lookAlikes: [
                LookAlike(
                    cause: "the site itself runs such a filter, or speaks about it",
                    whyNotExcluded: "a page says of itself what it likes",
                    experiment: "ask the same from another network")
            ])
    }

    private func refused(_ target: Target) -> ApplicationFinding.Problem {
        let isLegal = status.code == 451
        let marks = maker.map { ", by its marks \($0)" } ?? ""
        return ApplicationFinding.Problem(
            verdict: .blocked, stage: .application, mechanism: .permission,
            zones: isSecured ? [.destination] : [.destination, .path],
            confidence: .likely, actor: target.address,
            summary: isLegal
                ? "The request is refused for legal reasons: \(said)\(whose)."
                : "The request is refused\(marks): \(said)\(whose). The connection itself works.",
            advice: (isLegal ? [] : askByName) + [
                isLegal
                    ? "The answer's Link field may name who demands that (RFC 7725)."
                    : "Look at the server's own access rules for this path and this address; a filter on the way may answer the same."
            ],
            lookAlikes: [isSecured ? opener : answerer])
    }

    /// Edges and servers of many names turn away who names an address.
    private var askByName: [String] {
        guard let host, IPAddress(RedirectedPlace.host(of: host.description)) != nil else { return [] }
        return [
            "The request named an address as its host: ask by a name that the server serves, in place of the address."
        ]
    }

    private var answerer: LookAlike {
        LookAlike(
            cause: "a box on the way answers in the server's place",
            whyNotExcluded: "an answer in the clear says nothing of who wrote it",
            experiment: "ask the same from another network", isOnTheWay: true)
    }

    /// RFC 6585 section 4.
    private func tooMany(_ target: Target) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .degraded, stage: .application, mechanism: .rateLimit,
            zones: isSecured ? [.destination] : [.destination, .path], confidence: isSecured ? .strong : .likely,
            actor: isSecured ? target.address : nil,
            summary:
                "It answers that too many requests have come from here: \(said)\(whose). The connection itself works.",
            advice: ["Wait, and ask less often; others behind the same address (a translator, a proxy) count as well."],
            lookAlikes: isSecured ? [] : [answerer])
    }

    /// What an edge of Cloudflare says of the server behind it, by codes of its own: nobody else's are any of these.
    private var edge: String? {
        guard let server, String(decoding: server.bytes, as: UTF8.self).lowercased() == "cloudflare" else { return nil }
        return switch status.code {
        case 520: "it answers with something else than HTTP, or with nothing"
        case 521: "it refuses the connection"
        case 522: "the connection to it, or an acknowledgement, did not come in time"
        case 523: "no route leads to it"
        case 524: "it took the request and did not answer in time"
        case 525: "the TLS handshake with it fails"
        case 526: "its certificate does not stand"
        default: nil
        }
    }

    /// What the answer says of the server behind whoever gives it.
    private var behind: String? { edge ?? GatewayMarks.fault(in: content)?.phrase }

    private func gateway(_ target: Target) -> ApplicationFinding.Problem {
        // A server that is busy says 503 of itself (RFC 9110 section 15.6.4), unless its page speaks of one behind it; the
        // other two are a gateway's.
        let behind = behind
        let isOwn = status.code == 503 && via == nil && behind == nil
        let who = isSecured ? "The server" : "The server, or a box in its place,"
        return ApplicationFinding.Problem(
            verdict: .degraded, stage: .application, mechanism: .noReply,
            zones: isSecured ? [.destination] : [.destination, .path], confidence: isSecured ? .strong : .likely,
            actor: isSecured ? target.address : nil,
            summary: isOwn
                ? "\(who) says that it cannot serve this now: \(said)\(whose)."
                : "\(who) answers for something behind it that does not: \(said)\(whose)\(behind.map { ", which says that \($0)" } ?? "").",
            advice: [
                isOwn
                    ? "Look at the load and the health of the server, and of what it needs."
                    : "Look at the health of what stands behind it, and probe that from there."
            ],
            lookAlikes: isSecured ? [] : [answerer])
    }
}

extension GatewayMarks.Fault {
    /// Of the server behind.
    fileprivate var phrase: String {
        switch self {
        case .noneUp: "none is there that takes requests"
        case .unreached: "it does not get through to it"
        case .invalid: "what it gets from it is no whole answer"
        case .late: "it does not answer in time"
        }
    }
}

extension ApplicationFinding.Problem {
    /// - Parameter how: what shows it.
    static func speaksTLS(_ how: String) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely, summary: "The port speaks TLS: \(how).", advice: ["Ask for https:// there."])
    }
}
