/// Formats that people hand to a capture reader by mistake, told by their first bytes, so that the error
/// names what the file is rather than what it is not.
@frozen
public enum ForeignFormat: String, Hashable, Sendable, CaseIterable {
    case btsnoop, netmon1, netmon2, sniffer, netxray, iptrace, erf
    case observer, visual, fiveViews, eyeSDN, k12, catapult, netscaler, nettl, omnipeek
    case lanalyzer, commView, k12text
    case gzip, zstd, lz4, xz, lzma, lzip, lzop, bzip2, compress, zip, sevenZip, rar, tar
    case elf, portableExecutable, pdf, sqlite, eventLog
    case markup, json, text

    /// How many bytes settle every question asked here, when the file has them: the mark of tar stands at 257.
    static let prefixLength = 262

    /// Nil when the bytes are none of these. Compression and foreign captures first; text is the last guess.
    init?(prefix: Span<UInt8>) {
        for (format, magic) in Self.magics where Self.has(prefix, magic, at: 0) {
            self = format
            return
        }
        if Self.has(prefix, Array("ustar".utf8), at: 257) {
            self = .tar
            return
        }
        if Self.isERF(prefix) {
            self = .erf
            return
        }
        if Self.isCommView(prefix) {
            self = .commView
            return
        }
        self.init(text: prefix)
    }

