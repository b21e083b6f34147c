/// Relatives of pcap that share its file header but not its record headers.
@frozen
public enum PcapVariant: String, Hashable, Sendable, CaseIterable {
    case kuznetzov, mesquita, navtel, ixiaHardware, ixiaSoftware

    init?(magic: UInt32) {
        switch magic {
        case 0xA1B2_CD34: self = .kuznetzov
        case 0xA1B2_34CD: self = .mesquita
        case 0xA12B_3C4D: self = .navtel
        case 0x1C00_01AC: self = .ixiaHardware
        case 0x1C00_01AB: self = .ixiaSoftware
        default: return nil
        }
    }

    public var text: String {
        switch self {
        case .kuznetzov: "Alexey Kuznetzov's modified pcap (magic a1b2cd34)"
        case .mesquita: "Francisco Mesquita's modified pcap (magic a1b234cd)"
        case .navtel: "Navtel's modified pcap (magic a12b3c4d)"
        case .ixiaHardware: "Ixia's hardware pcap (magic 1c0001ac)"
        case .ixiaSoftware: "Ixia's software pcap (magic 1c0001ab)"
        }
    }

    /// What to do about it: those that other tools know can be converted.
    public var hint: String {
        switch self {
        case .kuznetzov, .ixiaHardware, .ixiaSoftware: "'editcap -F pcap' can convert it"
        case .mesquita, .navtel: "only the tool that wrote it knows its records; have it write pcap"
        }
    }
}
