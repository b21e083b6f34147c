import Conversations
import Diagnosis

/// What became of connections that were quiet, shortest silence first.
extension JSONValue {
    init(_ idle: IdleFacts) {
        self = .object([
            .init(
                "holds",
                .array(
                    idle.holds.map { hold in
                        .object([
                            .init("quiet_ms", .milliseconds(hold.quiet)), .init("outcome", .string(hold.outcome.code)),
                        ])
                    })),
            .init("new_one_works", .optional(idle.newOneWorks) { .boolean($0) }),
        ])
    }
}

extension IdleFacts.Hold.Outcome {
    fileprivate var code: String {
        switch self {
        case .unknown: "unknown"
        case .notOpened: "not-opened"
        case .alive: "alive"
        case .lost: "lost"
        case .reset: "reset"
        case .closed(_, let isReset): isReset ? "reset-while-quiet" : "closed"
        }
    }
}