    private init?(text prefix: Span<UInt8>) {
        var index = 0
        while index < prefix.count, prefix[index] == 0x20 || (0x09...0x0D).contains(prefix[index]) { index += 1 }
        let isText = (0..<prefix.count).allSatisfy {
            (0x20...0x7E).contains(prefix[$0]) || (0x09...0x0D).contains(prefix[$0]) || prefix[$0] >= 0x80 && $0 > 15
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
        (.btsnoop, Array("btsnoop".utf8) + [0]),
        (.netmon1, Array("RTSS".utf8)),
        (.netmon2, Array("GMBU".utf8)),
        (.sniffer, Array("TRSNIFF data".utf8)),
        (.netxray, Array("XCP".utf8) + [0]),
        (.iptrace, Array("iptrace ".utf8)),
        (.observer, Array("ObserverPktBuffer".utf8)),
        (.visual, [5] + Array("VNF".utf8)),
        (.fiveViews, [0xAA, 0xAA, 0xAA, 0xAA]),
        (.eyeSDN, Array("EyeSDN".utf8)),
        (.k12, [0, 0, 2, 0, 0x12, 5, 0, 0x10]),
        (.catapult, Array("Session Transcript".utf8)),
        (.netscaler, Array("NetScaler".utf8)),
        (.nettl, Array("TR".utf8) + [0, 0x64, 0]),
        (.omnipeek, [0x7F] + Array("ver".utf8)),
        (.lanalyzer, [1, 0x10, 0x4C, 0]),
        (.k12text, Array("+---------+---------------+----------+".utf8)),
        (.gzip, [0x1F, 0x8B]),
        (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
        (.lz4, [0x04, 0x22, 0x4D, 0x18]),
        (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        (.lzma, [0x5D, 0, 0]),
        (.lzip, Array("LZIP".utf8)),
        (.lzop, [0x89] + Array("LZO".utf8) + [0]),
        (.bzip2, Array("BZh".utf8)),
        (.compress, [0x1F, 0x9D]),
        (.zip, Array("PK".utf8) + [3, 4]),
        (.sevenZip, Array("7z".utf8) + [0xBC, 0xAF, 0x27, 0x1C]),
        (.rar, Array("Rar!".utf8) + [0x1A, 7]),
        (.elf, [0x7F] + Array("ELF".utf8)),
        (.portableExecutable, Array("MZ".utf8)),
        (.pdf, Array("%PDF-".utf8)),
        (.sqlite, Array("SQLite format 3".utf8) + [0]),
        (.eventLog, Array("ElfFile".utf8) + [0]),
    ]

    private static func has(_ bytes: Span<UInt8>, _ magic: [UInt8], at offset: Int) -> Bool {
        bytes.count >= offset + magic.count && magic.indices.allSatisfy { bytes[offset + $0] == magic[$0] }
    }

    /// Endace's format has no mark. Two records in a row with a type that exists, a length that holds the data, and
    /// times within an hour of each other are no accident.
    private static func isERF(_ bytes: Span<UInt8>) -> Bool {
        guard let first = erfRecord(bytes, at: 0) else { return false }
        guard let second = erfRecord(bytes, at: first.length) else { return false }
        return second.seconds &- first.seconds <= 3600
    }

    private static func erfRecord(_ bytes: Span<UInt8>, at offset: Int) -> (seconds: UInt32, length: Int)? {
        guard offset <= bytes.count, bytes.count - offset >= 16 else { return nil }
        let type = bytes[offset + 8] & 0x7F
        let length = Int(bytes.uint16(.bigEndian, at: offset + 10))
        let wire = Int(bytes.uint16(.bigEndian, at: offset + 14))
        let seconds = bytes.uint32(.littleEndian, at: offset + 4)
        // 946684800 is the year 2000: there were no such cards before.
        guard (1...48).contains(type), length >= 16, length & 7 == 0, wire > 0, seconds > 946_684_800 else {
            return nil
        }
        return (seconds, length)
    }

    /// CommView has no mark either: a packet's length, once or (in the older form) twice with a version of zero behind
    /// it, and then a date and a time of day.
    private static func isCommView(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 24 else { return false }
        let isOld =
            bytes.uint16(.littleEndian, at: 0) <= bytes.uint16(.littleEndian, at: 2) && bytes[4] == 0
            && hasDate(bytes, at: 5)
        return isOld || hasDate(bytes, at: 4)
    }

    /// Year, month, day, hour, minute, second.
    private static func hasDate(_ bytes: Span<UInt8>, at offset: Int) -> Bool {
        (1995...2100).contains(bytes.uint16(.littleEndian, at: offset)) && (1...12).contains(bytes[offset + 2])
            && (1...31).contains(bytes[offset + 3]) && bytes[offset + 4] < 24 && bytes[offset + 5] < 60
            && bytes[offset + 6] < 60
    }

    /// With its article, for the middle of a sentence.
    public var text: String {
        switch self {
        case .btsnoop: "a Bluetooth snoop capture"
        case .netmon1: "a Network Monitor 1 capture"
        case .netmon2: "a Network Monitor 2 capture"
        case .sniffer: "a Sniffer capture"
        case .netxray: "a NetXRay capture"
        case .iptrace: "an AIX iptrace capture"
        case .erf: "an Endace ERF capture"
        case .observer: "a Network Instruments Observer capture"
        case .visual: "a Visual Networks capture"
        case .fiveViews: "a 5View capture"
        case .eyeSDN: "an EyeSDN capture"
        case .k12: "a Tektronix K12 capture"
        case .catapult: "a Catapult DCT2000 capture"
        case .netscaler: "a NetScaler capture"
        case .nettl: "an HP-UX nettl capture"
        case .omnipeek: "an OmniPeek capture"
        case .lanalyzer: "a Novell LANalyzer capture"
        case .commView: "a CommView capture"
        case .k12text: "a K12 text capture"
        case .gzip: "a gzip-compressed file"
        case .zstd: "a zstd-compressed file"
        case .lz4: "an lz4-compressed file"
        case .xz: "an xz-compressed file"
        case .lzma: "an lzma-compressed file"
        case .lzip: "an lzip-compressed file"
        case .lzop: "an lzop-compressed file"
        case .bzip2: "a bzip2-compressed file"
        case .compress: "a file packed by compress"
        case .zip: "a zip archive"
        case .sevenZip: "a 7-Zip archive"
        case .rar: "a RAR archive"
        case .tar: "a tar archive"
        case .elf: "a program"
        case .portableExecutable: "a Windows program"
        case .pdf: "a PDF document"
        case .sqlite: "an SQLite database"
        case .eventLog: "a Windows event log"
        case .markup: "a markup document"
        case .json: "a JSON document"
        case .text: "a text file"
        }
    }

    /// What to do about it, where there is a short answer.
    public var hint: String? {
        switch self {
        case .btsnoop, .netmon1, .netmon2, .sniffer, .netxray, .iptrace, .erf, .observer, .visual, .fiveViews,
            .eyeSDN, .k12, .catapult, .netscaler, .nettl, .omnipeek, .lanalyzer, .commView, .k12text:
            "editcap can convert it"
        case .gzip, .zstd, .lz4, .xz, .lzma, .lzip, .lzop, .bzip2, .compress: "decompress it first"
        case .zip, .sevenZip, .rar, .tar: "unpack it first"
        case .text: "text2pcap makes one of a hex dump"
        case .elf, .portableExecutable, .pdf, .sqlite, .eventLog, .markup, .json: nil
        }
    }
}
