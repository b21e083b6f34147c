public import Conversations
public import PacketWire

/// Which packets count: by host, port and time. A packet passes when it has one of the hosts and one of the ports; an
/// ICMP error is judged by the packet that it quotes.
public struct PacketFilter: Sendable, Hashable {
    public var hosts: Set<IPAddress> = []
    public var ports: Set<UInt16> = []
    /// From the capture's first packet on.
    public var since: Instant?
    public var until: Instant?

    public init() {}

    public var isEverything: Bool { hosts.isEmpty && ports.isEmpty && since == nil && until == nil }

    public func accepts(_ packet: Packet, at: Instant) -> Bool {
        if let since, at < since { return false }
        if let until, at > until { return false }
        guard !hosts.isEmpty || !ports.isEmpty else { return true }
        let quoted = packet.icmp?.quoted
        if !hosts.isEmpty {
            let seen = [packet.source, packet.destination, quoted?.source, quoted?.destination]
            guard seen.contains(where: { $0.map(hosts.contains) ?? false }) else { return false }
        }
        // A fragment's ports are known when it has come to the others.
        guard !ports.isEmpty, packet.fragment?.isAtomic ?? true else { return true }
        let flow = packet.flow ?? quoted?.flow
        guard let flow else { return false }
        return ports.contains(flow.source.port) || ports.contains(flow.destination.port)
    }
}
