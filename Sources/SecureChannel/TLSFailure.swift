public import PacketWire

/// Why a session has no future. The peer's faults and its refusals: results, not errors of ours.
public enum TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The peer gives up and says why.
    case alertReceived(TLSAlert)
    /// The peer's certificates do not pass, and the alert that was sent to say so.
    case verification([TLSVerificationFailure], sent: TLSAlert?)
    /// What came first is no TLS record: the first bytes, as far as they had come.
    case notTLS(firstBytes: NetworkText)
    /// The peer ended its stream in the middle of the handshake, behind this message; nil when none had come.
    case unexpectedEnd(after: TLSHandshakeType?)
    /// The peer said something that must not be said, and the alert that was sent for it.
    case alertSent(TLSAlert, reason: NetworkText)
    /// The library gives up without an alert: its own words.
    case other(reason: NetworkText)

    public var description: String {
        switch self {
        case .alertReceived(let alert): "the peer sent the alert \(alert.code)"
        case .verification(let failures, _):
            failures.first.map(String.init(describing:)) ?? "the certificates do not pass"
        case .notTLS(let firstBytes): "the peer does not speak TLS: its first bytes are '\(firstBytes)'"
        case .unexpectedEnd(let message?): "the peer closed the connection behind its \(message)"
        case .unexpectedEnd(nil): "the peer closed the connection without an answer to the ClientHello"
        case .alertSent(let alert, let reason): "\(reason) (answered with the alert \(alert.code))"
        case .other(let reason): "\(reason)"
        }
    }
}

/// How an established session ended.
public enum TLSClosure: Sendable, Hashable {
    /// The peer sent close_notify.
    case byPeer
    /// The peer's stream ended without close_notify: what it sent may be incomplete.
    case withoutNotice
    /// This side closed it.
    case byUs
}
