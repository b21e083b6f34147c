public import PacketWire

/// Writes pcap, version 2.4: the format that everything reads. It has room for neither interfaces nor comments.
///
/// Bytes are appended to the caller's buffer; the caller writes them where they belong.
public struct PcapWriter: Sendable {
    public let linkType: LinkType
    public let resolution: TimestampResolution
    public let byteOrder: ByteOrder

    /// Appends the file header.
    ///
    /// - Parameter resolution: Nanoseconds or, for anything coarser, microseconds: the format has these two.
    public init(
        linkType: LinkType, snapLength: UInt32 = 262_144, resolution: TimestampResolution = .nanoseconds,
        byteOrder: ByteOrder = .littleEndian, to bytes: inout [UInt8]
    ) {
        self.linkType = linkType
        self.resolution = resolution == .nanoseconds ? .nanoseconds : .microseconds
        self.byteOrder = byteOrder
        bytes.append(self.resolution == .nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4 as UInt32, byteOrder)
        bytes.append(2 as UInt16, byteOrder)
        bytes.append(4 as UInt16, byteOrder)
        // Time zone and accuracy: zero in every file.
        bytes.append(0 as UInt64, byteOrder)
        bytes.append(snapLength, byteOrder)
        bytes.append(linkType.rawValue & 0xFFFF, byteOrder)
    }

    /// Appends one packet. Times outside 1970 to 2106 are written as the nearest one inside.
    ///
    /// - Parameter originalLength: On the wire; by default all of it is in `frame`.
    public func append(
        _ frame: Span<UInt8>, at timestamp: CaptureTimestamp, originalLength: Int? = nil, to bytes: inout [UInt8]
    ) {
        let fraction = timestamp.nanosecondOfSecond / (resolution == .nanoseconds ? 1 : 1000)
        bytes.append(UInt32(clamping: timestamp.seconds), byteOrder)
        bytes.append(UInt32(clamping: fraction), byteOrder)
        bytes.append(UInt32(clamping: frame.count), byteOrder)
        bytes.append(UInt32(clamping: originalLength ?? frame.count), byteOrder)
        bytes.append(contentsOf: frame)
    }
}
