/// Something that a box on the way made of our packet, as the next router that quotes it shows.
public struct PathChange: Sendable, Hashable {
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case sourceAddress = "source-address"
        case sourcePort = "source-port"
        case destinationAddress = "destination-address"
        case destinationPort = "destination-port"
        /// TTL or hop limit.
        case timeToLive = "ttl"
        /// RFC 2474.
        case dscp
        /// RFC 3168: the two bits of the IP header, and ECE and CWR of a SYN.
        case ecn
        case sequenceNumber = "sequence-number"
        case maximumSegmentSize = "mss"
        case windowScale = "window-scale"
        case sackPermitted = "sack-permitted"
        case timestamps
    }

    public var field: Field
    /// What it was as far as the last quote before shows, in words: `198.51.100.2`, `1460`, `absent`.
    public var before: String
    public var after: String
    /// The last hop whose quote shows it unchanged; nil is this machine's own tap.
    public var afterHop: Hop?
    /// The hop whose quote shows it.
    public var seenAt: Hop
    /// The packet as it left, and the error that quotes it.
    public var frames: [Int]

    public init(field: Field, before: String, after: String, afterHop: Hop?, seenAt: Hop, frames: [Int]) {
        self.field = field
        self.before = before
        self.after = after
        self.afterHop = afterHop
        self.seenAt = seenAt
        self.frames = frames
    }

    /// A SYN's offer that did not get through: both ends must do without it from then on.
    public var isStripped: Bool {
        switch field {
        case .maximumSegmentSize, .windowScale, .sackPermitted, .timestamps: after == Self.absent
        default: false
        }
    }

    static let absent = "absent"
    static let present = "present"
}
