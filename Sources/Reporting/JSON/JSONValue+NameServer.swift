import Conversations
import Diagnosis
import PacketWire

/// What a DNS server said that was the target, way by way, in the order in which it was asked.
extension JSONValue {
    init(_ server: NameServerFacts) {
        self = .object([
            .init("name", .string(server.question.name.description)),
            .init("type", .string(server.question.type.description)),
            .init("asked", .array(server.asks.map { JSONValue($0) })),
        ])
    }

    private init(_ ask: NameServerFacts.Ask) {
        self = .object([
            .init("over", .code(ask.transport)),
            .init("edns_size", .optional(ask.room) { .integer(Int64($0)) }),
            .init("result", .string(ask.code)),
            .init("records", .array(ask.outcome?.texts.map { .string($0) } ?? [])),
            .init("cut", .boolean(ask.isCut)),
            .init("bytes", .optional(ask.size) { .integer(Int64($0)) }),
            .init("ms", .optional(ask.elapsed) { .milliseconds($0) }),
            .init("contradicted", .boolean(ask.contradiction != nil)),
        ])
    }
}

extension NameServerFacts.Ask {
    fileprivate var code: String {
        switch result {
        case .silent: hasConnected ? "no-reply" : "silent"
        case .answered(let outcome):
            switch outcome {
            case .addresses, .records: "found"
            case .noSuchName: "nxdomain"
            case .noAddress: "nodata"
            case .leadsOn: "referral"
            case .refused(let code): code.lowercased()
            case .silent: "silent"
            }
        case .foreign: "no-answer-to-it"
        case .refused: "refused"
        case .closed(let isReset): isReset ? "reset" : "closed"
        }
    }
}

extension ResolutionFact.Outcome {
    fileprivate var texts: [String] {
        switch self {
        case .addresses(let addresses): addresses.map(\.description)
        case .records(let texts): texts
        case .leadsOn(let place): [place]
        case .noSuchName, .noAddress, .silent, .refused: []
        }
    }
}
