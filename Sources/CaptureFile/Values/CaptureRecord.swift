public import PacketWire

/// One captured packet: where its bytes are, and what the file says about it. Nothing is copied.
///
/// The ranges index the window that was given to `CaptureReader.next(in:isComplete:)`, and hold until the
/// window changes.
@frozen
public struct CaptureRecord: Sendable {
    /// Counts from 1 through the whole file as Wireshark 4 does: custom and journal blocks, which are no
    /// packets and not delivered here, have numbers too.
    public var number: Int
    /// Where the record or block begins, from the start of the file.
    public var offset: Int
    /// The bytes that were kept of the packet.
    public var frame: Range<Int>
    /// The packet's length on the wire. A hostile file may hold less here than it has bytes.
    public var originalLength: Int
    /// Nil in simple packet blocks, which have no time stamp.
    public var timestamp: CaptureTimestamp?
    /// Index into `CaptureReader.interfaces`, through all sections.
    public var interface: Int
    public var linkType: LinkType
    /// The undecoded option list; empty in pcap files.
    var optionList: Range<Int>
    var byteOrder: ByteOrder
    var kind: Kind

    /// Which kind of block the packet is from.
    @usableFromInline
    enum Kind: Sendable {
        /// Of pcapng as it is written today; and all that has no options.
        case enhanced
        /// With other options, and the drop count in front.
        case obsolete
    }

    init(
        number: Int, offset: Int, frame: Range<Int>, originalLength: Int, timestamp: CaptureTimestamp?, interface: Int,
        linkType: LinkType, optionList: Range<Int>, byteOrder: ByteOrder, kind: Kind = .enhanced
    ) {
        self.number = number
        self.offset = offset
        self.frame = frame
        self.originalLength = originalLength
        self.timestamp = timestamp
        self.interface = interface
        self.linkType = linkType
        self.optionList = optionList
        self.byteOrder = byteOrder
        self.kind = kind
    }

    /// So many bytes were dropped from the front of the window since: the ranges index what it is now.
    ///
    /// - Parameter count: not more than stand in front of the record.
    public mutating func moveToFront(by count: Int) {
        frame = frame.lowerBound - count..<frame.upperBound - count
        if !optionList.isEmpty { optionList = optionList.lowerBound - count..<optionList.upperBound - count }
    }

    /// Bytes of the packet that were not kept.
    @inlinable
    public var missingLength: Int { Swift.max(0, originalLength &- frame.count) }

    /// False in pcap files and for most packets of others: nothing to ask `options(in:)` for.
    public var hasOptions: Bool { !optionList.isEmpty }

    /// Comments, flags and drop count, decoded when asked for: most packets have none, and most readers want
    /// none.
    public func options(in window: Span<UInt8>) -> PacketOptions {
        var options = PacketOptions()
        if kind == .obsolete {
            // 16 bits in front of the time stamp; all ones where it was not counted.
            let count = window.uint16(byteOrder, at: frame.lowerBound &- 18)
            if count != .max { options.dropCount = UInt64(count) }
        }
        var cursor = OptionCursor(optionList, byteOrder)
        while let option = cursor.next(in: window) {
            switch option.code {
            case OptionCode.comment: options.comments.append(window.text(option.value))
            case OptionCode.EnhancedPacket.flags where option.value.count == 4:
                options.flags = PacketFlags(rawValue: window.uint32(byteOrder, at: option.value.lowerBound))
            case OptionCode.EnhancedPacket.dropCount where option.value.count == 8 && kind == .enhanced:
                options.dropCount = window.uint64(byteOrder, at: option.value.lowerBound)
            default: break
            }
        }
        return options
    }

    /// Which way the packet passed the interface, without decoding the other options.
    public func direction(in window: Span<UInt8>) -> PacketFlags.Direction? {
        var cursor = OptionCursor(optionList, byteOrder)
        while let option = cursor.next(in: window) {
            guard option.code == OptionCode.EnhancedPacket.flags, option.value.count == 4 else { continue }
            return PacketFlags(rawValue: window.uint32(byteOrder, at: option.value.lowerBound)).direction
        }
        return nil
    }
}
