/// The link header of a frame; of the innermost one, where a tunnel carried Ethernet.
@frozen
public enum LinkLayer: Hashable, Sendable {
    case ethernet(EthernetHeader)
    case linuxSLL(LinuxCookedHeader)
    case linuxSLL2(LinuxCookedV2Header)
    case null(NullHeader)
    case ppp(PPPHeader)
    case ieee80211(WLANHeader)
    /// A header that is read over: none of its addresses is kept.
    case other
    /// The frame begins with IP, or was decoded from the network layer on.
    case rawIP

    /// The sender on the link, where the header says it.
    public var source: MACAddress? {
        switch self {
        case .ethernet(let header): header.source
        case .linuxSLL(let header): header.source
        case .linuxSLL2(let header): header.source
        case .ieee80211(let header): header.source
        case .null, .ppp, .other, .rawIP: nil
        }
    }

    public var destination: MACAddress? {
        switch self {
        case .ethernet(let header): header.destination
        case .ieee80211(let header): header.destination
        default: nil
        }
    }

    /// Linux's loopback: Ethernet headers with nothing in them, or a cooked header that names it (ARPHRD_LOOPBACK).
    public var isLoopback: Bool {
        switch self {
        case .ethernet(let header): header.source.rawValue == 0 && header.destination.rawValue == 0
        case .linuxSLL(let header): header.hardwareType == 772
        case .linuxSLL2(let header): header.hardwareType == 772
        default: false
        }
    }

    /// Whether the frame was coming in or going out; only cooked captures say.
    public var packetType: CookedPacketType? {
        switch self {
        case .linuxSLL(let header): header.packetType
        case .linuxSLL2(let header): header.packetType
        case .ethernet, .null, .ppp, .ieee80211, .other, .rawIP: nil
        }
    }
}
