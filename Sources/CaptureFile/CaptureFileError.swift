/// Why a capture file could not be read further: where, and what was found there.
///
/// Records before `offset` were whole and have been delivered.
public struct CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part of the file that stopped the reader. Records and blocks count from 1.
    @frozen
    public enum Place: Hashable, Sendable {
        case fileHeader
        /// Of a pcap file: its packets.
        case record(Int)
        /// Of a pcapng file: packets, interfaces, statistics and all others count.
        case block(Int)
    }

    /// The length field that makes no sense.
    @frozen
    public enum Field: String, Hashable, Sendable {
        case capturedLength = "captured length"
        case blockLength = "block length"
        case optionLength = "option length"
        case interfaceCount = "number of interfaces"
        case sectionCount = "number of sections"
    }

    @frozen
    public enum Kind: Hashable, Sendable {
        case empty
        /// Another format, recognised by its first bytes.
        case foreign(ForeignFormat)
        /// None of the formats known here.
        case unknownFormat(magic: UInt32)
        /// A variant of pcap with other record headers: reading it as pcap would give nonsense.
        case pcapVariant(PcapVariant)
        case unsupportedVersion(major: UInt16, minor: UInt16)
        /// A link that snoop's registry does not name, or that has no counterpart in pcap's.
        case unknownSnoopLink(UInt32)
        case badByteOrderMagic(UInt32)
        /// The file ends inside this record: a capture that was not finished, or a copy that was not.
        case truncated(needed: Int, available: Int)
        case tooLarge(Field, found: Int, limit: Int)
        case tooSmall(Field, found: Int, minimum: Int)
        /// A block length that is no multiple of four.
        case unaligned(found: Int)
        /// A block's length is stored before and behind it, and the two differ.
        case lengthMismatch(front: Int, back: Int)
        case unknownInterface(UInt32)
        /// The numbers in front of a packet are no packet's, or do not lead to another one.
        case implausibleRecord
    }

    public var kind: Kind
    /// From the start of the file, in bytes: where the record or block begins.
    public var offset: Int
    public var place: Place
    /// Whole packets read before.
    public var packets: Int

    public init(_ kind: Kind, at offset: Int, in place: Place, packets: Int) {
        self.kind = kind
        self.offset = offset
        self.place = place
        self.packets = packets
    }

    /// The file ends in the middle of a record, and everything before is good.
    public var isTruncation: Bool {
        if case .truncated = kind { true } else { false }
    }

    public var description: String {
        switch place {
        case .fileHeader: isTruncation ? "file header: \(kind)" : kind.description
        case .record(let number): "record \(number) at offset \(offset): \(kind)"
        case .block(let number): "block \(number) at offset \(offset): \(kind)"
        }
    }
}

extension CaptureFileError.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the file is empty"
        case .foreign(let format):
            "this is \(format.text), not pcap, pcapng or snoop" + (format.hint.map { "; \($0)" } ?? "")
        case .unknownFormat(let magic): "not a capture file (it begins with 0x\(Self.hex(magic)))"
        case .pcapVariant(let variant): "this is \(variant.text), which has other records; \(variant.hint)"
        case .unsupportedVersion(let major, let minor): "format version \(major).\(minor) is not supported"
        case .unknownSnoopLink(let number): "the link type \(number) of snoop is not supported"
        case .badByteOrderMagic(let magic): "byte-order magic 0x\(Self.hex(magic)) is neither order"
        case .truncated(let needed, let available): "cut off: \(needed) bytes needed, \(available) left"
        case .tooLarge(let field, let found, let limit): "\(field.rawValue) \(found) is above the limit of \(limit)"
        case .tooSmall(let field, let found, let minimum): "\(field.rawValue) \(found) is below \(minimum)"
        case .unaligned(let found): "block length \(found) is no multiple of four"
        case .lengthMismatch(let front, let back): "block length \(front) in front, but \(back) behind"
        case .unknownInterface(let index): "interface \(index) is not described in its section"
        case .implausibleRecord: "no packet begins like this, or none follows where this one ends"
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }
}
