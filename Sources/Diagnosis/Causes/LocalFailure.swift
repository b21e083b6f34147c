import PacketWire

/// Any other local error: nothing was tried, so nothing is known about the target.
enum LocalFailure: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, _) = observations.symptom,
            observations.primary?.socket?.isErrorBehindHandshake != true
        else { return nil }
        if let group = group(observations) { return group }
        return Finding(
            "it could not be tried", .failed, stage: .route, zones: [.localEgress], confidence: .likely,
            summary: "It could not be tried: \(error.meaning) (\(error)).",
            advice: [held(error, observations) ?? Self.advice(error)])
    }

    /// The port that a person asked for is somebody else's.
    private static func held(_ error: SocketError, _ observations: Observations) -> String? {
        guard error.name == "EADDRINUSE", let port = observations.facts.sourcePort else { return nil }
        let flag = observations.transport == .tcp ? "t" : "u"
        return "Port \(port) of this machine, which was asked for as the source, is held by something else: see by what"
            + " (ss -\(flag)anp 'sport = :\(port)'), and free it, or ask from another port."
    }

    /// A connection has two ends: to an address of many the kernel begins none (net/ipv4/tcp_ipv4.c, tcp_v4_connect).
    private static func group(_ observations: Observations) -> Finding? {
        let what: String
        switch observations.facts.route?.kind {
        case .broadcast where observations.transport == .tcp: what = "a broadcast address"
        case .multicast where observations.transport == .tcp: what = "the address of a group (multicast)"
        default: return nil
        }
        return Finding(
            "it could not be tried", .failed, stage: .route, zones: [.localEgress], confidence: .proved,
            summary:
                "It could not be tried: \(observations.target.map(\.description) ?? "the target") is \(what) here, and TCP"
                + " connects to one host.",
            advice: [
                "Name one host. If this is meant to be one: the prefix length of this machine's address is wrong"
                    + " (ip address show, ip route get \(observations.target.map(\.description) ?? "ADDRESS"))."
            ])
    }

    private static func advice(_ error: SocketError) -> String {
        switch error.name {
        case "EADDRNOTAVAIL":
            "Check the source address, and whether free local ports are left for this destination (ss -s)."
        case "EMFILE": "Raise the limit of open descriptors (ulimit -n), or probe fewer targets at once."
        case "ENETDOWN": "Bring the interface up (ip link)."
        default: "Look up \(error.name) for this system call; the target itself is not known to be at fault."
        }
    }
}
