import Conversations
import Diagnosis
import PacketWire

/// `Diagnosis` of the report contract, field by field and in its order.
extension JSONValue {
    init(_ diagnosis: TargetDiagnosis) {
        // What a probe does not have is left out there, rather than null in every report.
        let conversation = diagnosis.conversation.map { [Member("conversation", JSONValue($0))] } ?? []
        let pathSize = diagnosis.pathSize.map { [Member("path_size", JSONValue($0))] } ?? []
        let idle = diagnosis.idle.map { [Member("idle", JSONValue($0))] } ?? []
        let nameServer = diagnosis.nameServer.map { [Member("name_server", JSONValue($0))] } ?? []
        let application = diagnosis.application.map { [Member("application", JSONValue($0))] } ?? []
        self = .object(
            [
                .init("target", JSONValue(diagnosis.target)),
                .init("verdict", .code(diagnosis.verdict)),
                .init("stage", .code(diagnosis.stage)),
                .init("mechanism", .code(diagnosis.mechanism)),
                .init("zones", .array(diagnosis.zones.map { .code($0) })),
                .init("after_hop", .hop(diagnosis.afterHop)),
                .init("before_hop", .hop(diagnosis.beforeHop)),
                .init("actor", .address(diagnosis.actor)),
                .init("confidence", .code(diagnosis.confidence)),
                .init("summary", .string(diagnosis.summary)),
                .init("look_alikes", .array(diagnosis.lookAlikes.map { JSONValue($0) })),
                .init("evidence", .array(diagnosis.evidence.map { JSONValue($0) })),
                .init("advice", .array(diagnosis.advice.map { .string($0) })),
                .init("timeline", .array(diagnosis.timeline.map { JSONValue($0) })),
                .init("timing", JSONValue(diagnosis.timing)),
                .init("path", .array(diagnosis.path.map { JSONValue($0) })),
            ] + application + nameServer + pathSize + idle + conversation)
    }

    private init(_ target: Target) {
        self = .object([
            .init("input", .string(target.input)),
            .init("host", .string(target.host)),
            .init("address", .address(target.address)),
            .init("port", .integer(Int64(target.port))),
            .init("transport", .code(target.transport)),
        ])
    }

    private init(_ lookAlike: LookAlike) {
        self = .object([
            .init("cause", .string(lookAlike.cause)),
            .init("why_not_excluded", .string(lookAlike.whyNotExcluded)),
            .init("experiment", .string(lookAlike.experiment)),
        ])
    }

    private init(_ evidence: Evidence) {
        self = .object([
            .init("witness", .code(evidence.witness)),
            .init("fact", .string(evidence.fact)),
            .init("detail", .string(evidence.detail)),
            .init("frames", .array(evidence.frames.map { .integer(Int64($0)) })),
        ])
    }

    private init(_ entry: TimelineEntry) {
        self = .object([
            .init("t_ms", .milliseconds(entry.at - Instant.zero)),
            .init("direction", .code(entry.direction)),
            .init("summary", .string(entry.summary)),
            .init("frame", .optional(entry.frame) { .integer(Int64($0)) }),
        ])
    }

    private init(_ timing: StageTiming) {
        self = .object([
            .init("resolve_ms", .optional(timing.resolve, Self.milliseconds)),
            .init("handshake_ms", .optional(timing.handshake, Self.milliseconds)),
            .init("tls_ms", .optional(timing.tls, Self.milliseconds)),
            .init("application_ms", .optional(timing.application, Self.milliseconds)),
        ])
    }

    static func hop(_ hop: Hop?) -> JSONValue {
        optional(hop) {
            .object([.init("ttl", .integer(Int64($0.ttl))), .init("address", .address($0.address))])
        }
    }

    static func address(_ address: IPAddress?) -> JSONValue {
        optional(address) { .string($0.description) }
    }
}
