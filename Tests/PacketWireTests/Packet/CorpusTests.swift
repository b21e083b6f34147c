import PacketWire
import Testing

/// Real and hostile captures of other projects: nothing traps, and what is counted fits what tshark counts.
@Suite(.enabled(if: Corpora.folder != nil, "shared/corpora is not beside this checkout"))
struct CorpusTests {
    @Test func everyFrameOfEveryCaptureDecodes() {
        var total = 0
        var decoded = 0
        for name in Corpora.files {
            guard let (linkType, records) = Corpora.records(of: name) else { continue }
            for (index, record) in records.enumerated() {
                let packet = decode(record.bytes, linkType, originalLength: record.originalLength)
                #expect(isPlausible(packet, record.bytes), "\(name) frame \(index + 1)")
                #expect(exercise(packet, record.bytes) > 0)
                total += 1
                if packet.network != nil { decoded += 1 }
                // Every link type that is known reaches a network layer, or says why not.
                #expect(packet.network != nil || packet.stop != nil, "\(name) frame \(index + 1)")
            }
        }
        #expect(total > 1000)
        #expect(decoded * 10 > total * 7, "\(decoded) of \(total)")
    }

    /// Frames by what they are, as `tshark -r FILE -q -z io,phs` counts them.
    struct Count: Sendable, CustomTestStringConvertible {
        var file: String
        var frames: Int
        var tcp = 0
        var udp = 0
        var icmp = 0
        var arp = 0
        var testDescription: String { file }
    }

    static let counts: [Count] = []

    @Test(arguments: counts)
    func countsAgreeWithTshark(_ expected: Count) throws {
        let (linkType, records) = try #require(Corpora.records(of: expected.file))
        let packets = records.map { decode($0.bytes, linkType, originalLength: $0.originalLength) }
        #expect(packets.count == expected.frames)
        #expect(packets.count { $0.tcp != nil } == expected.tcp)
        #expect(packets.count { $0.udp != nil } == expected.udp)
        #expect(packets.count { $0.icmp != nil } == expected.icmp)
        #expect(packets.count { $0.arp != nil } == expected.arp)
    }
}
