import Conversations
import PacketWire

/// Whoever has the address may hand a port on to a container, or to a machine behind it, whose answers then come from
/// farther away; what the holder says itself does not: a reset for a connection that it no longer hands on, say.
extension Facts {
    /// Routers that answers had passed which a port forward does not take: an echo reply, else the reset of a port that
    /// nobody uses. Nil where neither came, or its TTL is not known.
    var holderDistance: Int? {
        let echo = attempts.first { $0.purpose == .control && $0.kind == .echo && $0.isPassing }
        let unused = attempts.first { attempt in
            guard attempt.purpose == .experiment(.unusedPort), case .reset = attempt.answer else { return false }
            return true
        }
        return (echo?.answer.hostDistance ?? unused?.answer.hostDistance).map { $0 - 1 }
    }
}

/// How far a reset in mid-connection was made, beside what the far end had said before it; in routers passed.
struct ResetDistance: Hashable {
    var reset: Int
    var answer: Int
    /// As `Facts.holderDistance` has it.
    var holder: Int?

    /// It is nearer than the connection's other end, and may be the word of whoever hands the port on to that end: it
    /// comes from no nearer than the holder of the address, or, where that place is not known, from just one router before.
    var mayBeHolders: Bool {
        guard reset < answer else { return false }
        return holder.map { $0 <= reset } ?? (answer - reset == 1)
    }

    /// `, from one router nearer than the SYN-ACK: of …`
    ///
    /// - Parameter reference: `the SYN-ACK`
    func phraseOfHolder(beside reference: String) -> String {
        let place =
            holder == reset
            ? "from as far away as what the host answers itself, and nearer than \(reference)"
            : answer - reset == 1
                ? "from one router nearer than \(reference)" : "from \(answer - reset) routers nearer than \(reference)"
        return
            ", \(place): of a box before the host, or of the host, where it hands the port on to a container or machine behind it"
    }

    /// What to look at where it may be the holder's.
    static func advice(of target: Target) -> String {
        "Find out whether \(target.address.map(\.description) ?? target.host) hands \(target.transport.rawValue) port"
            + " \(target.port) on (the published port of a container, a port forward, a load balancer), and whether what is"
            + " behind it has been restarted or taken away; if it does not, ask whoever runs what stands one hop before it."
    }
}
