public import Conversations
public import PacketWire

/// Which packets count: by host, port and time. A packet passes when it has one of the hosts and one of the ports; an
/// ICMP error is judged by the packet that it quotes.
///
/// Before the first packet is known, moments of a clock are not: a filter with such a moment is asked after
/// `resolved(firstPacket:)`.
public struct PacketFilter: Sendable, Hashable {
    public var hosts: Set<IPAddress> = []
    public var ports: Set<UInt16> = []
    public var since: CaptureMoment?
    public var until: CaptureMoment?

    public init() {}

    public var isEverything: Bool { hosts.isEmpty && ports.isEmpty && since == nil && until == nil }

    /// With every moment counted from the first packet. What ends by a time of day ends at the first such time after
    /// its beginning: from 23:00 until 01:00 is two hours.
    ///
    /// - Parameter firstPacket: nanoseconds since 1970.
    public func resolved(firstPacket: Int64) -> PacketFilter {
        var filter = self
        let begin = since?.instant(firstPacket: firstPacket, notBefore: .zero)
        let end = until?.instant(firstPacket: firstPacket, notBefore: max(.zero, begin ?? .zero))
        filter.since = begin.map { .afterStart($0 - .zero) }
        filter.until = end.map { .afterStart($0 - .zero) }
        return filter
    }

    /// Nothing that comes then counts any more.
    func isPast(_ at: Instant) -> Bool {
        if case .afterStart(let span)? = until { at > .zero + span } else { false }
    }

    public func accepts(_ packet: Packet, at: Instant) -> Bool {
        if case .afterStart(let span)? = since, at < .zero + span { return false }
        if isPast(at) { return false }
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
