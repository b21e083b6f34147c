/// The extension structure of RFC 4884 behind the quote of an ICMP error: what the router knows about the
/// packet besides IP. Decoded only when asked for.
public struct ICMPExtensions: Hashable, Sendable {
    /// One object, RFC 4884 section 7.2.
    @frozen
    public enum Object: Hashable, Sendable {
        /// RFC 4950: the label stack the packet arrived with, outermost first.
        case mplsLabelStack([MPLSLabel])
        /// RFC 5837: the interface it arrived at or would have left by. Kept as it is: the C-type says
        /// which of the fields are there.
        case interfaceInformation(type: UInt8, data: [UInt8])
        case other(classNumber: UInt8, type: UInt8, data: [UInt8])
    }

    public var objects: [Object]
    /// False when the structure carries a checksum that does not fit; 0 means that there is none.
    public var isChecksumValid: Bool
    /// The last object's length was impossible.
    public var isMalformed: Bool

    public init(_ objects: [Object]) {
        self.objects = objects
        isChecksumValid = true
        isMalformed = false
    }

    static let version: UInt8 = 2
    static let mplsClass: UInt8 = 1
    static let interfaceClass: UInt8 = 2
    /// More than a datagram of usual size can hold in a useful way.
    static let objectLimit = 32

    /// Nil when the range holds no extension header of version 2.
    public init?(decoding bytes: Span<UInt8>, _ range: Range<Int>) {
        guard Self.isHeader(bytes, range) else { return nil }
        isChecksumValid = bytes.uint16(at: range.lowerBound &+ 2) == 0 || Self.sumFits(bytes, range)
        objects = []
        isMalformed = false
        var offset = range.lowerBound &+ 4
        while range.upperBound &- offset >= 4, objects.count < Self.objectLimit {
            let length = Int(bytes.uint16(at: offset))
            guard length >= 4, length <= range.upperBound &- offset else { break }
            let data = offset &+ 4..<offset &+ length
            objects.append(Self.object(bytes, class: bytes[offset &+ 2], type: bytes[offset &+ 3], data))
            offset = data.upperBound
        }
        isMalformed = offset != range.upperBound
    }

    private static func object(
        _ bytes: Span<UInt8>, class classNumber: UInt8, type: UInt8, _ data: Range<Int>
    ) -> Object {
        if classNumber == mplsClass, type == 1, data.count % 4 == 0 {
            return .mplsLabelStack(
                stride(from: data.lowerBound, to: data.upperBound, by: 4).map {
                    MPLSLabel(rawValue: bytes.uint32(at: $0))
                })
        }
        let copy = data.map { bytes[$0] }
        return classNumber == interfaceClass
            ? .interfaceInformation(type: type, data: copy)
            : .other(classNumber: classNumber, type: type, data: copy)
    }

    /// Writes the structure with its checksum.
    public func encode(into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += [Self.version << 4, 0, 0, 0]
        for object in objects {
            let objectStart = bytes.count
            bytes += [0, 0]
            switch object {
            case .mplsLabelStack(let labels):
                bytes += [Self.mplsClass, 1]
                for label in labels { label.encode(into: &bytes) }
            case .interfaceInformation(let type, let data): bytes += [Self.interfaceClass, type] + data
            case .other(let classNumber, let type, let data): bytes += [classNumber, type] + data
            }
            bytes.store(bigEndian: UInt16(truncatingIfNeeded: bytes.count - objectStart), at: objectStart)
        }
        var sum = InternetChecksum()
        sum.add(bytes.span, start..<bytes.count)
        bytes.store(bigEndian: sum.checksum, at: start + 2)
    }

    /// Where the structure begins behind a quote that starts at `start`; nil when there is none.
    ///
    /// A length field of 0 is what routers from before RFC 4884 send: they put extensions behind exactly
    /// 128 bytes. Section 5.5 accepts that only when the version and the checksum fit, because plain long
    /// quotes look the same.
    static func locate(_ bytes: Span<UInt8>, from start: Int, lengthField: Int) -> Int? {
        let available = bytes.available(from: start)
        if lengthField > 0 {
            guard available > lengthField else { return nil }
            return isHeader(bytes, start &+ lengthField..<bytes.count) ? start &+ lengthField : nil
        }
        guard available >= 132 else { return nil }
        let range = start &+ 128..<bytes.count
        guard isHeader(bytes, range), bytes.uint16(at: range.lowerBound &+ 2) != 0, sumFits(bytes, range) else {
            return nil
        }
        return range.lowerBound
    }

    private static func isHeader(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= bytes.count && range.count >= 4
            && bytes[range.lowerBound] >> 4 == version
    }

    private static func sumFits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var sum = InternetChecksum()
        sum.add(bytes, range)
        return sum.folded == 0xFFFF
    }
}
