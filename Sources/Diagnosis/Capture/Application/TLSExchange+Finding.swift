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
        if let alert, alert.value.alert.isFatal { return alert.value.problem(name, aftermath.target) }
        if let foreign {
            let who = foreign.value.byInitiator ? "client" : "server"
            return ApplicationFinding.Problem(
                verdict: .interfered, stage: .tls, mechanism: .protocolMismatch, zones: [.destination, .path],
                confidence: .likely,
                summary: "One side speaks TLS and the \(who) does not: '\(foreign.value.start)'.",
                advice: [
                    "Is it the right port, and is TLS switched on there? A proxy or portal on the way answers in plain text, too."
                ])
        }
        guard let hello = clientHello, serverHello == nil else { return nil }
        return aftermath.problem(
            "the ClientHello\(name)", at: hello.at, stage: .tls, patience: Self.patience,
            advice: [
                "Try the same address with another name (SNI): a box that filters by name lets that one pass.",
                hello.value.length > 1_300
                    ? "The ClientHello takes \(hello.value.length) bytes, more than one packet: try one without a post-quantum key share."
                    : "On the server: does its log know the connection, and does the port speak TLS at all?",
            ])
    }
}

extension TLSExchange.Alert {
    fileprivate var phrase: String {
        "TLS alert of the \(byInitiator ? "client" : "server"): \(alert.code) (\(alert.code.rawValue))"
    }

    fileprivate func problem(_ name: String, _ target: Target) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path], confidence: .likely,
            actor: byInitiator ? nil : target.address,
            summary:
                "The \(byInitiator ? "client" : "server") ended the TLS handshake\(name) with the alert \(alert.code): \(meaning).",
            advice: [advice(name)],
            lookAlikes: [
                LookAlike(
                    cause: byInitiator
                        ? "a box on the way shows a certificate of its own" : "a box on the way answers for the server",
                    whyNotExcluded:
                        "alerts before encryption are not authenticated, and neither is who shows a certificate first",
                    experiment: "compare the certificate with the one that the server has, from another network")
            ])
    }

    private var meaning: String {
        switch alert.code {
        case .handshakeFailure, .insufficientSecurity: "no cipher, group or parameter suits both"
        case .protocolVersion: "no version suits both"
        case .unrecognizedName: "the server knows no such name"
        case .noApplicationProtocol: "no application protocol (ALPN) suits both"
        case .certificateRequired: "the client must show a certificate"
        case .unknownCA: "the \(byInitiator ? "server's" : "client's") certificate is from nobody that it trusts"
        case .certificateExpired: "the certificate has expired, or a clock is wrong"
        case .certificateRevoked: "the certificate was revoked"
        case .badCertificate, .unsupportedCertificate, .certificateUnknown: "the certificate is not accepted"
        case .accessDenied: "access is denied"
        case .decodeError, .illegalParameter, .unexpectedMessage: "it does not understand what it got"
        case .internalError: "an error of its own"
        default: "it goes no further"
        }
    }

    private func advice(_ name: String) -> String {
        switch alert.code {
        case .unknownCA, .badCertificate, .certificateUnknown, .unsupportedCertificate, .certificateExpired,
            .certificateRevoked:
            byInitiator
                ? "Look at the certificate that is shown\(name): who issued it, since when, and is its chain whole? An inspecting proxy has one of its own."
                : "Look at the client's certificate and at whom the server trusts."
        case .protocolVersion, .handshakeFailure, .insufficientSecurity:
            "Compare the versions and ciphers of both sides (openssl s_client -connect, or the server's configuration)."
        case .unrecognizedName: "Look at the names that the server is configured for, and at the name asked for\(name)."
        default: "Look at the server's TLS log for this moment."
        }
    }
}

extension TLSAlert {
    /// All but these end the connection, whatever their level says: RFC 8446 section 6.2.
    fileprivate var isFatal: Bool {
        level == .fatal || ![.closeNotify, .userCanceled, .noRenegotiation, .unrecognizedName].contains(code)
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
