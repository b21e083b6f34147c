import LiveCapture
import Testing

@testable import Engine

@Suite struct SnapshotMemoryTests {
    private static let second: Int64 = 1_000_000_000

    /// One packet of a kilobyte every tenth of a second; the memory has pieces of four kilobytes.
    private func filled(_ packets: Int, seconds: Int64, bytes: Int) -> SnapshotMemory {
        var memory = SnapshotMemory(.pcapng, spanNanoseconds: seconds * Self.second, bytes: bytes)
        let frame = [UInt8](repeating: 1, count: 1_000)
        for index in 0..<packets {
            memory.append(
                frame.span,
                CaptureHandle.Header(unixNanoseconds: Int64(index) * Self.second / 10, originalLength: 1_000), nil)
        }
        return memory
    }

    private func count(_ memory: SnapshotMemory, at now: Int64) -> Int {
        let (pieces, offset) = memory.packets(at: now)
        return pieces.reduce(0) { $0 + $1.packets } - (pieces.first?.whole(within: offset).packets ?? 0)
    }

    @Test("The last seconds, to the packet", arguments: [(1, 11), (3, 31), (9, 91)] as [(Int64, Int)])
    func exact(seconds: Int64, packets: Int) {
        let memory = filled(200, seconds: seconds, bytes: 1 << 20)
        #expect(count(memory, at: 199 * Self.second / 10) == packets)
        #expect(!memory.isCutShort)
        // Time passes without packets.
        #expect(count(memory, at: 199 * Self.second / 10 + seconds * Self.second) == 1)
        #expect(count(memory, at: 300 * Self.second) == 0)
    }

    @Test("Memory is bounded, and it says when that cost packets")
    func bounded() {
        let memory = filled(1_000, seconds: 60, bytes: 64 << 10)
        #expect(memory.held <= 64 << 10)
        #expect(memory.isCutShort)
        let kept = count(memory, at: 100 * Self.second)
        #expect((48...62).contains(kept))
    }

    @Test("Fewer than there is time for are all there")
    func few() {
        #expect(count(filled(5, seconds: 60, bytes: 1 << 20), at: Self.second) == 5)
        #expect(count(filled(0, seconds: 60, bytes: 1 << 20), at: Self.second) == 0)
    }

    @Test("A clock that says nonsense traps nothing", arguments: [Int64.min, .max, 0, -1])
    func nonsense(_ time: Int64) {
        var memory = SnapshotMemory(.pcap, spanNanoseconds: .max, bytes: 0)
        for _ in 0..<20 {
            memory.append(
                ([1, 2, 3] as [UInt8]).span, CaptureHandle.Header(unixNanoseconds: time, originalLength: 3), nil)
        }
        _ = memory.packets(at: time)
        #expect(memory.held > 0)
    }

    @Test("A frame that is larger than a piece has one of its own")
    func giant() {
        var memory = SnapshotMemory(.pcapng, spanNanoseconds: Self.second, bytes: 16 << 10)
        let frame = [UInt8](repeating: 1, count: 60_000)
        for index in 0..<3 {
            memory.append(
                frame.span, CaptureHandle.Header(unixNanoseconds: Int64(index), originalLength: 60_000), nil)
        }
        // The one that is being filled, and the one before it.
        #expect(memory.held <= 2 * 60_100 && memory.held > 60_000)
        #expect(count(memory, at: 2) == 2)
    }
}
