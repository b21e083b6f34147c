/// Relatives of pcap that share its file header but not its record headers.
@frozen
public enum PcapVariant: String, Hashable, Sendable, CaseIterable {
    case kuznetzov, mesquita, navtel, ixiaHardware, ixiaSoftware
    /// They have pcap's own magic, and show in their records alone.
    case nokia, redHat

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
        case .nokia: "Nokia's modified pcap (20-byte record headers)"
        case .redHat: "Red Hat 6.1's modified pcap (24-byte record headers)"
        }
    }

    /// What to do about it: those that other tools know can be converted.
    public var hint: String {
        switch self {
        case .kuznetzov, .ixiaHardware, .ixiaSoftware, .nokia, .redHat: "'editcap -F pcap' can convert it"
        case .mesquita, .navtel: "only the tool that wrote it knows its records; have it write pcap"
        }
    }
}

extension PcapVariant {
    /// Records that a variant must have in a row, while pcap's own layout has not two.
    private static let enough = 3

    /// The variants that bear pcap's own magic, with what is between a record's header and its packet (Wireshark's
    /// libpcap.c tells them the same way, by trying). Nil where the records are pcap's, or too few to tell.
    init?(disguisedIn window: Span<UInt8>, _ layout: RecordLayout) {
        guard layout.run(in: window, of: Self.enough, behind: 0) < 2 else { return nil }
        for (variant, more) in [(Self.nokia, 4), (.redHat, 8)]
        where layout.run(in: window, of: Self.enough, behind: more) == Self.enough {
            self = variant
            return
        }
        return nil
    }
}

extension RecordLayout {
    /// How many usual records follow each other from the first on, `most` at the most, where `more` bytes stand behind
    /// each header.
    fileprivate func run(in window: Span<UInt8>, of most: Int, behind more: Int) -> Int {
        var place = firstRecord
        var seconds: UInt32?
        var count = 0
        while count < most, window.count &- place >= headerLength {
            let header = header(at: place, in: window)
            let next = place &+ headerLength &+ more &+ header.captured
            guard header.captured > 0, isUsual(header, near: seconds ?? header.seconds), next <= window.count else {
                return count
            }
            (place, seconds) = (next, header.seconds)
            count += 1
        }
        return count
    }
}
