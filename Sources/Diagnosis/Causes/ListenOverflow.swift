import PacketWire

/// The target is this machine, and its kernel counts SYNs that it dropped because a listener's accept queue was full:
/// net/ipv4/tcp_input.c, tcp_conn_request. On any other host the same is as silent as a filter.
enum ListenOverflow: Cause {
    static var supersedes: Set<CauseID> { [HostDrop.id, PathDrop.id, TreatedOtherwise.id, ReturnPathLoss.id] }

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.isLocalTarget, observations.transport == .tcp, case .silence = observations.symptom,
            observations.tries > 0, !observations.outgoingDrops.contains(where: { $0.kind == .packetFilter }),
            let change = observations.facts.kernel.counters.first(where: { $0.name == "TcpExt.ListenOverflows" }),
            change.fits(UInt64(observations.tries))
        else { return nil }
        let port = observations.facts.target.port
        return Finding(
            "the accept queue is full", .blocked, stage: .handshake, mechanism: .listenOverflow, zones: [.destination],
            // Who watches drops would have seen a filter's.
            confidence: observations.hasWire && observations.facts.kernel.watchesDrops ? .strong : .likely,
            summary:
                "The service on port \(port) of this machine does not take up its connections: its accept queue is full, and"
                + " the kernel drops the SYN (\(observations.triesPhrase), and TcpExt.ListenOverflows rose by \(change.rise)).",
            advice: [
                "Look at the queue (ss -ltn 'sport = :\(port)': Recv-Q above Send-Q) and at why the program does not accept:"
                    + " blocked, out of descriptors, or too slow.",
                "A longer queue (listen(2), net.core.somaxconn) helps against bursts, and not against a program that stands still.",
            ],
            whyNotExcluded: "the kernel counts such drops, of whichever listener",
            experiment: "ss -ltn while probing: is it this port's queue that is full?")
    }
}
