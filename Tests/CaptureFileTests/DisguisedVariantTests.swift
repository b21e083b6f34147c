import CaptureFile
import Testing

/// Relatives of pcap that bear its magic: told by their records, and no sound or damaged pcap is taken for one.
struct DisguisedVariantTests {
    private static let frame = [UInt8](repeating: 0x45, count: 60)

    private static func file(_ count: Int, between: Int, big: Bool = false) -> [UInt8] {
        (0..<count).reduce(into: Golden.pcapHeader(big: big)) { file, index in
            file += Golden.pcapRecord(1_000 + UInt32(index), 5, captured: 60, original: 60, [], big: big)
            file += [UInt8](repeating: 7, count: between) + frame
        }
    }

    @Test("Their records tell them", arguments: [(4, PcapVariant.nokia), (8, .redHat)], [false, true])
    func told(_ variant: (between: Int, PcapVariant), _ big: Bool) {
        let problem = CaptureFile.readAll(Self.file(5, between: variant.between, big: big)).problem
        #expect(problem?.kind == .pcapVariant(variant.1) && problem?.place == .fileHeader)
        #expect(Repaired(Self.file(5, between: variant.between, big: big)).refusal?.kind == .pcapVariant(variant.1))
    }

    @Test("Too few records tell nothing")
    func few() {
        for count in 0..<3 {
            if case .pcapVariant? = CaptureFile.readAll(Self.file(count, between: 8)).problem?.kind {
                Issue.record("taken for a variant by \(count) records")
            }
        }
    }

    @Test("A pcap is one, whatever is damaged in it")
    func sound() {
        #expect(CaptureFile.readAll(Self.file(5, between: 0)).packets.count == 5)
        for index in 24..<Self.file(2, between: 0).count {
            var damaged = Self.file(6, between: 0)
            damaged[index] ^= 0xFF
            if case .pcapVariant? = CaptureFile.readAll(damaged).problem?.kind {
                Issue.record("taken for a variant when byte \(index) is wrong")
            }
        }
    }
}
