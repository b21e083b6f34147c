/// Formats that people hand to a capture reader by mistake, told by their first bytes, so that the error
/// names what the file is rather than what it is not.
@frozen
public enum ForeignFormat: String, Hashable, Sendable, CaseIterable {
    case snoop, btsnoop, netmon1, netmon2, sniffer, netxray, iptrace
    case gzip, zstd, lz4, xz, bzip2, zip
    case elf, markup, json, text

    /// How many bytes settle every question asked here, when the file has them.
    static let prefixLength = 16

    /// Nil when the bytes are none of these. Compression and foreign captures first; text is the last guess.
    init?(prefix: Span<UInt8>) {
        for (format, magic) in Self.magics where Self.begins(prefix, magic) {
            self = format
            return
        }
        var index = 0
        while index < prefix.count, prefix[index] == 0x20 || (0x09...0x0D).contains(prefix[index]) { index += 1 }
        let isText = (0..<prefix.count).allSatisfy {
            (0x20...0x7E).contains(prefix[$0]) || (0x09...0x0D).contains(prefix[$0])
        }
        guard prefix.count > 0, isText else { return nil }
        guard index < prefix.count else {
            self = .text
            return
        }
        switch prefix[index] {
        case UInt8(ascii: "<"): self = .markup
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json
        default: self = .text
        }
    }

    private static let magics: [(ForeignFormat, [UInt8])] = [
        (.snoop, Array("snoop".utf8) + [0, 0, 0]),
        (.btsnoop, Array("btsnoop".utf8) + [0]),
        (.netmon1, Array("RTSS".utf8)),
        (.netmon2, Array("GMBU".utf8)),
        (.sniffer, Array("TRSNIFF data".utf8)),
        (.netxray, Array("XCP".utf8) + [0]),
        (.iptrace, Array("iptrace ".utf8)),
        (.gzip, [0x1F, 0x8B]),
        (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
        (.lz4, [0x04, 0x22, 0x4D, 0x18]),
        (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        (.bzip2, Array("BZh".utf8)),
        (.zip, Array("PK".utf8) + [3, 4]),
        (.elf, [0x7F] + Array("ELF".utf8)),
    ]

    private static func begins(_ bytes: Span<UInt8>, _ magic: [UInt8]) -> Bool {
        bytes.count >= magic.count && magic.indices.allSatisfy { bytes[$0] == magic[$0] }
    }

    /// With its article, for the middle of a sentence.
    public var text: String {
        switch self {
        case .snoop: "a snoop capture"
        case .btsnoop: "a Bluetooth snoop capture"
        case .netmon1: "a Network Monitor 1 capture"
        case .netmon2: "a Network Monitor 2 capture"
        case .sniffer: "a Sniffer capture"
        case .netxray: "a NetXRay capture"
        case .iptrace: "an AIX iptrace capture"
        case .gzip: "a gzip-compressed file"
        case .zstd: "a zstd-compressed file"
        case .lz4: "an lz4-compressed file"
        case .xz: "an xz-compressed file"
        case .bzip2: "a bzip2-compressed file"
        case .zip: "a zip archive"
        case .elf: "a program"
        case .markup: "a markup document"
        case .json: "a JSON document"
        case .text: "a text file"
        }
    }

    /// What to do about it, where there is a short answer.
    public var hint: String? {
        switch self {
        case .snoop, .btsnoop, .netmon1, .netmon2, .sniffer, .netxray, .iptrace: "editcap can convert it"
        case .gzip, .zstd, .lz4, .xz, .bzip2, .zip: "decompress it first"
        case .elf, .markup, .json, .text: nil
        }
    }
}

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
}
