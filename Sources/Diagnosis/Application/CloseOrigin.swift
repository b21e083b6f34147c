import Conversations
import PacketWire

/// Whose FIN it is that ended a connection, as far as its distance tells.
package enum CloseOrigin: Hashable {
    /// The wire does not show it: a proxy on the way that nobody named closes as the server does.
    case unseen
    /// As far away as the SYN-ACK, or what the SYN-ACK was is not known.
    case far
    /// It passed fewer routers than the SYN-ACK of the same connection.
    case nearer(hop: Int, routersFewer: Int)

    init(_ packets: [SeenPacket], orElse other: CloseOrigin) {
        let answers = packets.filter { !$0.fromInitiator && $0.tcp != nil }
        guard let end = answers.first(where: { $0.tcp?.flags.contains(.fin) ?? false })?.timeToLive.routersPassed else {
            self = other
            return
        }
        let answer = answers.first { $0.tcp?.flags.contains(.syn) ?? false }?.timeToLive.routersPassed
        if let answer, end < answer {
            self = .nearer(hop: end + 1, routersFewer: answer - end)
        } else {
            self = .far
        }
    }

    /// Nil where it may be the server's.
    ///
    /// - Parameter what: `the ClientHello for example.com`
    func problem(_ what: String, stage: Stage, advice: [String]) -> ApplicationFinding.Problem? {
        guard case .nearer(let hop, let routersFewer) = self else { return nil }
        return ApplicationFinding.Problem(
            verdict: .interfered, stage: stage, mechanism: .answeredByMiddlebox, zones: [.path],
            // One router fewer is also what another of several ways back makes of it.
            confidence: routersFewer > 1 ? .strong : .likely,
            summary:
                "The connection was opened, and upon \(what) a FIN in the server's name ended it, from about hop \(hop), nearer than the SYN-ACK: it was put in on the way.",
            advice: advice)
    }
}
