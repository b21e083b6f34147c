import Diagnosis

/// A port that nobody uses, tried once beside every connection that is answered: who accepts there accepts
/// everything, and that the port which was asked for is open means nothing. It is one SYN, and needs no time of its
/// own, for its answer comes while the connection is watched.
enum UnusedPort {
    static let name = "an unused port"
    static let question = "Does something answer for every port of the host?"

    /// Nil where it is the very port that was asked for.
    static func kind(besides kind: Attempt.Kind) -> Attempt.Kind? {
        guard case .tcp(let port) = kind, port != Experiment.portOfNobody else { return nil }
        return .tcp(port: Experiment.portOfNobody)
    }
}
