import FoundationEssentials

/// The part of a target's diagnosis that says whether the thing measured was the thing meant.
struct ReportedTarget: Decodable {
    struct Hop: Decodable {
        var ttl: Int
    }

    struct Timing: Decodable {
        var handshake: Double?

        enum CodingKeys: String, CodingKey {
            case handshake = "handshake_ms"
        }
    }

    var verdict: String
    var mechanism: String?
    var zones: [String]
    var afterHop: Hop?
    var beforeHop: Hop?
    var timing: Timing

    enum CodingKeys: String, CodingKey {
        case verdict, mechanism, zones, timing
        case afterHop = "after_hop"
        case beforeHop = "before_hop"
    }

    /// The lines of `probe --format ndjson`.
    static func all(in output: [UInt8]) throws -> [ReportedTarget] {
        try output.split(separator: 0x0A).map { try JSONDecoder().decode(Self.self, from: Data($0)) }
    }

    /// What the lab's firewall does, wherever it is thought to be.
    var isSilentDrop: Bool { verdict == "blocked" && mechanism == "silent-drop" }

    /// The lab's firewall is the third hop, and the server the fourth.
    var isPlacedRightly: Bool { isSilentDrop && afterHop?.ttl == 3 && beforeHop?.ttl == 4 }

    /// No place is modest; another one is wrong.
    var isPlacedWrongly: Bool { !isPlacedRightly && (afterHop != nil || beforeHop != nil || zones.count == 1) }
}
