import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// One thing at a time is taken out of the kernel's SYN, and nothing else is touched.
struct SYNVariantTests {
    private static let full = TCPHeader(
        from: 40_000, to: 443, [.syn, .ece, .cwr], sequenceNumber: 0xD000_0000, window: 64_240,
        options: TCPOptions(
            maximumSegmentSize: 1_460, windowScale: 7, sackPermitted: true,
            timestamps: TCPTimestamps(value: 17, echoReply: 0)))
    private static let bare = TCPHeader(
        from: 40_000, to: 443, .syn, options: TCPOptions(maximumSegmentSize: 1_460))

    @Test("Each leaves out what it says", arguments: SYNVariant.allCases)
    func leavesOut(_ variant: SYNVariant) {
        let changed = variant.applied(to: Self.full)
        var expected = Self.full
        // Another connection's number, whatever the kernel's was: it wraps.
        expected.sequenceNumber = 0x1000_0000
        switch variant {
        case .unchanged: break
        case .withoutECN: expected.flags = .syn
        case .withoutTimestamps: expected.options.timestamps = nil
        case .withoutWindowScale: expected.options.windowScale = nil
        case .withoutSelectiveAcknowledgement: expected.options.sackPermitted = false
        case .withMaximumSegmentSizeOnly: expected.options = TCPOptions(maximumSegmentSize: 1_460)
        }
        #expect(changed == expected)
        #expect(changed.flags.contains(.syn) && changed.window == Self.full.window)
    }

    @Test("What makes no difference to a SYN is not sent")
    func changes() {
        #expect(SYNVariant.allCases.allSatisfy { $0.changes(Self.full) })
        #expect(SYNVariant.allCases.filter { $0.changes(Self.bare) } == [.unchanged])
        var withECN = Self.bare
        withECN.flags.insert([.ece, .cwr])
        #expect(SYNVariant.allCases.filter { $0.changes(withECN) } == [.unchanged, .withoutECN])
    }

    @Test("Twice the same change is the same change")
    func idempotent() {
        for variant in SYNVariant.allCases {
            let once = variant.applied(to: Self.full)
            let twice = variant.applied(to: once)
            #expect(twice.options == once.options && twice.flags == once.flags)
            #expect(variant == .unchanged || !variant.changes(once))
        }
    }
}
