internal import PacketWire

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
}
