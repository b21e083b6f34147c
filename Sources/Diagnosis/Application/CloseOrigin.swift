import Conversations
import PacketWire

/// Whose FIN it is that ended a connection, as far as the packets beside it tell.
package enum CloseOrigin: Hashable {
    /// The wire does not show it: a proxy on the way that nobody named closes as the server does.
    case unseen
    /// As far away as the SYN-ACK, or what the SYN-ACK was is not known.
    case far
    /// The same, and it bears the next number of the server's own count.
    case counted
    /// It passed fewer routers than the SYN-ACK of the same connection.
    case nearer(hop: Int, routersFewer: Int)
    /// The far end's TCP goes on as if it had not sent it.
    case disowned(frame: Int)

    init(_ packets: [SeenPacket], orElse other: CloseOrigin) {
        let answers = packets.filter { !$0.fromInitiator && $0.tcp != nil }
        guard let end = answers.first(where: { $0.tcp?.flags.contains(.fin) ?? false }) else {
            self = other
            return
        }
        let distance = end.timeToLive.routersPassed
        let answer = answers.first { $0.tcp?.flags.contains(.syn) ?? false }?.timeToLive.routersPassed
        if let answer, distance < answer {
            self = .nearer(hop: distance + 1, routersFewer: answer - distance)
        } else if let frame = packets.frameThatDisowns {
            self = .disowned(frame: frame)
        } else {
            self = ResetNumbering(of: end, among: answers) == .continues ? .counted : .far
        }
    }

    /// Whether a box on the way may have sent it: such boxes copy the distance.
    var mayBeForged: Bool { self != .counted }

    private static let inDoubt = "On the server: does tcpdump see it send the FIN? If not, a filter on the way does."

    /// Nil where it may be the server's.
    ///
    /// - Parameter what: `the ClientHello for example.com`
    func problem(_ what: String, stage: Stage, advice: [String]) -> ApplicationFinding.Problem? {
        let upon = "The connection was opened, and upon \(what) a FIN in the server's name ended it"
        var problem = ApplicationFinding.Problem(
            verdict: .interfered, stage: stage, mechanism: .answeredByMiddlebox, zones: [.path],
            confidence: .strong, summary: upon,
            advice: [
                "Ask whoever runs the filters between here and there for one that ends connections upon \(what): the server did"
                    + " not send that FIN."
            ])
        switch self {
        case .unseen, .far, .counted: return nil
        case .nearer(let hop, let routersFewer):
            // One router fewer is also what another of several ways back makes of it.
            if routersFewer < 2 {
                problem.confidence = .likely
                problem.advice = [Self.inDoubt] + advice
            }
            problem.summary += ", from about hop \(hop), nearer than the SYN-ACK: it was put in on the way."
        case .disowned(let frame):
            problem.summary +=
                ", of which the server's own TCP knows nothing (frame \(frame)): it was put in on the way."
        }
        return problem
    }
}
