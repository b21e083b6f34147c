import Conversations
import PacketWire

extension TLSExchange {
    /// A server that takes longer to say its hello is stuck: its own limit is some 10 s as a rule.
    private static let patience = TimeSpan.seconds(5)

    func finding(_ aftermath: Aftermath) -> ApplicationFinding {
        var finding = ApplicationFinding()
        if let hello = clientHello {
            finding.evidence.append(Evidence(.wire, hello.value.clientPhrase, frames: [hello.frame]))
        }
        if let hello = serverHello {
            finding.evidence.append(Evidence(.wire, hello.value.serverPhrase, frames: [hello.frame]))
            finding.answeredAfter = clientHello.map { hello.at - $0.at }
        }
        if let alert {
            finding.evidence.append(Evidence(.wire, alert.value.phrase, frames: [alert.frame]))
        }
        if let foreign {
            finding.evidence.append(
                Evidence(
                    .wire,
                    "the \(foreign.value.byInitiator ? "client" : "server") speaks no TLS: '\(foreign.value.start)'",
                    frames: [foreign.frame]))
        }
        finding.problem = problem(aftermath)
        return finding
    }

    private func problem(_ aftermath: Aftermath) -> ApplicationFinding.Problem? {
        let name = clientHello?.value.serverName.map { " for \($0)" } ?? ""
        if let alert, alert.value.alert.isFatal {
            return alert.value.alert.problem(name, byClient: alert.value.byInitiator, aftermath.target)
        }
        if let foreign { return .foreign(foreign.value.start, byClient: foreign.value.byInitiator) }
        guard let hello = clientHello, serverHello == nil else { return nil }
        return aftermath.problem(
            "the ClientHello\(name)", at: hello.at, stage: .tls, patience: Self.patience,
            advice: TLSAdvice.unanswered(helloLength: hello.value.length))
    }
}

extension TLSExchange.Alert {
    fileprivate var phrase: String {
        "TLS alert of the \(byInitiator ? "client" : "server"): \(alert.code) (\(alert.code.rawValue))"
    }
}

extension HelloOutline {
    fileprivate var clientPhrase: String {
        "TLS ClientHello" + (serverName.map { " for \($0)" } ?? " without a name") + ", up to \(version)"
            + (applicationProtocol.map { ", ALPN \($0)" } ?? "")
    }

    fileprivate var serverPhrase: String {
        "TLS ServerHello: \(version)" + (cipherSuite.map { ", \($0)" } ?? "")
            + (applicationProtocol.map { ", ALPN \($0)" } ?? "")
    }
}
