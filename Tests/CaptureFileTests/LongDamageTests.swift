import CaptureFile
import StallpointTestKit
import Testing

/// Damage longer than the window in which something whole is looked for: a stream goes on looking as more of it comes.
@Suite struct LongDamageTests {
    @Test(arguments: ["pcap little", "pcapng big"])
    func streamGoesOnLooking(kind: String) {
        let built = RecoveryTests.build(kind)
        // More than two windows of 1 MiB; no four bytes of it are a length or a time.
        let nonsense = [UInt8](repeating: 0xEE, count: 2_300_000)
        let bytes = Array(
            built.bytes[..<built.places[4].lowerBound] + nonsense + built.bytes[built.places[4].lowerBound...])
        var generator = SeededGenerator(seed: 11)
        let streamed = readStream(bytes, using: &generator)
        #expect(streamed.problem == nil)
        #expect(streamed.packets.map(\.bytes) == RecoveryTests.frames)
        #expect(streamed.packets == CaptureFile.readAll(bytes).packets)
    }

    /// And says where nothing more came.
    @Test(arguments: ["pcap little", "pcapng big"])
    func streamEndsInNonsense(kind: String) {
        let built = RecoveryTests.build(kind)
        let bytes = built.bytes + [UInt8](repeating: 0xEE, count: 1_400_000)
        var generator = SeededGenerator(seed: 12)
        let streamed = readStream(bytes, using: &generator)
        #expect(streamed.packets.map(\.bytes) == RecoveryTests.frames)
        #expect(streamed.problem?.offset == built.bytes.count)
    }
}
