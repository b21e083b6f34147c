import PacketWire

/// The far host receives the packet and says nothing: its own firewall drops it, or the host is not there.
enum HostDrop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isStoppedShortOfHost
        else { return nil }
        if let arrival = arrival(observations) { return arrival }
        let alone = observations.passingControl == nil
        // A full accept queue is as silent as a filter: Linux drops the SYN (net/ipv4/tcp_input.c, tcp_conn_request).
        let listens = observations.ownListeners.map { !$0.atTarget.isEmpty }
        let mayQueue = observations.transport == .tcp && !alone && listens != false
        let isFound = observations.isFoundOnLink
        let missing = alone && !isFound ? observations.missingBesidePhrase : nil
        return Finding(
            !alone
                ? "the host's own firewall drops it"
                : isFound
                    ? "the host's own firewall drops everything"
                    : "the host is down, or its firewall drops everything",
            .blocked, stage: .handshake, mechanism: .silentDrop, zones: [.destination],
            confidence: alone ? .weak : .likely, afterHop: observations.path.lastAnswering,
            summary: observations.isLocalTarget
                ? "The \(observations.packetName) gets no answer, and does not leave the machine, which is the target itself:"
                    + " its own rules drop it"
                    + (mayQueue
                        ? ", or the queue of what listens is full."
                        : listens == false
                            ? ", or lead it elsewhere, for nothing here listens on the port, and that would be refused."
                            : ".")
                : "The \(observations.packetName) \(observations.silencePhrase).",
            advice: observations.isLocalTarget
                ? [
                    "Look at the INPUT and PREROUTING rules of this machine (nft list ruleset, iptables -S)"
                        + (mayQueue ? " and at the queue (ss -ltn: Recv-Q above Send-Q)." : ".")
                ] + (listens == false ? [observations.publishedPortAdvice] : [])
                : observations.isTapNearHost
                    ? [
                        "On the host: does tcpdump see the \(observations.packetName)? If yes, look at its own rules and full queues"
                            + " (nstat TcpExtListenDrops), and at its way back; if no, at what filters right before it."
                    ] : [],
            whyNotExcluded: alone
                ? isFound
                    ? "\(observations.linkProtocolName) for it is answered, which few firewalls stop, and which another may do in"
                        + " its place (proxy ARP); nothing else of it answers"
                    : missing ?? "nothing of the host answers, and no router says that it is missing"
                : observations.path.isEmpty || observations.path.lastAnswering == nil
                    ? "the host is there, and one that drops\(mayQueue ? ", or whose accept queue is full," : "") is as silent as a filter before it"
                    : "the packets get as far as the last router before the host, and a host that drops"
                        + (mayQueue ? ", or whose accept queue is full, is silent too" : " is silent too"),
            experiment: missing == nil
                ? "run a capture on the host while probing"
                    + (mayQueue ? "; look there at the queue (ss -ltn: Recv-Q above Send-Q)" : "")
                : "probe \(observations.target.map(\.description) ?? "it") alone: a router that misses it then has an error to spare",
            // On this machine itself there is no other place for it, and no likelier one than behind a tap beside it.
            isOnlyLookAlike: !observations.isLocalTarget && !observations.isTapNearHost
                || observations.transport == .udp || !observations.isAnswerDue)
    }

    /// The target is this machine: its kernel says what became of a packet that left and arrived at once.
    private static func arrival(_ observations: Observations) -> Finding? {
        guard observations.leftThisMachine, let drop = observations.dropBySelf else { return nil }
        return Finding(
            "the host's own firewall drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            zones: [.destination], confidence: .proved,
            summary:
                "This machine is the target, and drops the \(observations.packetName) as it arrives: \(drop.phrase).",
            advice: ["Look at the INPUT and PREROUTING rules of this machine (nft list ruleset, iptables -S)."])
    }
}
