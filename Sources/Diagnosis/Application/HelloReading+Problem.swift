import Conversations
import PacketWire

/// What the reading of the hellos makes of a stall that the first one met.
extension ApplicationFinding.Problem {
    /// - Parameters:
    ///   - what: `the ClientHello for example.com`.
    ///   - barePort: where the hello came without a word of the service before it.
    func read(
        _ reading: HelloReading, _ application: ApplicationFacts, _ what: String, barePort: UInt16?
    ) -> ApplicationFinding.Problem {
        var problem = self
        guard let tls = application.tls else { return problem }
        let did = tls.outcome.phrase
        let passing = application.hellos.filter(\.tls.isRead).map(\.variant)
        // Who reads one hello wants nothing before it.
        if !passing.isEmpty { problem.lookAlikes.removeAll { $0 == .wantsProxyHeader } }
        func others(_ variants: HelloVariant...) -> String {
            variants.filter(passing.contains).map(\.phrase).joined(separator: " or ")
        }
        switch reading {
        case .unknown:
            return problem
        case .chance where tls.wantsName:
            // It says what it wants: that others behind the address do not want it makes it no loss.
            problem.verdict = .degraded
            problem.summary +=
                " Tried more often it is answered without one, too: not all that stand behind the address want it."
        case .chance:
            problem.verdict = .degraded
            let isBack = application.hellos.last { $0.variant == .unchanged }?.tls.isRead ?? false
            problem.summary +=
                isBack
                ? " Tried once more it went through: it fails now and then."
                : " Another went through, and not when it was tried again: it fails now and then, whatever it says."
            problem.advice = ["Probe some more times; look for loss, and for one bad server behind a load balancer."]
        case .anyHello:
            // Who knows the names alone could ask by one that it serves.
            guard !tls.wantsName else {
                problem.summary +=
                    " So it ends all \(application.hellos.count) other hellos: none bears a name that it serves."
                break
            }
            problem.summary +=
                " So do all \(application.hellos.count) other hellos: what they say makes no difference"
                + (tls.mayWantName ? ", unless a name that the server serves does." : ".")
            problem.advice =
                [
                    barePort.flatMap(UpgradePort.advice)
                        ?? "Is TLS what this port speaks? On the server: its log, and whether it still accepts."
                ] + (tls.mayWantName ? [TLSAdvice.askByName] : []) + advice.suffix(1)
        case .name where tls.serverName == nil && passing.contains(.otherName):
            problem.readWant(of: what, did)
        case .name(let isHealedByCut):
            let isAnswered = !passing.isEmpty
            // That one of them arrives is what the two ends' TCP say of it, and no more.
            problem.confidence = isAnswered ? .strong : max(problem.confidence, .likely)
            problem.summary =
                "\(what.capitalizedFirst) \(did), twice, and the same hello "
                + (isAnswered
                    ? "\(others(.otherName, .withoutName)) is answered: "
                    : "with another name, or none, arrives, though nobody answers it: ")
                + "somebody decides by the name."
                + (isHealedByCut ? " Cut in two it passes: whoever reads it looks at single packets." : "")
            if isHealedByCut { problem.put(first: .path) }
            problem.advice = [
                "Ask whoever runs the filters between here and there about a rule for this name; on the server, whether it serves the name."
            ]
            problem.lookAlikes = [
                LookAlike(
                    cause: isHealedByCut
                        ? "the host's own firewall reads the name" : "the server itself refuses this name",
                    whyNotExcluded: "who reads a name stays unseen, at the host or before it",
                    experiment: "ask an unrelated server for this name: a filter on the way stops it there, too")
            ]
        case .applicationProtocol:
            problem.confidence = .strong
            problem.summary =
                "\(what.capitalizedFirst) \(did), twice, and is answered \(others(.withALPN, .withoutALPN)): somebody decides by the protocols that it offers."
            problem.advice = ["Compare the ALPN protocols of both sides (--alpn offers others)."]
        case .version:
            problem.confidence = .strong
            if let agreed = passingVersion(application), agreed.rawValue < TLSVersion.tls12.rawValue {
                problem.summary =
                    "\(what.capitalizedFirst) \(did), twice, and one for TLS 1.2 at most is answered in \(agreed): the server, or a box that ends TLS in its place, speaks nothing newer."
                problem.advice = ["Update the server, or the box before it: no client need speak \(agreed) (RFC 8996)."]
            } else {
                problem.summary =
                    "\(what.capitalizedFirst) \(did), twice, and is answered with TLS 1.2: somebody does not bear with TLS 1.3."
                problem.advice = [
                    "Update the server, or the box before it that inspects TLS. Clients that offer TLS 1.2 only get through."
                ]
            }
        case .length(let kind):
            problem.readLength(kind, what, did, tls.helloLength)
        case .size(let passing, let failing):
            problem.readSize(passing, failing, what, did, tls.helloLength)
        case .cut(let needsPause):
            // No whole one passed: a limit that is smaller than all of them would read the same.
            problem.confidence = min(problem.confidence, .likely)
            problem.put(first: .path)
            problem.summary =
                "\(what.capitalizedFirst) \(did), twice, and the same bytes pass in two segments\(needsPause ? " with a pause between" : ""): somebody on the way reads single packets."
            problem.advice = [
                "Look for a filter between here and there, or at the host, that looks into first packets."
            ]
        case .exactly(let variants):
            problem.summary =
                "\(what.capitalizedFirst) \(did), twice, and passes with any of several changes (\(variants.map(\.phrase).joined(separator: "; "))): only exactly this one fails."
            problem.advice = ["Look for a filter that knows this client by its hello; try another client."]
        }
        return problem
    }

