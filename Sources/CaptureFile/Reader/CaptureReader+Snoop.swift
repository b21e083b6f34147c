import PacketWire

/// Solaris snoop, RFC 1761: a header of four words, then records in network byte order.
extension CaptureReader {
    static let snoopMagic: [UInt8] = Array("snoop".utf8) + [0, 0, 0]
    static let snoopHeaderLength = 16

    static func isSnoop(_ window: Span<UInt8>) -> Bool {
        window.count >= 8 && (0..<8).allSatisfy { window[$0] == snoopMagic[$0] }
    }

    /// The caller has counted the header's bytes, and those of the first record's header where there is one.
    mutating func readSnoopHeader(_ window: Span<UInt8>) throws(CaptureFileError) {
        let version = window.uint32(.bigEndian, at: 8)
        // 2 is Solaris's and RFC 1761's; 3 to 5 are Shomiti's Surveyor on its own hardware.
        guard (2...5).contains(version) else {
            throw error(
                .unsupportedVersion(major: UInt16(clamping: version), minor: 0), in: .fileHeader)
        }
        let number = window.uint32(.bigEndian, at: 12)
        guard let linkType = Self.linkType(snoop: number, isShomiti: Self.isShomiti(window)) else {
            throw error(.unknownSnoopLink(number), in: .fileHeader)
        }
        interfaces = [CaptureInterface(linkType: linkType, snapLength: 0, resolution: .microseconds)]
        sections = [CaptureSection()]
        state = .records(RecordLayout(.snoop, .bigEndian, .microseconds, linkType, snapLength: 0))
        position = Self.snoopHeaderLength
    }

    /// Shomiti used the numbers of RFC 1761 that were free for types of its own, and put sixteen bytes behind each
    /// packet; the first record's padding is all that tells (Wireshark, wiretap/snoop.c).
    private static func isShomiti(_ window: Span<UInt8>) -> Bool {
        guard window.count >= snoopHeaderLength + 24 else { return false }
        let captured = Int(window.uint32(.bigEndian, at: 20))
        return Int(window.uint32(.bigEndian, at: 24)) >= 24 + captured + 16
    }

    /// The numbers are those of DLPI, in the registry "snoop datalink types" of IANA; the highest bit marks Solaris's
    /// own.
    private static func linkType(snoop number: UInt32, isShomiti: Bool) -> LinkType? {
        switch (number, isShomiti) {
        case (0, _), (4, _): .ethernet
        case (2, _): LinkType(rawValue: 6)  // Token Ring
        case (8, _): LinkType(rawValue: 10)  // FDDI
        case (10, true), (12, true), (19, true): .ethernet  // 100 Mb/s, 1 Gb/s, 10 Gb/s
        case (11, true), (13, true), (14, true): LinkType(rawValue: 6)
        case (9, false), (14, false): LinkType(rawValue: 0)  // an address family in front
        case (16, false): LinkType(rawValue: 122)  // IP over Fibre Channel
        case (18, false): LinkType(rawValue: 123)  // SunATM
        case (25, false): .ethernet  // 100BaseT
        case (0x8000_0005, _): LinkType(rawValue: 226)  // ipnet
        default: nil
        }
    }

    /// The system's losses since the first packet: each record has the sum so far.
    mutating func noteDrops(_ cumulative: UInt32) {
        guard cumulative > 0 else { return }
        let before = interfaces[0].statistics?.droppedByOS ?? 0
        // Sums only grow: a smaller one is damage.
        if cumulative > before { interfaces[0].statistics = InterfaceStatistics(droppedByOS: UInt64(cumulative)) }
    }
}
