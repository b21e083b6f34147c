/// One change to the ClientHello of a target whose TLS failed; the address, the port and everything else stay.
///
/// The raw value is the report's name for it.
public enum HelloVariant: String, Sendable, Hashable, CaseIterable {
    /// A name that nobody can have (RFC 2606 section 2), as long as the target's own.
    case otherName = "other-name"
    case withoutName = "no-name"
    case withoutALPN = "no-alpn"
    case withALPN = "alpn"
    /// TLS 1.2 and nothing newer.
    case olderVersion = "tls-1.2"
    /// Few ciphers and groups, and no key beyond one of 32 bytes.
    case small = "small"
    /// The small one in two segments: beside it, what is longer than a segment stands alone.
    case smallInTwo = "small-in-two-segments"
    /// Longer than a segment can be, as with a post-quantum key share.
    case large = "large"
    /// Two segments, cut in the middle of the name where there is one.
    case inTwo = "in-two-segments"
    /// The same, with a pause between.
    case inTwoWithPause = "in-two-segments-with-a-pause"
    /// The whole of a large one in segments of a few hundred bytes: no packet is full.
    case inSmallSegments = "in-small-segments"
    /// The certificate is not minded, so that the server's own clock can be asked for.
    case unverified = "certificate-overlooked"
    /// Nothing changed: did the world change meanwhile?
    case unchanged = "unchanged"

    /// Those that leave in several segments, none of which is as long as the hello.
    static let inPieces: Set<HelloVariant> = [.smallInTwo, .inTwo, .inTwoWithPause, .inSmallSegments]

    /// In a sentence: `the hello with another name`.
    public var phrase: String {
        switch self {
        case .otherName: "with another name"
        case .withoutName: "without a name"
        case .withoutALPN: "without ALPN"
        case .withALPN: "with ALPN"
        case .olderVersion: "for TLS 1.2 only"
        case .small: "made small"
        case .smallInTwo: "made small, in two segments"
        case .large: "made longer than a segment"
        case .inTwo: "in two segments"
        case .inTwoWithPause: "in two segments with a pause between"
        case .inSmallSegments: "in small segments"
        case .unverified: "with the certificate overlooked"
        case .unchanged: "once more, unchanged"
        }
    }
}

/// One hello of the matrix, on a connection of its own, and what came of it.
public struct HelloTrial: Sendable, Hashable {
    public var variant: HelloVariant
    /// The connection's place among the attempts.
    public var attempt: Int
    public var tls: TLSFact
    /// The frames that show it, where it was read from a capture.
    public var shownBy: [Int] = []

    public init(_ variant: HelloVariant, attempt: Int, _ tls: TLSFact) {
        self.variant = variant
        self.attempt = attempt
        self.tls = tls
    }

    /// One that a capture shows, and no attempt of ours.
    public init(_ variant: HelloVariant, shownBy frames: [Int], _ tls: TLSFact) {
        self.init(variant, attempt: -1, tls)
        shownBy = frames
    }
}

extension TLSFact {
    /// A ServerHello came: the hello was read, and liked.
    public var isAccepted: Bool { version != nil }

    /// A ServerHello or an alert came: the hello was read.
    public var isRead: Bool {
        if case .alert(_, byPeer: true) = outcome { return true }
        return isAccepted
    }

    /// A hello that needs a second segment: RFC 6691 section 2 leaves 1,460 bytes of a usual packet, some tunnels 1,200.
    public var isLarge: Bool { Self.isLarge(helloLength) }

    package static func isLarge(_ length: Int) -> Bool { length > 1_200 }
}
