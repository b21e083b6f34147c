import PacketWire

/// The link-type field, draft-ietf-opsawg-pcap section 4: type in the low half, length of the frame check
/// sequence in the highest bits. The bits between have no meaning, and readers must ignore them.
struct PcapLinkTypeField {
    var rawValue: UInt32

    var linkType: LinkType { LinkType(rawValue: rawValue & 0xFFFF) }
    /// The field counts 16-bit words, and only when the bit below says so.
    var frameCheckSequenceLength: Int? {
        rawValue & 0x0400_0000 != 0 ? Int(rawValue >> 28) * 2 : nil
    }
}

extension CaptureReader {
    /// The 24 bytes at the start, which the caller has counted.
    mutating func readPcapHeader(
        _ window: Span<UInt8>, _ order: ByteOrder, _ resolution: TimestampResolution
    ) throws(CaptureFileError) {
        let major = window.uint16(order, at: 4)
        let minor = window.uint16(order, at: 6)
        guard major == 2, minor <= 4 else {
            throw error(.unsupportedVersion(major: major, minor: minor), in: .fileHeader)
        }
        let snapLength = window.uint32(order, at: 16)
        let field = PcapLinkTypeField(rawValue: window.uint32(order, at: 20))
        let layout = RecordLayout(
            minor < 3 ? .originalFirst : minor == 3 ? .smallerIsCaptured : .capturedFirst, order, resolution,
            field.linkType, snapLength: snapLength)
        if let variant = PcapVariant(disguisedIn: window, layout) {
            throw error(.pcapVariant(variant), in: .fileHeader)
        }
        interfaces = [
            CaptureInterface(
                linkType: field.linkType, snapLength: snapLength, resolution: resolution,
                frameCheckSequenceLength: field.frameCheckSequenceLength)
        ]
        sections = [CaptureSection()]
        state = .records(layout)
        usual = UsualRecords(layout)
        position = 24
    }
}
