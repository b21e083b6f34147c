import PacketWire

/// Writes pcapng, version 1.0: several interfaces, comments on packets, drop counts.
///
/// Bytes are appended to the caller's buffer, block by block; the caller writes them where they belong. What
/// has been appended is a valid file after each call.
public struct PcapngWriter: Sendable {
    public let byteOrder: ByteOrder
    /// What was described so far; packets refer to these by index.
    public private(set) var interfaces: [CaptureInterface] = []

    /// Appends the section header, which says who writes.
    public init(_ section: CaptureSection, byteOrder: ByteOrder = .littleEndian, to bytes: inout [UInt8]) {
        self.byteOrder = byteOrder
        let start = begin(BlockType.sectionHeader, &bytes)
        bytes.append(byteOrderMagic, byteOrder)
        bytes.append(1 as UInt16, byteOrder)
        bytes.append(0 as UInt16, byteOrder)
        // Length of the section: not known while it is being written.
        bytes.append(UInt64.max, byteOrder)
        var options = OptionWriter(byteOrder)
        options.append(OptionCode.comment, section.comments, to: &bytes)
        options.append(OptionCode.SectionHeader.hardware, section.hardware, to: &bytes)
        options.append(OptionCode.SectionHeader.operatingSystem, section.operatingSystem, to: &bytes)
        options.append(OptionCode.SectionHeader.application, section.application, to: &bytes)
        options.finish(&bytes)
        end(start, &bytes)
    }

    /// Appends an interface description and returns the index for its packets.
    ///
    /// `statistics` and `section` are not part of the description and are not written.
    public mutating func append(_ interface: CaptureInterface, to bytes: inout [UInt8]) -> Int {
        Self.describe(interface, byteOrder, to: &bytes)
        interfaces.append(interface)
        return interfaces.count - 1
    }

    static func describe(_ interface: CaptureInterface, _ byteOrder: ByteOrder, to bytes: inout [UInt8]) {
        let start = begin(BlockType.interfaceDescription, byteOrder, &bytes)
        bytes.append(UInt16(truncatingIfNeeded: interface.linkType.rawValue), byteOrder)
        bytes.append(0 as UInt16, byteOrder)
        bytes.append(interface.snapLength, byteOrder)
        typealias Code = OptionCode.InterfaceDescription
        var options = OptionWriter(byteOrder)
        options.append(OptionCode.comment, interface.comments, to: &bytes)
        options.append(Code.name, interface.name, to: &bytes)
        options.append(Code.text, interface.text, to: &bytes)
        options.append(Code.resolution, [interface.resolution.rawValue], to: &bytes)
        if let filter = interface.filter {
            // 0 in front: the filter follows as text.
            options.append(Code.filter, [0] + OptionWriter.clipped(filter, to: 65_534), to: &bytes)
        }
        options.append(Code.operatingSystem, interface.operatingSystem, to: &bytes)
        if let length = interface.frameCheckSequenceLength {
            options.append(Code.frameCheckSequenceLength, [UInt8(clamping: length)], to: &bytes)
        }
        if interface.timestampOffsetSeconds != 0 {
            options.append(Code.timestampOffset, UInt64(bitPattern: interface.timestampOffsetSeconds), to: &bytes)
        }
        options.append(Code.hardware, interface.hardware, to: &bytes)
        options.finish(&bytes)
        end(start, byteOrder, &bytes)
    }

    /// Appends an enhanced packet block. An interface that was not described is our own bug.
    ///
    /// - Parameter originalLength: On the wire; by default all of it is in `frame`.
    public func append(
        _ frame: Span<UInt8>, at timestamp: CaptureTimestamp, interface: Int = 0, originalLength: Int? = nil,
        options: PacketOptions = .none, to bytes: inout [UInt8]
    ) {
        let start = begin(BlockType.enhancedPacket, &bytes)
        bytes.append(UInt32(clamping: interface), byteOrder)
        append(timestamp, of: interface, to: &bytes)
        bytes.append(UInt32(clamping: frame.count), byteOrder)
        bytes.append(UInt32(clamping: originalLength ?? frame.count), byteOrder)
        let data = bytes.count
        bytes.append(contentsOf: frame)
        bytes.pad(since: data)
        var list = OptionWriter(byteOrder)
        list.append(OptionCode.comment, options.comments, to: &bytes)
        if let flags = options.flags { list.append(OptionCode.EnhancedPacket.flags, flags.rawValue, to: &bytes) }
        if let count = options.dropCount { list.append(OptionCode.EnhancedPacket.dropCount, count, to: &bytes) }
        list.finish(&bytes)
        end(start, &bytes)
    }

