import PacketWire
import StallpointTestKit
import Testing

struct FragmentTests {
    /// The fragments of a datagram of either family, with the given ranges of its payload.
    static func fragments(
        _ family: IPFamily, _ payload: [UInt8], _ ranges: [Range<Int>], identification: UInt32 = 42, last: Int? = nil
    ) -> [[UInt8]] {
        ranges.map { range in
            let isLast = range.upperBound == (last ?? payload.count)
            let part = Array(payload[range.clamped(to: payload.indices)])
            if family == .v6 {
                let word = UInt16(range.lowerBound) | (isLast ? 0 : 1)
                let header: [UInt8] =
                    [17, 0, UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
                    + (0..<4).map { UInt8(truncatingIfNeeded: identification >> (24 - 8 * UInt32($0))) }
                return builder(.v6, .rawIP).ip(.ipv6Fragment, header + part)
            }
            var builder = builder(.v4, .rawIP)
            builder.identification = UInt16(truncatingIfNeeded: identification)
            builder.dontFragment = false
            var frame = builder.ip(.udp, part)
            frame[6] = UInt8(range.lowerBound >> 11) | (isLast ? 0 : 0x20)
            frame[7] = UInt8(truncatingIfNeeded: range.lowerBound >> 3)
            return frame
        }
    }

    /// A UDP datagram of 40 bytes, without its IP header.
    static func datagram(_ family: IPFamily) -> [UInt8] {
        let whole = builder(family, .rawIP).udp(from: 5000, to: 53, payload: Array(0..<32))
        return Array(whole.dropFirst(family == .v4 ? 20 : 40))
    }

    static func feed(
        _ frames: [[UInt8]], _ reassembler: inout FragmentReassembler, at time: Int64 = 0
    ) -> [FragmentReassembler.Outcome] {
        frames.enumerated().map { index, frame in
            reassembler.add(decode(frame, .rawIP), in: frame.span, number: index + 1, at: time)
        }
    }

    static let ranges = [0..<8, 8..<24, 24..<40]

    @Test(arguments: [IPFamily.v4, .v6], [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [1, 2, 0], [0, 2, 1]])
    func anyOrderGivesTheDatagram(_ family: IPFamily, _ order: [Int]) throws {
        var reassembler = FragmentReassembler()
        let frames = Self.fragments(family, Self.datagram(family), Self.ranges)
        let outcomes = Self.feed(order.map { frames[$0] }, &reassembler)
        #expect(outcomes.dropLast().allSatisfy { $0 == .held })
        guard case .datagram(let datagram) = outcomes[2] else {
            Issue.record("\(outcomes)")
            return
        }
        let packet = datagram.packet
        #expect(packet.flow == Flow(.udp, from: Endpoint(packet.source!, 5000), to: Endpoint(packet.destination!, 53)))
        #expect(packet.stop == nil && packet.anomalies == [] && packet.fragment == nil)
        #expect(packet.checksums(in: datagram.bytes.span).transport == .valid)
        #expect(!packet.checksums(in: datagram.bytes.span).isWrong)
        #expect(Array(datagram.bytes[packet.payload]) == Array(0..<32))
        #expect(datagram.frames == (0..<3).map { order.firstIndex(of: $0)! + 1 })
        #expect(reassembler.waiting == 0 && reassembler.heldBytes == 0)
        #expect(reassembler.counts.completed == 1)
    }

    /// The headers in front of the fragment header stay, and name what the fragments held.
    @Test func extensionHeadersInFrontStay() {
        var reassembler = FragmentReassembler()
        let options = hex("2c00 0104 0000 0000")
        let frames = Self.fragments(.v6, Self.datagram(.v6), Self.ranges).map { frame in
            builder(.v6, .rawIP).ip(.ipv6DestinationOptions, options + frame.dropFirst(40))
        }
        guard case .datagram(let datagram)? = Self.feed(frames, &reassembler).last else {
            Issue.record("not put together")
            return
        }
        #expect(datagram.packet.udp?.destinationPort == 53)
        #expect(datagram.packet.extensions == .destinationOptions)
        #expect(datagram.bytes.count == 40 + 8 + 40)
    }

    /// A tunnelled packet that was split outside is found in the whole.
    @Test func aTunnelIsEnteredInTheWhole() {
        var reassembler = FragmentReassembler()
        let outer = builder(.v4, .rawIP).udp(
            from: 1, to: 4789, payload: hex("08000000 00004d00") + TunnelledFrame.innerFrame)
        let payload = Array(outer.dropFirst(20))
        let outcomes = Self.feed(Self.fragments(.v4, payload, [0..<32, 32..<payload.count]), &reassembler)
        guard case .datagram(let datagram) = outcomes[1] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(datagram.packet.encapsulations.description == "VXLAN 77")
        #expect(datagram.packet.tcp?.destinationPort == 443)
    }

    @Test func whatIsNoFragmentIsWhole() {
        var reassembler = FragmentReassembler()
        let atomic = Self.fragments(.v6, Self.datagram(.v6), [0..<40])
        let plain = [builder(.v4, .rawIP).udp(from: 1, to: 2), TunnelledFrame.innerV6, [0x45], []]
        #expect(Self.feed(atomic + plain, &reassembler).allSatisfy { $0 == .whole })
        #expect(reassembler.waiting == 0)
    }

    @Test(arguments: [IPFamily.v4, .v6])
    func theSameFragmentTwiceIsADuplicate(_ family: IPFamily) {
        var reassembler = FragmentReassembler()
        let frames = Self.fragments(family, Self.datagram(family), [0..<8, 0..<8, 24..<40, 24..<40, 8..<24])
        let outcomes = Self.feed(frames, &reassembler)
        #expect(outcomes[1] == .duplicate && outcomes[3] == .duplicate)
        if case .datagram = outcomes[4] {} else { Issue.record("\(outcomes)") }
    }

    /// Teardrop and its kin: the second fragment lies within the first or reaches into it.
    @Test(arguments: [
        (IPFamily.v4, [0..<24, 8..<16], FragmentReassembler.Outcome.duplicate),
        (.v6, [0..<24, 8..<16], .refused(.overlap)),
        (.v4, [0..<24, 16..<32], .refused(.overlap)), (.v6, [0..<24, 16..<32], .refused(.overlap)),
        (.v4, [8..<24, 0..<16], .refused(.overlap)), (.v6, [8..<16, 0..<24], .refused(.overlap)),
        (.v4, [24..<40, 24..<48], .refused(.contradictoryEnd)), (.v4, [24..<40, 40..<48], .refused(.contradictoryEnd)),
        (.v6, [32..<48, 24..<40], .refused(.contradictoryEnd)),
    ])
    func overlapsAreNotGuessedAt(_ family: IPFamily, _ ranges: [Range<Int>], _ expected: FragmentReassembler.Outcome) {
        var reassembler = FragmentReassembler()
        let payload = [UInt8](repeating: 7, count: 80)
        let outcomes = Self.feed(Self.fragments(family, payload, ranges, last: 40), &reassembler)
        #expect(outcomes == [.held, expected])
        guard expected != .duplicate else { return }
        // The rest is refused as well, and counted once.
        #expect(Self.feed(Self.fragments(family, payload, [0..<8]), &reassembler) == [.refused(.discarded)])
        #expect(reassembler.counts.discarded == 1 && reassembler.heldBytes == 0)
    }

    @Test func otherBytesAtTheSamePlaceAreAnOverlap() {
        var reassembler = FragmentReassembler()
        var frames = Self.fragments(.v4, Self.datagram(.v4), [0..<8, 0..<8])
        frames[1][24] ^= 1
        #expect(Self.feed(frames, &reassembler) == [.held, .refused(.overlap)])
    }

    @Test func impossibleLengthsAreRefused() {
        var reassembler = FragmentReassembler()
        let payload = [UInt8](repeating: 0, count: 66_000)
        func outcome(_ range: Range<Int>, cut: Int = 0) -> FragmentReassembler.Outcome {
            let frame = Array(Self.fragments(.v4, payload, [range])[0].dropLast(cut))
            let packet = decode(frame, .rawIP, originalLength: frame.count + cut)
            return reassembler.add(packet, in: frame.span, number: 1, at: 0)
        }
        #expect(outcome(8..<15) == .refused(.badLength))
        #expect(outcome(8..<8) == .refused(.badLength))
        #expect(outcome(8..<16, cut: 1) == .refused(.cut))
        #expect(outcome(8..<16, cut: 8) == .refused(.cut))
        #expect(outcome(65_528..<65_544) == .refused(.tooLong))
    }

    /// 65,535 bytes with the header: no datagram is longer, though its fragments could say so.
    @Test func theWholeMustFitItsLengthField() {
        let payload = [UInt8](repeating: 0, count: 65_528)
        for (size, isWhole) in [(65_515, true), (65_520, false)] {
            var reassembler = FragmentReassembler()
            let part = Array(payload.prefix(size))
            let outcomes = Self.feed(Self.fragments(.v4, part, [0..<32_000, 32_000..<size]), &reassembler)
            if case .datagram(let datagram) = outcomes[1] {
                #expect(isWhole && datagram.bytes.count == 65_535)
            } else {
                #expect(!isWhole && outcomes[1] == .refused(.tooLong))
            }
        }
    }

    @Test func whatNeverBecomesWholeExpires() {
        var reassembler = FragmentReassembler()
        let frames = Self.fragments(.v4, Self.datagram(.v4), Self.ranges)
        _ = Self.feed([frames[0]], &reassembler, at: 0)
        #expect(Self.feed([frames[1]], &reassembler, at: 60_000_000_000) == [.held])
        #expect(reassembler.counts.expired == 0)
        #expect(Self.feed([frames[2]], &reassembler, at: 60_000_000_001) == [.held])
        #expect(reassembler.counts.expired == 1 && reassembler.waiting == 1 && reassembler.heldBytes == 16)
        // Clocks step.
        #expect(Self.feed([frames[0]], &reassembler, at: .min) == [.held])
    }

    @Test func memoryIsBounded() {
        var limits = FragmentReassembler.Limits()
        limits.datagrams = 10
        limits.bytes = 1000
        limits.fragmentsPerDatagram = 5
        var reassembler = FragmentReassembler(limits: limits)
        let payload = [UInt8](repeating: 0, count: 4000)
        for identification in UInt32(0)..<1000 {
            let size = Int(identification % 40 + 1) * 8
            _ = Self.feed(Self.fragments(.v6, payload, [8..<8 + size], identification: identification), &reassembler)
            #expect(reassembler.waiting <= 10 && reassembler.heldBytes <= 1000)
        }
        #expect(reassembler.counts.evicted + reassembler.waiting == 1000)
        let many = Self.fragments(.v4, payload, (1...6).map { $0 * 16..<$0 * 16 + 8 })
        #expect(Self.feed(many, &reassembler).last == .refused(.tooManyFragments))
    }

    /// Every fragment that can be, in any order: no trap, no growth, and the counts add up.
    @Test func randomFragmentsAreSurvived() {
        var random = SeededGenerator(seed: 3)
        var reassembler = FragmentReassembler()
        var completed = 0
        let payload = random.bytes(400)
        for round in 0..<20_000 {
            let start = Int.random(in: 0..<6, using: &random) * 8
            let count = Int.random(in: 1..<4, using: &random) * 8
            var frame = Self.fragments(
                round % 2 == 0 ? .v4 : .v6, payload, [start..<start + count],
                identification: UInt32.random(in: 0..<50, using: &random), last: 64)[0]
            if round % 3 == 0 { frame[Int.random(in: frame.indices, using: &random)] = random.bytes(1)[0] }
            let outcome = reassembler.add(decode(frame, .rawIP), in: frame.span, number: round, at: Int64(round) << 24)
            if case .datagram(let datagram) = outcome {
                completed += 1
                #expect(isPlausible(datagram.packet, datagram.bytes))
            }
            #expect(reassembler.heldBytes >= 0 && reassembler.waiting <= 512)
        }
        #expect(completed > 0 && completed == reassembler.counts.completed)
    }
}
