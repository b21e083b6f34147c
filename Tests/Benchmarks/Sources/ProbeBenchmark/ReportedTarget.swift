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
    var afterHop: Hop?
    var timing: Timing

    enum CodingKeys: String, CodingKey {
        case verdict, mechanism, timing
        case afterHop = "after_hop"
    }

    /// The lines of `probe --format ndjson`.
    static func all(in output: [UInt8]) throws -> [ReportedTarget] {
        try output.split(separator: 0x0A).map { try JSONDecoder().decode(Self.self, from: Data($0)) }
    }

    /// What the lab's firewall makes of its ports: silence after the third hop.
    var isPlacedDrop: Bool { verdict == "blocked" && mechanism == "silent-drop" && afterHop?.ttl == 3 }
}
