import Conversations
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
            ]
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
        case .dns(let dns):
            return [
                text("first_question", dns.firstQuestion?.value),
                .init("questions", .integer(Int64(dns.questions))), .init("answers", .integer(Int64(dns.answers))),
                .init("no_such_name", .integer(Int64(dns.noSuchName))),
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
        }
    }

    private static func text(_ key: String, _ value: (some CustomStringConvertible)?) -> Member {
        .init(key, .optional(value) { .string($0.description) })
    }
}
