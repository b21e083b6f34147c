import Conversations
import Diagnosis
import PacketWire

/// What the two ends of a conversation said in the clear: the name of the protocol, and what each kind has.
extension JSONValue {
    init(_ exchange: ApplicationExchange) {
        self = .object([.init("protocol", .string(exchange.name.lowercased()))] + Self.members(exchange))
    }

    private static func members(_ exchange: ApplicationExchange) -> [Member] {
        switch exchange {
        case .tls(let tls):
            let (client, server) = (tls.clientHello?.value, tls.serverHello?.value)
            return [
                text("server_name", client?.serverName), text("offered_version", client?.version),
                text("version", server?.version), text("cipher", server?.cipherSuite),
                text("alpn", server?.applicationProtocol ?? client?.applicationProtocol),
                text("alert", tls.alert?.value.alert.code),
                .init("alert_by", .optional(tls.alert) { .string($0.value.byInitiator ? "initiator" : "responder") }),
                .init("secured", .boolean(tls.isSecured)),
            ] + (tls.certificates?.value.first.map { [.init("certificate", certificate($0))] } ?? [])
        case .http(let http):
            let (request, status) = (http.request?.value, http.status?.value)
            return [
                text("method", request?.method), text("target", request?.target), text("host", request?.host),
                .init("status", .optional(status) { .integer(Int64($0.code)) }), text("reason", status?.reason),
            ]
        case .ssh(let ssh):
            return [
                text("client", ssh.client?.value), text("server", ssh.server?.value),
                text("refusal", ssh.refusal?.value),
            ]
        case .greeting(let exchange):
            return [
                text("greeting", exchange.greeting.value.text),
                .init("refused", .boolean(exchange.greeting.value.isRefusal)),
                .init("tls_offered", .optional(exchange.upgrade?.isOffered) { .boolean($0) }),
            ]
        case .dns(let dns):
            return [
                text("first_question", dns.firstQuestion?.value),
                .init("questions", .integer(Int64(dns.questions))), .init("answers", .integer(Int64(dns.answers))),
                .init("no_such_name", .integer(Int64(dns.noSuchName))),
                .init("contradicted", .integer(Int64(dns.contradicted))),
                .init(
                    "failures",
                    .object(
                        dns.failures.sorted { $0.key.rawValue < $1.key.rawValue }
                            .map { .init("\($0.key)", .integer(Int64($0.value))) })),
                .init("slowest_ms", .milliseconds(dns.slowest)),
            ]
        case .quic(let quic):
            return [
                .init(
                    "version",
                    .optional(quic.client ?? quic.server) { .string(QUICLongHeader.name(of: $0.value.version)) }),
                .init("answer", .optional(quic.server) { .string($0.value.kind.rawValue) }),
            ]
        case .service(let service):
            return [
                .init("answered", .boolean(service.isAnswered)),
                .init("no_answer", .optional(service.mismatch) { .string("\($0.value)") }),
                .init("refused", .optional(service.refusal) { .string($0.value.words) }),
            ]
        case .socks(let socks):
            return Self.socks(
                socks.version, socks.place?.value, socks.method?.value, socks.login?.value, socks.reply?.value)
        }
    }

    private static func certificate(_ shown: CertificateOutline) -> JSONValue {
        .object([
            text("subject", shown.subject), text("issuer", shown.issuer),
            .init("names", .array(shown.names.map { .string("\($0)") })), text("not_before", shown.notBefore),
            text("not_after", shown.notAfter),
        ])
    }

    private static func text(_ key: String, _ value: (some CustomStringConvertible)?) -> Member {
        .init(key, .optional(value) { .string($0.description) })
    }
}

/// What a probe said behind the handshake: TLS, and HTTP; null for what it did not say.
extension JSONValue {
    init(_ application: ApplicationFacts) {
        self = .object([
            .init("proxy_tls", .optional(application.proxyTLS) { JSONValue($0) }),
            .init("tunnel", .optional(application.tunnel) { JSONValue($0) }),
            .init("socks", .optional(application.socks) { JSONValue($0) }),
            .init("upgrade", .optional(application.upgrade) { JSONValue($0) }),
            .init("tls", .optional(application.tls) { JSONValue($0) }),
            .init("http", .optional(application.http) { JSONValue($0) }),
            .init("words", .optional(application.words) { JSONValue($0) }),
            .init("hellos", .array(application.hellos.map { JSONValue($0) })),
        ])
    }

