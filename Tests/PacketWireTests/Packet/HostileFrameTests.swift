import PacketWire
import StallpointTestKit
import Testing

/// Nothing that arrives can trap, and whatever is decoded stays inside the frame.
struct HostileFrameTests {
    @Test(arguments: GoodFrame.all)
    func aGoodFrameIsDecodedToItsEnd(_ good: GoodFrame) {
        let packet = decode(good.bytes, good.linkType)
        #expect(packet.stop == nil)
        #expect(packet.network != nil)
        #expect(!packet.checksums(in: good.bytes.span).isWrong)
        #expect(packet.isCut == false)
    }

    /// What is cut by the capture and what the sender never sent are both shorter frames.
    @Test(arguments: GoodFrame.all)
    func everyPrefixDecodes(_ good: GoodFrame) {
        let whole = decode(good.bytes, good.linkType)
        for length in 0..<good.bytes.count {
            let frame = Array(good.bytes.prefix(length))
            for originalLength in [length, good.bytes.count] {
                let packet = decode(frame, good.linkType, originalLength: originalLength)
                #expect(isPlausible(packet, frame), "cut at \(length)")
                #expect(exercise(packet, frame) > 0)
            }
            let cut = decode(frame, good.linkType, originalLength: good.bytes.count)
            #expect(cut.isCut)
            // Cut before the inner packet's header is whole, a tunnel's packet is the outer one.
            if cut.encapsulations.count < whole.encapsulations.count, cut.stop == nil {
                #expect(cut.network != nil, "cut at \(length)")
                continue
            }
            #expect(
                cut.network == nil || cut.network == whole.network || cut.encapsulations != whole.encapsulations,
                "cut at \(length)")
            #expect(cut.stop != nil || cut.payloadLengthOnWire == whole.payloadLengthOnWire, "cut at \(length)")
        }
    }

    @Test(arguments: GoodFrame.all)
    func everyByteCanBeAnyByte(_ good: GoodFrame) {
        for index in good.bytes.indices {
            for value in [0x00, 0x01, 0x7F, 0x80, 0xFF, good.bytes[index] ^ 0x01, good.bytes[index] ^ 0x10] as [UInt8] {
                var frame = good.bytes
                frame[index] = value
                let packet = decode(frame, good.linkType)
                #expect(isPlausible(packet, frame), "byte \(index) is \(value)")
                #expect(exercise(packet, frame) > 0)
            }
        }
    }

    /// Every pair of bytes can be a length: 0, 1, one too many, and the most there can be.
    @Test(arguments: GoodFrame.all)
    func everyWordCanLieAboutALength(_ good: GoodFrame) {
        for index in good.bytes.indices.dropLast() {
            for value in [0, 1, 7, UInt16(good.bytes.count + 1), 0x7FFF, 0xFFFF] {
                var frame = good.bytes
                frame[index] = UInt8(value >> 8)
                frame[index + 1] = UInt8(truncatingIfNeeded: value)
                let packet = decode(frame, good.linkType)
                #expect(isPlausible(packet, frame), "word \(index) is \(value)")
                #expect(exercise(packet, frame) > 0)
            }
        }
    }

    @Test func randomBytesDecodeOnEveryLink() {
        var random = SeededGenerator(seed: 1)
        for round in 0..<4000 {
            let frame = random.bytes(Int.random(in: 0...160, using: &random))
            let linkType = LinkType(rawValue: UInt32(round % 300))
            let packet = decode(frame, linkType, originalLength: Int.random(in: -5...70_000, using: &random))
            #expect(isPlausible(packet, frame), "round \(round)")
            #expect(exercise(packet, frame) > 0)
        }
    }

    @Test func damagedFramesDecode() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<200 {
            for good in GoodFrame.all {
                var frame = good.bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    frame[Int.random(in: frame.indices, using: &random)] = random.bytes(1)[0]
                }
                let packet = decode(frame, good.linkType)
                #expect(isPlausible(packet, frame), "\(good.name)")
                #expect(exercise(packet, frame) > 0)
            }
        }
    }

    @Test(arguments: [Int.min, -1, 20, 21, Int.max])
    func aNetworkLayerOutsideTheFrameIsAnError(_ offset: Int) {
        let frame = [UInt8](repeating: 0x45, count: 20)
        let packet = Packet.decode(frame.span, networkLayerAt: offset, originalLength: 20)
        #expect(packet.stop?.layer == .ip)
        #expect(packet.network == nil)
        #expect(exercise(packet, frame) > 0)
    }

    @Test func anImpossibleOriginalLengthCountsAsTheCapturedOne() {
        let frame = GoodFrame.all[0].bytes
        #expect(decode(frame, originalLength: 3).originalLength == frame.count)
        #expect(decode(frame, originalLength: .max).originalLength == .max)
        #expect(exercise(decode(frame, originalLength: .max), frame) > 0)
    }
}
