import CaptureFile
import Conversations
import PacketWire

/// The addresses of the machine that a capture was made on, as far as the packets' directions prove them.
///
/// What it sent itself went out with a TTL that no router had lowered, and never came in. A router forwards what came in
/// on another interface, which the capture may not have: there the TTL tells. A bridge lowers none: there the link
/// address that packets come in for is not the one that they go out with, or the cooked header says that they were for
/// another host.
struct CapturingMachine: Sendable {
    private var sent: [IPAddress: MACAddress?] = [:]
    private var foreign: Set<IPAddress> = []

    /// Start values are above it.
    private static let shortest: UInt8 = 30
    /// Addresses that are told apart.
    private static let most = 4_096

    var addresses: Set<IPAddress> { Set(sent.keys).subtracting(foreign) }

    mutating func note(_ packet: Packet, passed direction: PacketFlags.Direction) {
        guard let source = packet.source, let destination = packet.destination, !source.isLoopback,
            let timeToLive = packet.timeToLive
        else { return }
        switch direction {
        case .outbound:
            // What is sent to die on the way, or not to leave the link, tells nothing.
            guard timeToLive > Self.shortest else { return }
            if timeToLive.routersPassed > 0 { return exclude(source) }
            if sent.count < Self.most, sent[source] == nil { sent[source] = .some(packet.link?.source) }
        case .inbound:
            exclude(source)
            if packet.link?.packetType == .toAnother { exclude(destination) }
            guard case .ethernet(let header) = packet.link, let own = sent[destination], let own,
                header.destination != own
            else { return }
            exclude(destination)
        }
    }

    private mutating func exclude(_ address: IPAddress) {
        if foreign.count < Self.most { foreign.insert(address) } else { sent[address] = nil }
    }
}

extension CaptureRecord {
    /// Which way the packet passed the interface: as the file says, or the cooked header (PACKET_OUTGOING and its like
    /// of linux/if_packet.h). Nil where neither does.
    func direction(of packet: Packet, in window: Span<UInt8>) -> PacketFlags.Direction? {
        guard let type = packet.link?.packetType else { return direction(in: window) }
        return switch type {
        case .fromUs: .outbound
        case .toUs, .toAnother: .inbound
        default: nil
        }
    }
}