    /// In a sentence, where it is known who stops the hello.
    func reading(of reading: HelloReading) -> ApplicationFinding.Problem {
        var problem = self
        switch reading {
        case .name: problem.summary += " The same hello with another name, or none, passes: it is stopped for the name."
        case .applicationProtocol: problem.summary += " With other protocols offered it passes."
        case .version: problem.summary += " For TLS 1.2 it passes."
        case .length, .size: problem.summary += " A small one passes."
        case .cut: problem.summary += " Cut in two it passes: whoever reads it looks at single packets."
        case .chance, .anyHello, .exactly, .unknown: break
        }
        return problem
    }

    /// What the answer to the hello for an older version chose.
    private func passingVersion(_ application: ApplicationFacts) -> TLSVersion? {
        application.hellos.last { $0.variant == .olderVersion && $0.tls.isRead }?.tls.version
    }

    /// Only hellos without a name fail.
    private mutating func readWant(of what: String, _ did: String) {
        confidence = .strong
        summary =
            "\(what.capitalizedFirst) bears no name, and \(did), twice; the same hello with a name is answered: whoever answers"
            + " wants to be told one."
        advice = [TLSAdvice.askByName]
        lookAlikes = [
            LookAlike(
                cause: "a box before the server stops hellos that bear no name",
                whyNotExcluded: "who reads a hello stays unseen, at the host or before it",
                experiment: "capture on the server: does the hello without a name arrive?", isOnTheWay: true)
        ]
    }

    private mutating func readLength(_ kind: HelloReading.Length, _ what: String, _ did: String, _ length: Int) {
        confidence = .strong
        let head = "\(what.capitalizedFirst), \(length) bytes long, \(did), twice, and a small one is answered"
        switch kind {
        case .fullPackets:
            mechanism = .mtuBlackHole
            zones = [.path, .destination]
            summary = "\(head), as is the whole of it in small segments: full packets do not arrive."
            advice = [
                "Lower the MTU or clamp the MSS on the way; let ICMP \"fragmentation needed\" and \"packet too big\" through."
            ]
        case .secondSegment:
            summary = "\(head), but not in two segments: whoever reads it takes only a hello that is one packet."
            advice = [
                "Update the box or the server that cannot put a hello together; until then, clients without a post-quantum key share get through."
            ]
        case .bytes:
            summary = "\(head), also in two segments: somebody does not bear with its length."
            advice = [
                "Update the box or the server that has no room for it; until then, clients without a post-quantum key share get through."
            ]
        case .unknown:
            summary = "\(head): somebody does not bear with the longer one."
            advice = ["Try a client with fewer ciphers and extensions, and look at the server's log."]
        }
    }

    /// Every hello that was tried is explained by its length, and by nothing else that was changed.
    private mutating func readSize(_ passing: Int, _ failing: Int, _ what: String, _ did: String, _ length: Int) {
        confidence = .strong
        // No link needs smaller packets (RFC 791: 576 bytes): below that it is somebody's rule.
        if mechanism == .silentDrop, failing >= Self.smallestReceived { mechanism = .mtuBlackHole }
        summary =
            "\(what.capitalizedFirst), \(length) bytes long, \(did), twice. Hellos of up to \(passing) bytes are answered, whatever"
            + " they say; those of \(failing) and more are not, unless they leave in two segments: packets of that size do not"
            + " get through."
        advice = [
            "Look for a rule on the length of packets between here and there, at the host too, and for a link with a small MTU."
        ]
        lookAlikes = [
            LookAlike(
                cause: "somebody decides by what else a shorter hello leaves out",
                whyNotExcluded: "lengths tell all of these hellos apart, and may do so by chance",
                experiment: "send something else of that length to the same port (--payload @file)")
        ]
    }

    /// Data of a segment in a datagram that every host must take.
    private static let smallestReceived = 536

    private mutating func put(first zone: Zone) {
        zones.removeAll { $0 == zone }
        zones.insert(zone, at: 0)
    }
}

extension TLSFact.Outcome {
    /// What befell the hello: `vanished`.
    fileprivate var phrase: String {
        switch self {
        case .broken(.silence(_, isAcknowledged: false)): "vanished"
        case .broken(.silence): "was not answered"
        case .broken(.closed): "was answered with the end of the connection"
        case .broken(.reset): "was answered by a reset"
        case .alert(let alert, _): "was answered with the alert \(alert.code)"
        case .secured, .answered, .untrusted, .foreign, .failed: "failed"
        }
    }
}

extension HelloTrial {
    /// A line of evidence: `with another name: answered`.
    var phrase: String { "\(variant.phrase): \(tls.trialPhrase)" }
}

extension TLSFact {
    fileprivate var trialPhrase: String {
        switch outcome {
        case .alert(let alert, byPeer: true): "alert \(alert.code)"
        case .broken(.silence(_, isAcknowledged: false)): "vanished"
        case .broken(.silence): isAccepted ? "answered" : "no answer"
        case .broken(.closed): isAccepted ? "answered" : "closed"
        case .broken(.reset): isAccepted ? "answered, then reset" : "reset"
        case .foreign(let start): "'\(start)'"
        case .secured, .answered, .untrusted, .alert, .failed: isAccepted ? "answered" : "failed"
        }
    }
}
