import PacketWire

/// The host's own firewall refuses as a closed port does: with a reset, or port unreachable. Nothing that comes back tells
/// the two apart, so it is only ever a look-alike.
enum HostRefusesAlike: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        // Of this machine's own rules its kernel tells; a file does not.
        guard !observations.isLocalTarget || observations.facts.isOffline,
            let closed = PortClosed.examine(observations), !closed.isOnlyLookAlike
        else { return nil }
        let list = observations.transport == .tcp ? "ss -ltnp" : "ss -lunp"
        return Finding(
            "the host's own firewall refuses in the same words", .blocked, stage: .handshake, mechanism: .tcpReset,
            zones: [.destination], confidence: .weak, summary: "",
            whyNotExcluded: "what it sends is what a closed port sends",
            experiment:
                "on the host: does something listen on the port (\(list))? If it does, look at the host's rules",
            isOnlyLookAlike: true)
    }
}