    /// Appends what was counted on an interface, read at `timestamp`: usually at the end of the capture.
    public func append(
        _ statistics: InterfaceStatistics, ofInterface interface: Int, at timestamp: CaptureTimestamp,
        to bytes: inout [UInt8]
    ) {
        let start = begin(BlockType.interfaceStatistics, &bytes)
        bytes.append(UInt32(clamping: interface), byteOrder)
        append(timestamp, of: interface, to: &bytes)
        typealias Code = OptionCode.InterfaceStatistics
        var options = OptionWriter(byteOrder)
        for (code, time) in [(Code.start, statistics.start), (Code.end, statistics.end)] {
            guard let time else { continue }
            var value: [UInt8] = []
            append(time, of: interface, to: &value)
            options.append(code, value, to: &bytes)
        }
        for (code, count) in [
            (Code.received, statistics.received), (Code.droppedByInterface, statistics.droppedByInterface),
            (Code.filterAccepted, statistics.filterAccepted), (Code.droppedByOS, statistics.droppedByOS),
            (Code.delivered, statistics.delivered),
        ] {
            if let count { options.append(code, count, to: &bytes) }
        }
        options.finish(&bytes)
        end(start, &bytes)
    }

    /// Appends a name resolution block, so that readers show the names that were probed and resolve none
    /// themselves. Records without names, and names with a zero byte, cannot be stored and are left out.
    public func append(_ names: [NameRecord], to bytes: inout [UInt8]) {
        let start = begin(BlockType.nameResolution, &bytes)
        for record in names {
            let list = record.names.filter { !$0.isEmpty && !$0.utf8.contains(0) }
            guard !list.isEmpty else { continue }
            var value: [UInt8] = []
            switch record.address {
            case .v4(let address): value.append(address.rawValue, .bigEndian)
            case .v6(let address): value.append(address.rawValue, .bigEndian)
            }
            let type: UInt16 = value.count == 4 ? 1 : 2
            for name in list where value.count + name.utf8.count < Int(UInt16.max) { value += name.utf8 + [0] }
            OptionWriter.write(type, value, byteOrder, &bytes)
        }
        OptionWriter.write(0, [], byteOrder, &bytes)
        end(start, &bytes)
    }

    /// Two words, the high one first in either byte order, in the clock of the interface.
    private func append(_ timestamp: CaptureTimestamp, of interface: Int, to bytes: inout [UInt8]) {
        precondition(interfaces.indices.contains(interface), "interface \(interface) was not described")
        let description = interfaces[interface]
        let ticks = description.resolution.ticks(
            of: timestamp.nanosecondsSince1970, offsetSeconds: description.timestampOffsetSeconds)
        bytes.append(UInt32(truncatingIfNeeded: ticks >> 32), byteOrder)
        bytes.append(UInt32(truncatingIfNeeded: ticks), byteOrder)
    }

    private func begin(_ type: UInt32, _ bytes: inout [UInt8]) -> Int { Self.begin(type, byteOrder, &bytes) }

    private func end(_ start: Int, _ bytes: inout [UInt8]) { Self.end(start, byteOrder, &bytes) }

    private static func begin(_ type: UInt32, _ byteOrder: ByteOrder, _ bytes: inout [UInt8]) -> Int {
        let start = bytes.count
        bytes.append(type, byteOrder)
        bytes.append(0 as UInt32, byteOrder)
        return start
    }

    /// Writes the length behind the block and into its front.
    private static func end(_ start: Int, _ byteOrder: ByteOrder, _ bytes: inout [UInt8]) {
        let length = UInt32(clamping: bytes.count - start + 4)
        bytes.append(length, byteOrder)
        for index in 0..<4 { bytes[start + 4 + index] = bytes[bytes.count - 4 + index] }
    }
}
