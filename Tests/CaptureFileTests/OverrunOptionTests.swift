import CaptureFile
import Testing

/// Option lists that go past their block's end: nothing but the list is lost, and a repaired file has none.
struct OverrunOptionTests {
    /// Code 1, longer than what is left, and some bytes behind it.
    private static func overrun(_ big: Bool) -> [UInt8] {
        Golden.half(1, big: big) + Golden.half(9_999, big: big) + [0x61, 0x62, 0x63, 0x64]
    }

    private static func file(_ place: Int, _ big: Bool, _ options: [UInt8]) -> [UInt8] {
        func at(_ index: Int) -> [UInt8] { index == place ? options : [] }
        let zero = Golden.word(0, big: big)
        return Golden.section(options: at(0), big: big) + Golden.interface(options: at(1), big: big)
            + Golden.enhanced(ticks: 7, [1, 2, 3], options: at(2), big: big)
            + Golden.block(5, zero + zero + zero + at(3), big: big) + Golden.block(4, at(4), big: big)
            + Golden.enhanced(ticks: 8, [4, 5], big: big)
    }

    @Test("They are told and put right, and the packets stay", arguments: 0..<5, [false, true])
    func repaired(_ place: Int, _ big: Bool) {
        let damaged = Self.file(place, big, Self.overrun(big))
        let whole = Self.file(place, big, [UInt8](repeating: 0, count: 8))
        let repaired = Repaired(damaged, comment: nil)
        #expect(repaired.findings.packets == 2 && repaired.findings.totals.mended == 1)
        #expect(repaired.bytes == whole)
        #expect(Repaired(damaged, comment: nil, piece: 9).bytes == whole)
        #expect(Repaired(whole).findings.isWhole)
        let read = CaptureFile.readAll(damaged)
        #expect(read.problem == nil && read.packets.map(\.bytes) == [[1, 2, 3], [4, 5]])
    }

    @Test("A list that ends with its block, marked or not, is whole", arguments: [[], [0, 0, 0, 0]] as [[UInt8]])
    func whole(_ end: [UInt8]) {
        let list = Golden.option(1, Array("abc".utf8)) + end
        for place in 0..<4 { #expect(Repaired(Self.file(place, false, list)).findings.isWhole) }
    }
}
