/// What an attempt was made for that is neither what was asked for, nor a control, nor part of a ladder: one
/// circumstance of the primary attempt is changed, everything else stays.
public enum Experiment: Sendable, Hashable {
    /// The same connection from another ephemeral source port. A second round uses the ports of the first again:
    /// what depends on the port fails again there, what is lost by chance does not.
    case sourcePort(round: Int)
    /// The same connection again, slowly: one a second, from fresh ports.
    case paced
    /// As many at once as in the first round, from fresh ports: what a limit did to the first burst it does again.
    case burstAgain
    /// The same connection from a port below 1024.
    case privilegedPort
    /// The same connection from another address of this machine.
    case otherSource
    /// The same connection with one thing of its SYN changed.
    case variant(SYNVariant)
    /// The first failing attempt once more, at the end.
    case rerun
    /// A control that passed, once more, at the end: did probing itself get us shut out?
    case controlRerun
    /// A port that nobody uses: who accepts there accepts everything.
    case unusedPort
    /// One of several connections that are held open together: is there a most?
    case held(HeldStep)
    /// The same connection, and another ClientHello behind it.
    case hello(HelloVariant)

    /// The port that is tried as one that nobody uses: in the middle of a range that IANA leaves to nobody and systems
    /// do not use for their own ends. A saved probe knows its own try by it.
    public static let portOfNobody: UInt16 = 21_846

    /// Whether it is another try of exactly what was asked for.
    public var repeatsPrimary: Bool {
        switch self {
        case .sourcePort, .paced, .burstAgain, .rerun: true
        case .privilegedPort, .otherSource, .variant, .controlRerun, .unusedPort, .held, .hello: false
        }
    }
}

/// What a connection of a held group is for.
public enum HeldStep: Sendable, Hashable {
    /// It is one of the group.
    case one
    /// It comes when time has passed, and the group still stands.
    case whileHeld
    /// It comes at once after the group was let go.
    case afterRelease
}

/// One change to the kernel's own SYN; everything else stays as the kernel made it.
public enum SYNVariant: String, Sendable, Hashable, CaseIterable {
    /// Nothing changed: shows that it is not the crafting that makes the difference.
    case unchanged = "unchanged"
    /// Without ECE and CWR (RFC 3168 section 6.1.1).
    case withoutECN = "without ECN"
    /// Without timestamps (RFC 7323 section 3).
    case withoutTimestamps = "without timestamps"
    /// Without window scaling (RFC 7323 section 2).
    case withoutWindowScale = "without window scaling"
    /// Without SACK-permitted (RFC 2018 section 2).
    case withoutSelectiveAcknowledgement = "without SACK"
    /// With MSS and nothing else.
    case withMaximumSegmentSizeOnly = "with MSS only"
}
