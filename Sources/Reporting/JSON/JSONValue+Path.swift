import Conversations
import Diagnosis
import PacketWire

/// `path` of the report contract.
extension JSONValue {
    init(_ hop: PathHop) {
        self = .object([
            .init("ttl", .integer(Int64(hop.ttl))),
            .init("name", .optional(hop.name) { .string($0) }),
            .init("target", JSONValue(hop.target)),
            .init("target_tally", JSONValue(hop.targetTally)),
            .init("control", JSONValue(hop.control)),
            .init("control_tally", JSONValue(hop.controlTally)),
            .init("round_trip_ms", .optional(hop.roundTrip, Self.milliseconds)),
            .init("others", .array(hop.others.map { .address($0) })),
            .init("changes", .array(hop.changes.map { JSONValue($0) })),
            .init("mpls", .array(hop.labels.map { JSONValue($0) })),
        ])
    }

    private init(_ answer: PathHop.Answer) {
        let (code, address, detail): (String, IPAddress?, String?) =
            switch answer {
            case .notAsked: ("not-asked", nil, nil)
            case .silence: ("silence", nil, nil)
            case .timeExceeded(let address): ("time-exceeded", address, nil)
            case .reached(let address, let detail): ("reached", address, detail)
            case .refused(let address, let detail): ("refused", address, detail)
            }
        self = .object([
            .init("answer", .string(code)),
            .init("address", .address(address)),
            .init("detail", .optional(detail) { .string($0) }),
        ])
    }

    private init(_ tally: PathTally) {
        self = .object([
            .init("sent", .integer(Int64(tally.sent))),
            .init("answered", .integer(Int64(tally.answered))),
            .init("min_ms", .optional(tally.shortest, Self.milliseconds)),
            .init("median_ms", .optional(tally.median, Self.milliseconds)),
            .init("max_ms", .optional(tally.longest, Self.milliseconds)),
        ])
    }

    private init(_ change: PathChange) {
        self = .object([
            .init("field", .code(change.field)),
            .init("before", .string(change.before)),
            .init("after", .string(change.after)),
            .init("after_hop", .hop(change.afterHop)),
            .init("frames", .array(change.frames.map { .integer(Int64($0)) })),
        ])
    }

    private init(_ label: MPLSLabel) {
        self = .object([
            .init("label", .integer(Int64(label.label))),
            .init("traffic_class", .integer(Int64(label.trafficClass))),
            .init("bottom", .integer(label.isBottom ? 1 : 0)),
            .init("ttl", .integer(Int64(label.timeToLive))),
        ])
    }
}
