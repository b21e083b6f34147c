public import PacketWire

/// What one packet says about who holds an address on the link: ARP (RFC 826) and neighbour discovery (RFC 4861)
/// are the same idea.
public enum AddressResolution: Sendable, Hashable {
    /// Somebody asks for the holder of the address.
    case request(IPAddress, sender: IPAddress)
    /// The holder answers.
    case answer(IPAddress, MACAddress?)
    /// Probes and announcements of one's own address, router discovery: nobody is meant to answer.
    case other

    /// Nil for packets that are not about address resolution.
    public init?(_ packet: Packet) {
        if let arp = packet.arp {
            switch arp.operation {
            case .request where !arp.isProbe && !arp.isAnnouncement:
                self = .request(.v4(arp.targetAddress), sender: .v4(arp.senderAddress))
            case .reply:
                self = .answer(.v4(arp.senderAddress), arp.senderHardwareAddress)
            default:
                self = .other
            }
            return
        }
        guard let message = packet.icmp?.neighborDiscovery else { return nil }
        switch message.type {
        case .neighborSolicitation:
            // Duplicate address detection asks without an address of its own (RFC 4862 section 5.4).
            guard let sender = packet.source, sender != .v6(.any) else {
                self = .other
                return
            }
            self = .request(.v6(message.target), sender: sender)
        case .neighborAdvertisement:
            self = .answer(.v6(message.target), message.targetLinkAddress)
        default:
            self = .other
        }
    }
}
