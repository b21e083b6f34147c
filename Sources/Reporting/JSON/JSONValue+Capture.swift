import Conversations
import Diagnosis
import PacketWire

/// What a report on a capture says beyond the contract's fields.
extension JSONValue {
    init(_ capture: CaptureDigest) {
        self = .object([
            .init("packets", .integer(Int64(capture.packets))),
            .init("bytes", .integer(Int64(capture.bytes))),
            .init("conversations", .integer(Int64(capture.conversations))),
            .init("duration_s", .decimal(units: capture.duration.wholeMicroseconds, places: 6)),
            .init(
                "verdicts",
                .object(
                    Verdict.allCases.compactMap { verdict in
                        capture.verdicts[verdict].map { .init(verdict.rawValue, .integer(Int64($0))) }
                    })),
            .init("others", .integer(Int64(capture.others))),
            .init("remnants", .integer(Int64(capture.remnants))),
            .init("to_groups", .integer(Int64(capture.toGroups))),
            .init("cut_short", .integer(Int64(capture.cutShort))),
            .init("forgotten_findings", .integer(Int64(capture.forgottenFindings))),
            .init(
                "spoken",
                .object(
                    capture.spoken.sorted { $0.key < $1.key }.map { name, tally in
                        .init(
                            name.lowercased(),
                            .object([
                                .init("conversations", .integer(Int64(tally.conversations))),
                                .init(
                                    "notes",
                                    .object(
                                        tally.notes.sorted { $0.key < $1.key }
                                            .map { .init($0.key, .integer(Int64($0.value))) })),
                            ]))
                    })),
            .init("tap", JSONValue(capture.tap)),
            .init("link", .array(capture.link.map { .string($0) })),
            .init("limits", .array(capture.limits.map { .string($0) })),
            .init("remarks", .array(capture.remarks.map { .string($0) })),
        ])
    }

    private init(_ tap: TapTally) {
        self = .object([
            .init("place", .optional(tap.place) { .string($0.rawValue) }),
            .init("initiator_routers", .optional(tap.initiatorRouters) { .integer(Int64($0)) }),
            .init("responder_routers", .optional(tap.responderRouters) { .integer(Int64($0)) }),
            .init("responder_share", .optional(tap.responderShare) { .decimal(units: Int64($0 * 1_000), places: 3) }),
        ])
    }

    init(_ conversation: ConversationDigest) {
        self = .object([
            .init("count", .integer(Int64(conversation.count))),
            .init("numbers", .array(conversation.numbers.map { .integer(Int64($0)) })),
            .init("initiators", .array(conversation.initiators.map { .string($0.description) })),
            .init("initiator_count", .integer(Int64(conversation.initiatorCount))),
            .init("responder_count", .integer(Int64(conversation.responderCount))),
            .init("initiator", .optional(conversation.initiator) { .string($0.description) }),
            .init("first_s", .seconds(conversation.firstSeen - .zero)),
            .init("last_s", .seconds(conversation.lastSeen - .zero)),
            .init("packets_out", .integer(Int64(conversation.sent.packets))),
            .init("packets_in", .integer(Int64(conversation.received.packets))),
            .init("bytes_out", .integer(Int64(conversation.sent.bytes))),
            .init("bytes_in", .integer(Int64(conversation.received.bytes))),
            .init("carrier", .optional(conversation.carrier) { JSONValue($0) }),
            .init("application", .optional(conversation.application) { JSONValue($0) }),
            .init("tcp", .optional(conversation.analysis) { JSONValue($0) }),
        ])
    }

    private init(_ carrier: Carrier) {
        self = .object([
            .init("layers", .array(carrier.layers.map { .string($0.description) })),
            .init("source", .optional(carrier.source) { .string($0.description) }),
            .init("destination", .optional(carrier.destination) { .string($0.description) }),
        ])
    }

    private init(_ analysis: TCPAnalysis) {
        self = .object([
            .init("completeness", .integer(Int64(analysis.completeness.rawValue))),
            .init("initial_rtt_ms", .optional(analysis.initialRoundTrip) { .milliseconds($0) }),
            .init("retransmissions_out", .integer(Int64(analysis.initiator.retransmissions))),
            .init("retransmissions_in", .integer(Int64(analysis.responder.retransmissions))),
            .init("payload_bytes_out", .integer(Int64(clamping: analysis.initiator.payloadBytes))),
            .init("payload_bytes_in", .integer(Int64(clamping: analysis.responder.payloadBytes))),
            .init(
                "first_byte_out_ms", .optional(analysis.timeToFirstByte(fromInitiator: true)) { .milliseconds($0) }),
            .init("first_byte_in_ms", .optional(analysis.timeToFirstByte(fromInitiator: false)) { .milliseconds($0) }),
            .init("marks", .array(TCPMarks.names.filter { analysis.marks.contains($0.mark) }.map { .string($0.name) })),
            .init(
                "closed",
                .optional(analysis.close) { close in
                    .object([
                        .init("by", .string(close.byInitiator ? "initiator" : "responder")),
                        .init("with", .string(close.manner == .fin ? "fin" : "reset")),
                        .init("frame", .integer(Int64(close.frame))),
                    ])
                }),
            .init("stalls", .array(analysis.stalls.longest.map { JSONValue($0) })),
        ])
    }

    private init(_ stall: Stall) {
        self = .object([
            .init("cause", .string(stall.cause.code)),
            .init("waited", .string(stall.initiatorWaited ? "initiator" : "responder")),
            .init("begin_s", .seconds(stall.begin - .zero)),
            .init("length_ms", .milliseconds(stall.length)),
            .init("frames", .array([Int64(stall.lastFrameBefore), Int64(stall.firstFrameAfter)].map { .integer($0) })),
            .init("retransmissions", .integer(Int64(stall.retransmissions))),
            .init("never_resumed", .boolean(stall.neverResumed)),
        ])
    }

    private static func seconds(_ span: TimeSpan) -> JSONValue { .decimal(units: span.wholeMicroseconds, places: 6) }
}

extension Stall.Cause {
    fileprivate var code: String {
        switch self {
        case .receiverWindow: "receiver-window"
        case .senderIdle: "sender-idle"
        case .loss: "loss"
        case .pathMTU: "path-mtu"
        case .peerGone: "peer-gone"
        case .lateAcknowledgement: "late-acknowledgement"
        case .outOfWindow: "out-of-window"
        }
    }
}
