import PacketWire

/// Who stops what breaks the silence, where somebody says so: nobody has to guess then.
struct IdleStop {
    let zones: [Zone]
    let actor: IPAddress?
    let words: String
    var lookAlikes: [LookAlike] = []

    /// Nil where nobody says anything.
    init?(_ hold: IdleFacts.Hold, _ facts: Facts) {
        if let rejection = hold.rejection {
            let isOwn =
                rejection.sender == facts.attempts.first?.local?.address || rejection.sender == facts.route?.source
            let isHost = rejection.sender == facts.target.address
            zones = isOwn ? [.localEgress] : isHost ? [.destination, .path] : [.path]
            actor = rejection.sender
            let who = isOwn ? "this machine itself" : "\(rejection.sender)"
            words = "\(who) rejects what comes after that, with \(rejection.error.name)"
        } else if let failure = hold.failure, failure.isNamed("EPERM") {
            (zones, actor) = ([.localEgress], nil)
            words = "a filter of this machine does not let out what comes after that (EPERM)"
        } else if let failure = hold.failure, failure.isMadeByICMP {
            (zones, actor) = ([.path, .destination, .localEgress], nil)
            words = "what comes after that is rejected by ICMP (\(failure))"
            lookAlikes = [
                LookAlike(
                    cause: "a router, the host or this machine itself rejects it",
                    whyNotExcluded: "the socket does not say who sent the error",
                    experiment: "run with a capture (sudo, or setcap)")
            ]
        } else {
            return nil
        }
    }
}

extension SocketError {
    /// ICMP errors become these: net/ipv4/icmp.c, icmp_err_convert; net/ipv6/icmp.c, tab_unreach.
    fileprivate var isMadeByICMP: Bool {
        isNamed("ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EACCES", "EHOSTDOWN", "ENONET", "ENOPROTOOPT", "EPROTO")
    }
}
