import Conversations
import PacketWire

/// Echo replies are the host's own where connections are taken by something nearer, and so they are what TTLs are compared
/// with. But echoes may come back by a longer way, and a box may set the TTL of TCP's answers anew.
extension Facts {
    /// Whatever TCP of the host answers comes from one distance, several ports of it, and its echo replies from another:
    /// either something nearer takes every port, or the two come back in different ways. A ladder of echoes tells.
    public var isEchoAlone: Bool {
        guard let own = attempts.first, own.kind.transport == .tcp, let distance = own.answer.hostDistance,
            let echo = echoDistance, echo != distance
        else { return false }
        let others = attempts.filter { attempt in
            attempt.kind.transport == .tcp
                && (attempt.purpose == .control || attempt.purpose == .experiment(.unusedPort))
        }.compactMap(\.answer.hostDistance)
        return !others.isEmpty && others.allSatisfy { $0 == distance }
    }

    private var echoDistance: Int? {
        attempts.first { $0.purpose == .control && $0.kind == .echo && $0.isPassing }?.answer.hostDistance
    }

    /// The hop at which echoes are answered, and none nearer; nil where no ladder of them was walked so far.
    var echoEnd: Int? {
        attempts.compactMap { attempt -> Int? in
            guard case .controlRung(let timeToLive) = attempt.purpose, attempt.kind == .echo, attempt.isPassing else {
                return nil
            }
            return timeToLive
        }.min()
    }
}
