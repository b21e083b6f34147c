/// What was seen since the connection last made progress.
struct StallWatch: Sendable, Hashable {
    struct Evidence: OptionSet, Sendable, Hashable {
        var rawValue: UInt8

        static let initiatorSpoke = Evidence(rawValue: 1)
        static let responderSpoke = Evidence(rawValue: 2)
        static let initiatorClosedWindow = Evidence(rawValue: 4)
        static let responderClosedWindow = Evidence(rawValue: 8)
        static let initiatorTooBig = Evidence(rawValue: 16)
        static let responderTooBig = Evidence(rawValue: 32)
        /// The connection is past its handshake.
        static let isEstablished = Evidence(rawValue: 64)

        static func spoke(_ fromInitiator: Bool) -> Evidence { fromInitiator ? .initiatorSpoke : .responderSpoke }
        static func closedWindow(_ fromInitiator: Bool) -> Evidence {
            fromInitiator ? .initiatorClosedWindow : .responderClosedWindow
        }
        static func tooBig(_ fromInitiator: Bool) -> Evidence { fromInitiator ? .initiatorTooBig : .responderTooBig }
    }

    /// What one end repeated since then.
    struct Repeats: Sendable, Hashable {
        var retransmissions: UInt16 = 0
        var keepAlives: UInt16 = 0
        /// Payloads of what was sent again.
        var largest: UInt16 = 0
        var smallest = UInt16.max
        /// Retransmissions that the other end cannot take, for their numbers.
        var outside: UInt16 = 0
    }

    var progressAt = Instant.zero
    var progressFrame: UInt32 = 0
    var latestFrame: UInt32 = 0
    /// When a keep-alive was last answered, which is no progress and shows that both ends are there; zero for never.
    var heardAt = Instant.zero
    var heardFrame: UInt32 = 0
    var evidence: Evidence = []
    var initiator = Repeats()
    var responder = Repeats()

    mutating func begin(at segment: TCPSegment) {
        progressAt = segment.at
        progressFrame = segment.frame
    }

    /// Forgets what was seen, but not that the handshake is over.
    @inline(__always)
    mutating func restart(at segment: TCPSegment) {
        begin(at: segment)
        if evidence != .isEstablished { evidence = evidence.intersection(.isEstablished) }
        if initiator.retransmissions | initiator.keepAlives != 0 { initiator = Repeats() }
        if responder.retransmissions | responder.keepAlives != 0 { responder = Repeats() }
    }

    subscript(fromInitiator fromInitiator: Bool) -> Repeats { fromInitiator ? initiator : responder }
}
