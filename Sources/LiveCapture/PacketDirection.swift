public import PacketWire

/// Which way a packet went, as its interface saw it.
public enum PacketDirection: Sendable, Hashable {
    case inbound
    case outbound

    /// What a cooked header says of its packet (captures on "any"); nil on every other link type, whose frames do
    /// not tell.
    ///
    /// Packet type 4 is PACKET_OUTGOING of include/uapi/linux/if_packet.h: two bytes at 0 in the first version of
    /// the header, one byte at 10 in the second.
    init?(cooked bytes: Span<UInt8>, linkType: LinkType) {
        switch linkType {
        case .linuxSLL where bytes.count >= 2: self = bytes[0] == 0 && bytes[1] == 4 ? .outbound : .inbound
        case .linuxSLL2 where bytes.count >= 11: self = bytes[10] == 4 ? .outbound : .inbound
        default: return nil
        }
    }

    /// What the addresses of an Ethernet frame say: it bears ours as its source, or as its destination. Nil for
    /// everything else: groups, and what a bridge or a macvlan of this machine passes on for others.
    init?(ethernet bytes: Span<UInt8>, own: MACAddress) {
        guard bytes.count >= 12 else { return nil }
        if bytes.address(at: 6) == own.rawValue {
            self = .outbound
        } else if bytes.address(at: 0) == own.rawValue {
            self = .inbound
        } else {
            return nil
        }
    }
}

/// How the direction of an interface's frames is told while much is recorded.
///
/// libpcap does not hand on the kernel's own packet type. A handle for each direction would give it, at the price of
/// a second buffer in the kernel, and of two streams of blocks that no longer stand in the order of time. So the
/// cooked header is read where there is one, and the link addresses elsewhere; where these say nothing, nothing is
/// said. A frame that was forged with our own address counts as ours.
public struct DirectionRule: Sendable, Hashable {
    private let linkType: LinkType
    private let ownAddress: MACAddress?

    /// - Parameter ownAddress: nil where source addresses are not the interface's (loopback, tunnels).
    public init(linkType: LinkType, ownAddress: MACAddress?) {
        self.linkType = linkType
        // All of loopback's frames bear zeros, both ways.
        self.ownAddress = ownAddress?.rawValue == 0 ? nil : ownAddress
    }

    public func direction(of frame: Span<UInt8>) -> PacketDirection? {
        guard linkType == .ethernet else { return PacketDirection(cooked: frame, linkType: linkType) }
        return ownAddress.flatMap { PacketDirection(ethernet: frame, own: $0) }
    }

    /// Whether a frame that came in is another machine's: it bears another address than the interface's, and no group's.
    /// The tap sees it, and no protocol of this machine takes it (net/ethernet/eth.c, eth_type_trans: PACKET_OTHERHOST;
    /// net/ipv4/ip_input.c, ip_rcv_core).
    public func isForAnother(_ frame: Span<UInt8>) -> Bool {
        guard linkType == .ethernet, let own = ownAddress, frame.count >= 12, frame[0] & 1 == 0 else { return false }
        return frame.address(at: 0) != own.rawValue && frame.address(at: 6) != own.rawValue
    }
}

extension Span<UInt8> {
    /// A link address; the caller looks at the length first.
    fileprivate func address(at offset: Int) -> UInt64 {
        (offset..<offset &+ 6).reduce(0) { $0 << 8 | UInt64(self[$1]) }
    }
}
