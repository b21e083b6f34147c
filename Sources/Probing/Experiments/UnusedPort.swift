import Diagnosis

/// A port that nobody uses, tried once beside every connection that is answered: who accepts there accepts
/// everything, and that the port which was asked for is open means nothing. It is one SYN, and needs no time of its
/// own, for its answer comes while the connection is watched.
enum UnusedPort {
    static let name = "an unused port"
    static let question = "Does something answer for every port of the host?"

    /// In the middle of a range that IANA leaves to nobody and systems do not use for their own ends.
    static let port: UInt16 = 21_846

    /// Nil where it is the very port that was asked for.
    static func kind(besides kind: Attempt.Kind) -> Attempt.Kind? {
        guard case .tcp(let port) = kind, port != Self.port else { return nil }
        return .tcp(port: Self.port)
    }
}
