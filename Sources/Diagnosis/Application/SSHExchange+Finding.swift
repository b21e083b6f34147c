import Conversations
import PacketWire

extension SSHExchange {
    /// sshd's LoginGraceTime is 120 s, and its first line comes at once.
    private static let patience = TimeSpan.seconds(10)

    private static let advice = [
        "On the server: is it sshd that listens there, and does it still accept (MaxStartups, its log)?"
    ]

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let server {
            finding.evidence.append(Evidence(.wire, "SSH server: \(server.value)", frames: [server.frame]))
        }
        if let client {
            finding.evidence.append(Evidence(.wire, "SSH client: \(client.value)", frames: [client.frame]))
        }
        if let disagreement {
            finding.evidence += disagreement.value.evidence(frame: disagreement.frame)
        }
        if let parting {
            finding.evidence.append(
                Evidence(.wire, "the \(parting.value.who) leaves: \(parting.value.phrase)", frames: [parting.frame]))
        }
        if let problem = unagreed(aftermath) {
            finding.problem = problem
        } else if let refusal {
            finding.evidence.append(Evidence(.wire, "the server says '\(refusal.value)'", frames: [refusal.frame]))
            // Lines before the identification are allowed (RFC 4253 section 4.2): only with the end they refuse.
            if aftermath.wasClosedByResponder {
                finding.problem = .wordsAndClose(.ssh, refusal.value, aftermath.target)
            }
        } else if let client, helloLength > 0,
            let broken = aftermath.breakOff(before: helloLength &+ 1, since: client.at)
        {
            finding.problem = broken.end.problem(
                "the client's SSH identification", hadWords: true, of: aftermath.target, stage: .application,
                advice: Self.advice)
        } else if let client, server == nil {
            finding.problem = aftermath.problem(
                "the client's SSH identification", at: client.at, stage: .application, patience: Self.patience,
                advice: Self.advice)
        }
        return finding
    }

    /// How a key exchange ended before there were keys; nil where it did not, or none began.
    private func unagreed(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        guard let client, server != nil, !serverIsSecured else { return nil }
        if let disagreement, aftermath.hasEnded(within: Self.patience, of: disagreement.at) || parting != nil {
            return .disagreed(disagreement.value)
        }
        if let parting, !parting.value.words.isByApplication { return .parted(parting.value, aftermath.target) }
        // Up to the server's offer it may still be the client's turn.
        guard let asked = clientAsked,
            let end = aftermath.breakOff(
                since: asked, before: StreamPlaces(initiator: 0, responder: 0), read: serverBytes,
                patience: Self.patience)
        else { return nil }
        return end.problem(
            "the key exchange with \(client.value)", hadWords: true, of: aftermath.target, stage: .application,
            advice: ["Look at the server's log for this moment (journalctl -u ssh)."])
    }
}

extension SSHExchange.Parting {
    fileprivate var who: String { byInitiator ? "client" : "server" }

    fileprivate var phrase: String {
        words.text.bytes.isEmpty ? "reason \(words.reason)" : "'\(words.text)' (reason \(words.reason))"
    }
}

extension SSHDisagreement {
    fileprivate func evidence(frame: Int) -> [Evidence] {
        [
            Evidence(.wire, "no \(kind.phrase) in common", detail: "client: \(client.told)", frames: [frame]),
            Evidence(.wire, "the server's \(kind.phrase)", detail: server.told, frames: [frame]),
        ]
    }
}

extension [NetworkText] {
    /// The first ones; there may be dozens.
    fileprivate var told: String {
        isEmpty ? "none" : prefix(8).map { "\($0)" }.joined(separator: ", ") + (count > 8 ? ", …" : "")
    }
}

extension ApplicationFinding.Problem {
    /// Both lists are on the wire, and nothing is on both.
    fileprivate static func disagreed(_ disagreement: SSHDisagreement) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely,
            summary:
                "The SSH client and the server have no \(disagreement.kind.phrase) in common: the client offers \(disagreement.client.told), the server \(disagreement.server.told).",
            advice: [
                "Bring the older of the two up to date, or allow what the other one has (ssh -Q lists what the client knows, sshd -T what the server takes)."
            ],
            lookAlikes: [
                LookAlike(
                    cause: "a box on the way speaks SSH in the server's place",
                    whyNotExcluded: "offers are not authenticated before there are keys",
                    experiment: "compare the offer with the server's own configuration (sshd -T)", isOnTheWay: true)
            ])
    }

    fileprivate static func parted(
        _ parting: SSHExchange.Parting, _ target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .application, mechanism: .closedByPeer, zones: [.destination, .path],
            confidence: .likely, actor: parting.byInitiator ? nil : target.address,
            summary: "The SSH \(parting.who) ends the connection before there are keys: \(parting.phrase).",
            advice: ["Look at the server's log for this moment (journalctl -u ssh), and at the client's (ssh -v)."])
    }
}
