import Conversations
import PacketWire

/// What stops a TLS handshake, in words that captures and probes share.
enum TLSAdvice {
    /// A hello without a name is what an address makes: RFC 6066 section 3 has no place for those.
    static let askByName = "Ask by a name that the server serves: the name in place of the address, or --sni NAME."

    /// The server has heard the hello, and has begun to answer.
    static let unfinishedFlight = [
        "On the server: does tcpdump see it send the rest, again and again? Then that is lost on the way back: try a smaller MSS, and look for a filter that stops ICMP \"fragmentation needed\" and \"packet too big\".",
        "If it does not: what does the server wait for before it shows its certificate (a key on another machine, a name to resolve)?",
    ]

    /// A hello that takes more than one packet is what fragile boxes drop.
    static func unanswered(helloLength: Int) -> [String] {
        [
            "Try the same address with another name (SNI): a box that filters by name lets that one pass.",
            helloLength > 1_300
                ? "The ClientHello takes \(helloLength) bytes, more than one packet: try one without a post-quantum key share."
                : "On the server: does its log know the connection, and does the port speak TLS at all?",
        ]
    }
}

extension ApplicationFinding.Problem {
    /// One side speaks TLS, and the other one does not.
    static func foreign(_ start: NetworkText, byClient: Bool, port: UInt16? = nil) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .protocolMismatch, zones: [.destination, .path],
            confidence: .likely,
            summary: "One side speaks TLS and the \(byClient ? "client" : "server") does not: '\(start)'.",
            advice: [byClient ? nil : port.flatMap(UpgradePort.advice)].compactMap(\.self) + [
                "Is it the right port, and is TLS switched on there? A proxy or portal on the way answers in plain text, too."
            ])
    }
}

extension ApplicationFinding.Problem {
    /// The server asked for a certificate of the client, and got none.
    ///
    /// - Parameters:
    ///   - name: ` for example.com`, or nothing.
    ///   - alert: what it said then; nil where it said nothing and went.
    static func certificateWanted(
        _ name: String, said alert: TLSAlert?, _ confidence: Confidence, of target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path],
            confidence: confidence, actor: target.address,
            summary: "The server wants a certificate of the client\(name), and goes no further without one"
                + "\(alert.map { " (alert \($0.code))" } ?? "").",
            advice: ["Give the client a certificate that this server trusts; this one showed none."],
            lookAlikes: [
                LookAlike(
                    cause: "a box before the server asks for the certificate",
                    whyNotExcluded: "who ends TLS before the server speaks in its place",
                    experiment: "compare the certificate that is shown with the one that the server has",
                    isOnTheWay: true)
            ])
    }
}

extension TLSAlert {
    /// - Parameter name: ` for example.com`, or nothing.
    /// - Parameter hasAgreed: the server had said which version and cipher it takes.
    func problem(
        _ name: String, byClient: Bool, hasAgreed: Bool = false, _ target: Target
    ) -> ApplicationFinding.Problem {
        ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert,
            zones: zones(byClient),
            confidence: .likely, actor: byClient ? nil : target.address,
            summary:
                "The \(byClient ? "client" : "server") ended the TLS handshake\(name) with the alert \(code): \(meaning(name, byClient, hasAgreed)).",
            advice: [advice(name, byClient)],
            lookAlikes: [
                LookAlike(
                    cause: byClient
                        ? "a box on the way shows a certificate of its own" : "a box on the way answers for the server",
                    whyNotExcluded:
                        "alerts before encryption are not authenticated, and neither is who shows a certificate first",
                    experiment: "compare the certificate with the one that the server has, from another network",
                    isOnTheWay: true)
            ])
    }

    private func zones(_ byClient: Bool) -> [Zone] {
        // Whoever does not accept a certificate may have a wrong clock, or not know whom to trust.
        if byClient, isAboutCertificate { return [.destination, .path, .localIngress] }
        // What the client got may have been something else when the server sent it.
        return byClient && isAboutWhatCame ? [.destination, .path, .returnPath] : [.destination, .path]
    }

    /// What came was no TLS, or not what the other end had sent.
    private var isAboutWhatCame: Bool {
        switch code {
        case .badRecordMAC, .decryptError, .decodeError, .illegalParameter, .unexpectedMessage, .recordOverflow,
            .unsupportedExtension:
            true
        default: false
        }
    }

    private var isAboutCertificate: Bool {
        switch code {
        case .unknownCA, .badCertificate, .certificateUnknown, .unsupportedCertificate, .certificateExpired,
            .certificateRevoked:
            true
        default: false
        }
    }

    private func meaning(_ name: String, _ byClient: Bool, _ hasAgreed: Bool) -> String {
        switch code {
        // RFC 5246 section 7.4.6: so a server may answer a client that shows none.
        case .handshakeFailure where hasAgreed && !byClient:
            "both had agreed on a cipher by then, so that it wants something else, as a rule a certificate of the client"
        case .handshakeFailure, .insufficientSecurity: "no cipher, group or parameter suits both"
        case .protocolVersion: "no version suits both"
        case .unrecognizedName where name.isEmpty: "it wants a name that it serves, and was told none"
        case .unrecognizedName: "the server knows no such name"
        case .noApplicationProtocol: "no application protocol (ALPN) suits both"
        case .certificateRequired: "the client must show a certificate"
        case .unknownCA: "the \(byClient ? "server's" : "client's") certificate is from nobody that it trusts"
        case .certificateExpired: "the certificate has expired, or a clock is wrong"
        case .certificateRevoked: "the certificate was revoked"
        case .badCertificate, .unsupportedCertificate, .certificateUnknown: "the certificate is not accepted"
        case .accessDenied: "access is denied"
        case .decodeError, .illegalParameter, .unexpectedMessage: "it does not understand what it got"
        case .badRecordMAC, .decryptError: "what it got is not what the other end had encrypted: altered, or other keys"
        case .internalError: "an error of its own"
        default: "it goes no further"
        }
    }

    private func advice(_ name: String, _ byClient: Bool) -> String {
        switch code {
        case _ where isAboutCertificate:
            byClient
                ? "Look at the certificate that is shown\(name): who issued it, since when, and is its chain whole? An inspecting proxy has one of its own."
                : "Look at the client's certificate and at whom the server trusts."
        case .protocolVersion, .handshakeFailure, .insufficientSecurity:
            "Compare the versions and ciphers of both sides (openssl s_client -connect, or the server's configuration)."
        case .unrecognizedName where name.isEmpty:
            TLSAdvice.askByName
        case .unrecognizedName: "Look at the names that the server is configured for, and at the name asked for\(name)."
        default: "Look at the server's TLS log for this moment."
        }
    }

    /// All but these end the connection, whatever their level says: RFC 8446 section 6.2.
    var isFatal: Bool {
        level == .fatal || ![.closeNotify, .userCanceled, .noRenegotiation, .unrecognizedName].contains(code)
    }
}
