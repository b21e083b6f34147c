import PacketWire

/// Every local port that the kernel may choose is taken by connections to this very destination, those in TIME-WAIT
/// included: net/ipv4/inet_hashtables.c, __inet_hash_connect, gives EADDRNOTAVAIL.
enum LocalPortsUsedUp: Cause {
    static let supersedes: Set<CauseID> = ["LocalFailure"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .localError(let error, _) = observations.symptom, error.isNamed("EADDRNOTAVAIL", "EAGAIN"),
            let ports = observations.circumstances.localPorts
        else { return nil }
        // A datagram's port must be free for any destination; a connection's for this one only.
        let held = observations.transport == .udp ? ports.held : ports.heldToDestination
        // Reserved ports are not chosen either, and are not counted: nearly all must do.
        guard held > 0, held >= ports.size - ports.size / 20 else { return nil }
        let range = "\(ports.range.lowerBound)-\(ports.range.upperBound)"
        return Finding(
            "the local ports are used up", .failed, stage: .handshake, zones: [.localEgress], confidence: .proved,
            summary: "This machine has no free local port for \(observations.name): \(held) of the \(ports.size) in"
                + " \(range) are held\(observations.transport == .tcp ? " by connections to it" : "") (\(error)).",
            advice: [
                "See who holds them (ss -tan dst \(observations.target.map(\.description) ?? "ADDRESS")): a client that opens"
                    + " a connection for every request needs keep-alive, another source address, or a wider"
                    + " net.ipv4.ip_local_port_range."
            ])
    }
}
