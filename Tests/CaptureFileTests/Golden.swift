/// Files built byte by byte, independent of the writers that are also under test.
enum Golden {
    static func word(_ value: UInt32, big: Bool) -> [UInt8] {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
        return big ? bytes : bytes.reversed()
    }

    static func half(_ value: UInt16, big: Bool) -> [UInt8] {
        let bytes = [UInt8(value >> 8), UInt8(value & 0xFF)]
        return big ? bytes : bytes.reversed()
    }

    static func pcapHeader(
        magic: UInt32 = 0xA1B2_C3D4, major: UInt16 = 2, minor: UInt16 = 4, snapLength: UInt32 = 65_535,
        linkType: UInt32 = 1, big: Bool = false
    ) -> [UInt8] {
        word(magic, big: big) + half(major, big: big) + half(minor, big: big) + word(0, big: big) + word(0, big: big)
            + word(snapLength, big: big) + word(linkType, big: big)
    }

    static func pcapRecord(
        _ seconds: UInt32, _ fraction: UInt32, captured: UInt32, original: UInt32, _ data: [UInt8], big: Bool = false
    ) -> [UInt8] {
        word(seconds, big: big) + word(fraction, big: big) + word(captured, big: big) + word(original, big: big) + data
    }

    /// Pads the body and puts type and both lengths around it.
    static func block(_ type: UInt32, _ body: [UInt8], big: Bool = false) -> [UInt8] {
        let padded = pad(body)
        let length = word(UInt32(padded.count + 12), big: big)
        return word(type, big: big) + length + padded + length
    }

    static func pad(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    static func option(_ code: UInt16, _ value: [UInt8], big: Bool = false) -> [UInt8] {
        half(code, big: big) + half(UInt16(value.count), big: big) + pad(value)
    }

    static func section(major: UInt16 = 1, minor: UInt16 = 0, options: [UInt8] = [], big: Bool = false) -> [UInt8] {
        block(
            0x0A0D_0D0A,
            word(0x1A2B_3C4D, big: big) + half(major, big: big) + half(minor, big: big)
                + [UInt8](repeating: 0xFF, count: 8) + options, big: big)
    }

    static func interface(
        linkType: UInt16 = 1, snapLength: UInt32 = 0, options: [UInt8] = [], big: Bool = false
    ) -> [UInt8] {
        block(
            1, half(linkType, big: big) + half(0, big: big) + word(snapLength, big: big) + options, big: big)
    }

    static func enhanced(
        interface: UInt32 = 0, ticks: UInt64, captured: UInt32? = nil, original: UInt32? = nil, _ data: [UInt8],
        options: [UInt8] = [], big: Bool = false
    ) -> [UInt8] {
        let count = UInt32(data.count)
        return block(
            6,
            word(interface, big: big) + word(UInt32(ticks >> 32), big: big)
                + word(UInt32(truncatingIfNeeded: ticks), big: big) + word(captured ?? count, big: big)
                + word(original ?? count, big: big) + pad(data) + options, big: big)
    }
}
