import Conversations
import PacketWire

/// A server that wants a certificate of the client and got none, as a capture shows it: in the clear up to TLS 1.2, and
/// by nothing but sizes from TLS 1.3 on.
struct CertificateDemand {
    private let exchange: TLSExchange
    private let aftermath: Aftermath

    init(_ exchange: TLSExchange, _ aftermath: Aftermath) {
        (self.exchange, self.aftermath) = (exchange, aftermath)
    }

    private var name: String { exchange.clientHello?.value.serverName.map { " for \($0)" } ?? "" }

    /// Nil where nothing says so.
    var problem: ApplicationFinding.Problem? { inTheClear ?? bySize }

    // MARK: Up to TLS 1.2

    private var inTheClear: ApplicationFinding.Problem? {
        guard exchange.certificateRequest > 0, exchange.clientShowsCertificate != true else { return nil }
        let showsNone = exchange.clientShowsCertificate == false
        if let alert = exchange.alert?.value {
            guard !alert.byInitiator, alert.alert.answersMissingCertificate else { return nil }
            return .certificateWanted(
                name, said: alert.alert, showsNone ? .strong : .likely, of: aftermath.target)
        }
        // It says nothing, and goes.
        guard showsNone, !exchange.serverIsSecured, aftermath.wasClosedByResponder, let hello = exchange.clientHello,
            aftermath.hasEnded(within: TLSExchange.patience, of: hello.at)
        else { return nil }
        return .certificateWanted(name, said: nil, .likely, of: aftermath.target)
    }

    var evidence: [Evidence] {
        guard exchange.certificateRequest > 0 else { return [] }
        let shown = exchange.clientShowsCertificate.map { $0 ? "the client shows one" : "the client shows none" }
        return [
            Evidence(
                .wire, "the server asks for a client certificate", detail: shown ?? "",
                frames: [Int(exchange.certificateRequest)])
        ]
    }

    // MARK: From TLS 1.3 on

    /// A record of nothing but an alert: header, two bytes, their type and the tag (RFC 8446 section 5.2).
    static let alertRecord: UInt32 = 5 + 2 + 1 + 16
    /// So soon an alert follows what it is about.
    private static let atOnce = TimeSpan.seconds(2)

    /// An empty Certificate before Finished, of 32 or of 48 bytes: in two records or in one, with or without a
    /// ChangeCipherSpec (RFC 8446 section 4.4.2 and appendix D.4).
    private static let emptyCertificate: Set<Int> = {
        let certificate = 4 + 1 + 3
        let overhead = 5 + 1 + 16
        return Set(
            [32, 48].flatMap { hash in
                let finished = 4 + hash
                return [certificate + finished + overhead, certificate + finished + 2 * overhead].flatMap {
                    [$0, $0 + 6]
                }
            })
    }()

    private var bySize: ApplicationFinding.Problem? {
        guard exchange.isPlain, let hello = exchange.serverHello, hello.value.version == .tls13,
            let asked = aftermath.parting(behind: hello.frame, length: Self.alertRecord, within: Self.atOnce)
        else { return nil }
        let place = aftermath.target.address.map { "\(Endpoint($0, aftermath.target.port))" } ?? "HOST:PORT"
        let isEmpty = Self.emptyCertificate.contains(asked)
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: .tls, mechanism: .tlsAlert, zones: [.destination, .path],
            confidence: isEmpty ? .likely : .weak, actor: isEmpty ? aftermath.target.address : nil,
            summary: "The server ended TLS\(name) right behind the client's part of the handshake, with a record as"
                + " long as an alert (\(Self.alertRecord) bytes); what it says is encrypted. "
                + (isEmpty
                    ? "The client's part is as long as one with an empty certificate, which only a server gets that asked"
                        + " for one: it wants a certificate of the client."
                    : "It may want a certificate of the client, or not take the one that it got."),
            advice: [
                "Ask the client what it heard: certificate_required (116) or bad_certificate (42) settles it, and so does"
                    + " the server's TLS log.",
                "Give the client a certificate that this server trusts.",
            ],
            lookAlikes: [
                LookAlike(
                    cause: "the server says goodbye for another reason",
                    whyNotExcluded: "every alert is as long as every other, the one that only closes included: a proxy"
                        + " whose own server is away does that",
                    experiment: "probe it: stallpoint probe tls://\(place)")
            ])
    }
}

extension TLSAlert {
    /// What servers say to a client that shows no certificate: RFC 5246 section 7.4.6 has handshake_failure, RFC 8446
    /// section 4.4.2.4 certificate_required, and some say bad_certificate, as SSL 3.0's no_certificate became.
    var answersMissingCertificate: Bool {
        switch code {
        case .handshakeFailure, .badCertificate, .certificateRequired, .accessDenied: true
        default: code.rawValue == 41
        }
    }
}
