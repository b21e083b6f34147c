import Conversations
import PacketWire
import StallpointTestKit
import Testing

struct HostPairTests {
    @Test("Conversations of the same two hosts stand together in their order, and nobody else's with them")
    func siblings() {
        var script = PacketScript()
        for port in UInt16(1)...300 { script.send(.syn, from: 40_000 + port, to: port, sequence: UInt32(port)) }
        script.add(PacketScript(.v6).syn)
        let table = script.table
        let pairs = HostPairs(table, 0..<table.count)
        #expect(table.count == 301)
        #expect(pairs.siblings(of: 7, in: table, most: 512) == Array(0..<300))
        #expect(pairs.siblings(of: 7, in: table, most: 3) == [0, 1, 2])
        #expect(!pairs.isAlone(7))
        #expect(pairs.siblings(of: 300, in: table, most: 512) == [300])
        #expect(pairs.isAlone(300))
        let near = HostPairs(table, 100..<110)
        #expect(near.siblings(of: 105, in: table, most: 512) == Array(100..<110))
        #expect(HostPairs(table, 5..<6).isAlone(5))
    }
}

extension PacketScript {
    /// The bytes of a first SYN.
    fileprivate var syn: [UInt8] {
        var script = self
        script.send(.syn)
        return script.frames[0].bytes
    }
}
