/// The link header of a frame.
@frozen
public enum LinkLayer: Hashable, Sendable {
    case ethernet(EthernetHeader)
    case linuxSLL(LinuxCookedHeader)
    case linuxSLL2(LinuxCookedV2Header)
    case null(NullHeader)
    case ppp(PPPHeader)
    /// The frame begins with IP, or was decoded from the network layer on.
    case rawIP

    /// The sender on the link, where the header says it.
    public var source: MACAddress? {
        switch self {
        case .ethernet(let header): header.source
        case .linuxSLL(let header): header.source
        case .linuxSLL2(let header): header.source
        case .null, .ppp, .rawIP: nil
        }
    }

    public var destination: MACAddress? {
        if case .ethernet(let header) = self { header.destination } else { nil }
    }

    /// Whether the frame was coming in or going out; only cooked captures say.
    public var packetType: CookedPacketType? {
        switch self {
        case .linuxSLL(let header): header.packetType
        case .linuxSLL2(let header): header.packetType
        case .ethernet, .null, .ppp, .rawIP: nil
        }
    }
}
