import Conversations
import PacketWire

/// Why a certificate does not stand, and whose fault that is, as far as the other names and hosts of the run tell.
struct CertificateReading {
    let application: ApplicationFacts
    let tls: TLSFact

    /// For a name that nobody can have, a certificate was shown that bears it: somebody makes them as they are asked for.
    var isMinted: Bool {
        trials.contains { trial in
            guard let asked = trial.tls.serverName, trial.variant == .otherName, let shown = trial.tls.chain.first
            else {
                return false
            }
            return shown.names.contains { $0.description == asked } || shown.subject.description == "CN=\(asked)"
        }
    }

    private var trials: [HelloTrial] { application.hellos }

    /// The certificate stands for other names than the one that was asked for, and somebody vouches for it.
    private var isOnlyName: Bool { tls.faults == [.otherName] }

    /// - Parameter named: ` for example.com`, or nothing.
    func problem(_ problems: [String], named: String, _ target: Target) -> ApplicationFinding.Problem {
        let first = problems.first ?? "unknown"
        let issuer = tls.chain.last.map { " It is from \($0.issuer)." } ?? ""
        var problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path], confidence: .strong,
            summary: "The certificate that is shown\(named) does not stand: \(first).\(issuer)",
            advice: [
                "Compare the certificate with the one that the server has: a box that inspects TLS shows one of its own.",
                "Is this machine's clock right, and does it know the issuer (--ca FILE trusts another one, --insecure goes on regardless)?",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "a box on the way shows a certificate of its own",
                    whyNotExcluded: "who shows a certificate need not be the server",
                    experiment: "compare it with the one that is shown to another network", isOnTheWay: true)
            ])
        if isMinted {
            problem.mechanism = .tlsIntercepted
            problem.zones = [.path, .destination]
            problem.summary =
                "TLS\(named) is intercepted: whoever answers makes a certificate for any name, also for one that nobody can have.\(issuer)"
            problem.advice = [
                "Find out who inspects TLS on this network. Where that is meant to be, trust its issuer (--ca FILE)."
            ]
            problem.lookAlikes = [
                LookAlike(
                    cause: "a server that issues certificates to itself on demand",
                    whyNotExcluded: "some servers do, for names that they do not know",
                    experiment: "probe an unrelated server: an inspecting box has the same issuer there")
            ]
        } else if let clock = clockProblem(named) {
            problem = clock
        } else if !application.sharesIssuerWith.isEmpty {
            problem.mechanism = .tlsIntercepted
            problem.zones = [.path, .destination]
            problem.confidence = .likely
            problem.summary =
                "The certificate that is shown\(named) is from the same unknown issuer as that of \(application.sharesIssuerWith.joined(separator: ", ")): as with a box that inspects TLS.\(issuer)"
            problem.lookAlikes = [
                LookAlike(
                    cause: "all of them belong to one organisation with an authority of its own",
                    whyNotExcluded: "private authorities are unknown to everybody else",
                    experiment: "trust that authority (--ca FILE), or ask who runs it")
            ]
        } else if !tls.faults.isDisjoint(with: [.notYetValid, .expired]) {
            // Nothing in the run told the time but this machine.
            problem.confidence = .likely
            problem.zones.append(.localIngress)
            problem.lookAlikes.insert(
                LookAlike(
                    cause: "this machine's clock is wrong",
                    whyNotExcluded: "only it says what the time is, and no other clock was seen",
                    experiment: "compare it with another clock (timedatectl, or the Date of any web server)"), at: 0)
        } else if showsNoIssuer {
            problem.summary +=
                " The server shows its own certificate and nobody's above it."
            problem.advice.insert(
                "If \(tls.chain[0].issuer) is an intermediate authority: the server must show that one's certificate as well (its"
                    + " chain file). Browsers may have it from elsewhere, and then only others fail.", at: 0)
        } else if isOnlyName {
            problem.summary =
                "The certificate that is shown\(named) is for \(tls.chain.first?.forWhom ?? "others"): the server does not serve this name, or another host answers.\(issuer)"
            problem.advice = ["Look at the names that the server is configured for, and whether the address is right."]
        }
        return problem
    }

    /// `The certificate that is shown for web.lab`, or the one above it in the chain that is meant.
    private func untimely(_ named: String) -> String {
        guard let depth = tls.untimelyAt, depth > 0 else { return "The certificate that is shown\(named)" }
        // The one below says who it is, also where it was not sent.
        let who = tls.chain.indices.contains(depth - 1) ? " (\(tls.chain[depth - 1].issuer))" : ""
        return
            "Certificate \(depth) of the chain that is shown\(named)\(who), by which the server's own is vouched for,"
    }

    /// The server shows its own certificate alone: whoever does not know its issuer cannot find out who vouches for that.
    private var showsNoIssuer: Bool {
        tls.faults == [.unknownIssuer] && tls.chain.count == 1 && tls.chain[0].subject != tls.chain[0].issuer
    }

    /// A certificate whose time is wrong by this machine's clock: two more clocks tell whose fault that is.
    private func clockProblem(_ named: String) -> ApplicationFinding.Problem? {
        guard tls.faults.contains(.notYetValid) || tls.faults.contains(.expired), let clocks = application.clocks else {
            return nil
        }
        let theirs = clocks.said
        guard clocks.differ else {
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path],
                confidence: .strong,
                summary:
                    "\(untimely(named)) \(tls.faults.contains(.expired) ? "has expired" : "is not valid yet"), by the server's own clock as well (\(theirs)).",
                advice: [
                    (tls.untimelyAt ?? 0) > 0
                        ? "Give the server the issuer's present certificate (its chain file), or a certificate of its own by another"
                            + " issuer; clients that hold an old authority need a new one."
                        : "Renew the certificate on the server, or switch the server to the one that is valid."
                ])
        }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.localIngress, .destination],
            confidence: .likely,
            summary:
                "The certificate that is shown\(named) is not valid by this machine's clock, and the server's clock is at \(theirs): one of the two is wrong, most likely this one.",
            advice: ["Compare this machine's clock with another one (timedatectl), and set it."],
            lookAlikes: [
                LookAlike(
                    cause: "the server's clock is wrong, and its certificate was made by it",
                    whyNotExcluded: "the date and the certificate are from the same host",
                    experiment: "ask a second, unrelated server for the date")
            ])
    }
}

extension TLSFact.Certificate {
    /// Some of the names that it is for.
    fileprivate var forWhom: String {
        names.isEmpty ? "\(subject)" : names.prefix(3).map { "\($0)" }.joined(separator: ", ")
    }
}
