/// What every hundred conversations consist of: a thousand packets.
enum Mix {
    static let conversations = 100
    static let packets = 1_000

    enum Destination {
        /// Any server, at a port that works.
        case any
        case resolver
        /// One of a few server and port pairs that fail so.
        case failing(Failing)
    }

    struct Kind {
        var count: Int
        var script: Script
        var destination: Destination
        /// What `analyze` has to make of it.
        var verdict: String
    }

    static let kinds: [Kind] = [
        Kind(count: 9, script: .exchanges(1, segments: 1), destination: .any, verdict: "open"),
        Kind(count: 15, script: .exchanges(1, segments: 2), destination: .any, verdict: "open"),
        Kind(count: 13, script: .exchanges(1, segments: 4), destination: .any, verdict: "open"),
        Kind(count: 9, script: .exchanges(2, segments: 3), destination: .any, verdict: "open"),
        Kind(count: 4, script: .exchanges(3, segments: 4), destination: .any, verdict: "open"),
        Kind(count: 3, script: .exchanges(1, segments: 20), destination: .any, verdict: "open"),
        Kind(count: 1, script: .exchanges(6, segments: 5), destination: .any, verdict: "open"),
        Kind(count: 5, script: .repaired, destination: .any, verdict: "open"),
        Kind(count: 1, script: .stalling, destination: .failing(.stalling), verdict: "degraded"),
        Kind(count: 8, script: .refused, destination: .failing(.refused), verdict: "closed"),
        Kind(count: 8, script: .unanswered, destination: .failing(.unanswered), verdict: "blocked"),
        Kind(count: 4, script: .prohibited, destination: .failing(.prohibited), verdict: "blocked"),
        Kind(count: 20, script: .lookup, destination: .resolver, verdict: "open"),
    ]

    /// Places at which connections fail, and of each how many there are.
    enum Failing: Int, CaseIterable {
        case stalling, refused, unanswered, prohibited

        var places: Int {
            switch self {
            case .stalling: 4
            case .refused, .unanswered: 18
            case .prohibited: 10
            }
        }

        var port: UInt16 {
            switch self {
            case .stalling: 3128
            case .refused: 8443
            case .unanswered: 5432
            case .prohibited: 22
            }
        }
    }

    /// What becomes of whole blocks of these.
    static func written(conversations: Int) -> WrittenCapture {
        var verdicts: [String: Int] = [:]
        for kind in kinds { verdicts[kind.verdict, default: 0] += kind.count * (conversations / Self.conversations) }
        return WrittenCapture(
            packets: conversations / Self.conversations * packets, conversations: conversations, verdicts: verdicts)
    }
}

/// What the generator says that it wrote.
struct WrittenCapture {
    var packets: Int
    var conversations: Int
    var verdicts: [String: Int]
}
