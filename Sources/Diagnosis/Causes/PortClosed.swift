import PacketWire

/// The host answers that nothing listens: a reset to the SYN (RFC 9293 section 3.10.7.1), port unreachable to
/// the datagram (RFC 1122 section 4.1.3.1).
enum PortClosed: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        // Of this machine's own filter's answers its kernel tells.
        if observations.dropBySelf != nil { return nil }
        let timeToLive: UInt8?
        let sender: IPAddress?
        let how: String
        switch observations.symptom {
        case .reset(let reply):
            if observations.hasWire, observations.sentOnWire == 0, observations.facts.route?.kind != .local,
                !observations.facts.isOffline
            {
                return nil
            }
            (timeToLive, sender) = (reply.timeToLive, observations.target)
            how = "answers \(observations.refusedPhrase) with a reset"
        case .refused:
            if observations.refusalMayBeHosts {
                return lookAlike(
                    "the answer comes from another address than the host's, and hosts with several answer by any of them",
                    "does the address that answers belong to the host (ip address show)? If not, it filters")
            }
            guard observations.transport == .udp, let refusal = observations.hostRefusal,
                refusal.error.meaning == .portUnreachable, !observations.isTranslatedHere
            else { return nil }
            (timeToLive, sender) = (refusal.timeToLive, refusal.sender)
            how = "answers port unreachable"
        default:
            return nil
        }
        let provenance = observations.provenance(of: timeToLive)
        if case .nearer = provenance {
            guard case .reset(let reply) = observations.symptom, observations.mayComeAnotherWay(reply) else {
                return nil
            }
            // It comes from one hop nearer than the host's other answers.
            return lookAlike(
                "where several ways of different lengths lead back, answers of one host differ by a hop",
                "on the host: does the service run (ss -ltnp), and does tcpdump see it send the reset?")
        }
        let checked =
            provenance == .sameAsHost && !observations.isLocalTarget
            ? ", from as far away as the host's other answers" : ""
        // Nobody looks for another host at a loopback address, and somebody else's machine is none.
        let isHere = observations.isLocalTarget && (!observations.facts.isOffline || observations.facts.isSavedProbe)
        let own = isHere ? observations.target.flatMap { $0.isLoopback ? nil : $0 } : nil
        let standing = observations.circumstances.standingConnections
        let here = observations.ownListeners
        if let here, here.atTarget.isEmpty { return nobodyHere(elsewhere: here.elsewhere, how, own, observations) }
        if let here, observations.mayListenForIPv6Alone { return forIPv6Alone(here.atTarget, how, observations) }
        return Finding(
            "nothing listens on the port", .closed, stage: .handshake, mechanism: .noListener, zones: [.destination],
            confidence: standing > 0 || here != nil ? .weak : .likely, afterHop: observations.refusalBounds.after,
            // Whose address it bears is known; whose it is, only where the distance fits.
            actor: provenance == .sameAsHost ? sender : nil,
            summary: "The host \(sender.map(\.description) ?? "") \(how)\(checked): nothing listens on"
                + " \(observations.transport.rawValue) port \(observations.facts.target.port) there"
                + (standing > 0
                    ? ", not any more, or not for new connections: \(standing) of this machine stand."
                    : here.map { ", or not for this: \(observations.phrase(ofListeners: $0.atTarget)) does now." }
                        ?? ".")
                + (own.map { " \($0) is an address of this machine itself." } ?? "") + observations.handedOnSentence,
            advice: (own.map { ["If another host is meant: \($0) is left over here (ip address show to \($0))."] } ?? [])
                // What a nat rule turns round here leaves by another way than to itself.
                + (isHere && observations.facts.kernel.translatesDestination && observations.sentOnWire == 0
                    ? [observations.publishedPortAdvice] : []) + [observations.handedOnAdvice].compactMap(\.self)
                + [
                    "On the host: is the service running, and bound to this address (ss -l\(observations.transport == .tcp ? "t" : "u")np)?",
                    "If it is: the host's own firewall refuses with a \(observations.transport == .tcp ? "reset" : "port unreachable"), which looks exactly the same from here.",
                ],
            whyNotExcluded: here == nil ? "" : "what listens may be bound to one interface, or have started since",
            experiment: here == nil
                ? "" : "ss -l\(observations.transport == .tcp ? "t" : "u")n: does its address bear an interface (%)?")
    }

    /// The target is this machine, and its kernel's own list has no socket that would take what is sent there.
    private static func nobodyHere(
        elsewhere: [IPAddress], _ how: String, _ own: IPAddress?, _ observations: Observations
    ) -> Finding {
        let (target, port) = (observations.target?.description ?? "", observations.facts.target.port)
        let name = "\(observations.transport.rawValue) port \(port)"
        let others = observations.phrase(ofListeners: elsewhere)
        return Finding(
            "nothing listens on the port", .closed, stage: .handshake, mechanism: .noListener, zones: [.destination],
            // A rule that leads connections elsewhere does so before the tap, and is known where the rules can be read.
            confidence: observations.sentOnWire > 0 || observations.facts.kernel.readsRules ? .proved : .strong,
            actor: observations.target,
            summary: "\(target) is this machine, and \(how): "
                + (elsewhere.isEmpty
                    ? "nothing here listens on \(name)."
                    : "what listens on \(name) does so at \(others), and not there."),
            advice: (elsewhere.isEmpty
                ? [
                    "Start the service, or look at which port it listens (ss -l\(observations.transport == .tcp ? "t" : "u")np)."
                ]
                : ["Connect to \(others), or bind the service to \(target) as well."])
                + (!observations.facts.kernel.readsRules && observations.sentOnWire == 0
                    ? [observations.publishedPortAdvice] : [])
                + (own.map { ["If another host is meant: \($0) is left over here (ip address show to \($0))."] } ?? []))
    }

    /// The target is this machine, and what listens there does so for IPv6: a rule that nobody sees could refuse IPv4 just so.
    private static func forIPv6Alone(_ listeners: [IPAddress], _ how: String, _ observations: Observations) -> Finding {
        let target = observations.target?.description ?? ""
        let port = observations.facts.target.port
        let name = "\(observations.transport.rawValue) port \(port)"
        let others = observations.phrase(ofListeners: listeners)
        let ss = "ss -l\(observations.transport == .tcp ? "t" : "u")n"
        let near = listeners.first.map { $0.isUnspecified ? Endpoint(.v6(.loopback), port).description : others }
        return Finding(
            "nothing listens on the port", .closed, stage: .handshake, mechanism: .noListener, zones: [.destination],
            confidence: .likely, actor: observations.target,
            summary: "\(target) is this machine, and \(how): what listens on \(name) does so at \(others), and that is"
                + " for IPv6 alone.",
            advice: [
                "Connect to \(near ?? others), or bind the service to 0.0.0.0 as well: \(ss) shows a socket that is for IPv6"
                    + " alone as [::]:\(port), and one for both as *:\(port)."
            ],
            whyNotExcluded: "what listens may be for IPv6 alone",
            experiment: "\(ss): a socket for both is shown as *:\(port), and one for IPv6 alone as [::]:\(port)")
    }

    private static func lookAlike(_ why: String, _ experiment: String) -> Finding {
        Finding(
            "nothing listens on the port", .closed, stage: .handshake, mechanism: .noListener, zones: [.destination],
            confidence: .weak, summary: "",
            whyNotExcluded: why, experiment: experiment,
            isOnlyLookAlike: true)
    }
}