    private init(_ tls: TLSFact) {
        self = .object([
            .init("server_name", .optional(tls.serverName) { .string($0) }),
            .init("hello_bytes", .integer(Int64(tls.helloLength))),
            .init("outcome", .string(tls.outcome.code)),
            Self.text("version", tls.version), Self.text("cipher", tls.cipher),
            Self.text("alpn", tls.applicationProtocol),
            .init("asks_for_certificate", .boolean(tls.asksForCertificate)),
            .init("problems", .array(tls.problems.map { .string($0) })),
            .init("chain", .array(tls.chain.map { JSONValue($0) })),
        ])
    }

    private init(_ socks: SOCKSFact) {
        self = .object(Self.socks(socks.version, socks.place, socks.method, socks.isLoginAccepted, socks.reply))
    }

    private static func socks(
        _ version: SOCKSVersion, _ place: (some CustomStringConvertible)?, _ method: SOCKSMethod?,
        _ isLoginAccepted: Bool?, _ reply: SOCKSReply?
    ) -> [Member] {
        [
            .init("version", .integer(Int64(version.rawValue))), text("place", place), text("method", method?.name),
            .init("login_accepted", .optional(isLoginAccepted) { .boolean($0) }),
            .init("reply", .optional(reply) { .integer(Int64($0.code)) }), text("said", reply?.name),
        ]
    }

    private init(_ upgrade: UpgradeFact) {
        self = .object([
            .init("protocol", .string(upgrade.service.rawValue.lowercased())),
            Self.text("greeting", upgrade.greeting), .init("outcome", .string(upgrade.outcome.code)),
            .init("offers", .array(upgrade.capabilities.map { .string($0.description) })),
        ])
    }

    private init(_ trial: HelloTrial) {
        self = .object([
            .init("variant", .string(trial.variant.rawValue)),
            .init("server_name", .optional(trial.tls.serverName) { .string($0) }),
            .init("hello_bytes", .integer(Int64(trial.tls.helloLength))),
            .init("outcome", .string(trial.tls.outcome.code)),
            .init("server_hello", .boolean(trial.tls.isAccepted)),
            .init("issuer", .optional(trial.tls.chain.last) { .string($0.issuer.description) }),
        ])
    }

    private init(_ certificate: TLSFact.Certificate) {
        self = .object([
            .init("subject", .string(certificate.subject.description)),
            .init("issuer", .string(certificate.issuer.description)),
            .init("names", .array(certificate.names.map { .string($0.description) })),
            .init("valid", .string(certificate.validity)),
        ])
    }

    private init(_ words: WordsFact) {
        self = .object([
            .init("said_bytes", .integer(Int64(words.count))), .init("answer_bytes", .integer(Int64(words.received))),
            Self.text("answer", words.answer),
        ])
    }

    private init(_ http: HTTPFact) {
        self = .object([
            .init("method", .string(http.method)), .init("path", .string(http.path)), .init("host", .string(http.host)),
            .init("status", .optional(http.status) { .integer(Int64($0.code)) }),
            Self.text("reason", http.status?.reason),
            .init(
                "fields",
                .object(
                    http.fields.sorted { $0.key < $1.key }.map {
                        .init($0.key.lowercased(), .string($0.value.description))
                    })),
        ])
    }
}

extension UpgradeFact.Outcome {
    fileprivate var code: String {
        switch self {
        case .ready: "ready"
        case .failed(.notOffered): "not-offered"
        case .failed(.garbled): "garbled"
        case .failed(.refused): "refused"
        case .failed(.foreign): "foreign"
        case .broken(.silence): "silence"
        case .broken(.closed): "closed"
        case .broken(.reset): "reset"
        }
    }
}

extension TLSFact.Outcome {
    fileprivate var code: String {
        switch self {
        case .secured: "secured"
        case .answered: "answered"
        case .alert(_, let byPeer): byPeer ? "alert-by-server" : "alert-by-client"
        case .untrusted: "untrusted"
        case .foreign: "no-tls"
        case .broken(.silence): "silence"
        case .broken(.closed): "closed"
        case .broken(.reset): "reset"
        case .failed: "failed"
        }
    }
}
