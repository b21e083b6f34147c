import CaptureFile
import Conversations
import PacketWire

/// What a capture says of itself that limits, or explains, what its packets say: its clock, cut packets, checksums
/// that were not filled in yet, and on which machine it was made.
struct CaptureQuality: Sendable {
    private var latest: Instant?
    private var stepsBack = 0
    private var largestStep = TimeSpan.zero
    private var firstStepFrame = 0
    private var leap: (length: TimeSpan, frame: Int)?
    private var cut = 0
    private var unfilled = 0
    private var outbound: Set<IPAddress> = []
    private var inbound: Set<IPAddress> = []

    /// Several processors and interfaces deliver out of order by less.
    private static let stepBack = TimeSpan.seconds(1)
    /// Nobody records for so long without a packet.
    private static let longestPause = TimeSpan.seconds(30 * 86_400)
    /// Addresses that are told apart.
    private static let mostAddresses = 4_096

    @inline(__always)
    mutating func note(_ packet: Packet, at: Instant, frame: Int) {
        if packet.isCut { cut &+= 1 }
        if let latest {
            let gap = at - latest
            if gap.nanoseconds < -Self.stepBack.nanoseconds || gap > Self.longestPause { noteStep(gap, frame) }
        }
        latest = at
    }

    private mutating func noteStep(_ gap: TimeSpan, _ frame: Int) {
        if gap > .zero {
            if leap == nil { leap = (gap, frame) }
            return
        }
        stepsBack &+= 1
        if stepsBack == 1 { firstStepFrame = frame }
        largestStep = max(largestStep, TimeSpan(nanoseconds: 0 &- gap.nanoseconds))
    }

    /// An opening's checksums.
    mutating func note(_ checksums: ChecksumReport) {
        if checksums.transport == .partial { unfilled &+= 1 }
    }

    /// Which way an opening passed the capturing machine's interface.
    mutating func note(source: IPAddress?, passed direction: PacketFlags.Direction?) {
        guard let source, let direction, !source.isLoopback else { return }
        if direction == .outbound, outbound.count < Self.mostAddresses { outbound.insert(source) }
        if direction == .inbound, inbound.count < Self.mostAddresses { inbound.insert(source) }
    }

    /// Addresses of the machine that captured: it sent from them and nobody sent to it from them. What a router
    /// forwards goes in and out.
    var localAddresses: Set<IPAddress> { outbound.subtracting(inbound) }

    /// One sentence each.
    var limits: [String] {
        var limits: [String] = []
        if stepsBack > 0 {
            limits.append(
                "the clock went back \(stepsBack == 1 ? "once" : "\(stepsBack) times"), by up to \(largestStep.inSeconds),"
                    + " first at frame \(firstStepFrame): times across that are not to be trusted")
        }
        if let leap {
            limits.append(
                "between frame \(leap.frame - 1) and frame \(leap.frame) lie \(leap.length.nanoseconds / 86_400_000_000_000)"
                    + " days: the clock was set, or captures were put together")
        }
        if cut > 0 {
            limits.append(
                "\(cut) packets are cut (snap length): what applications said in them is not all there")
        }
        if unfilled > 0 {
            limits.append(
                "\(unfilled) openings have checksums that are not filled in yet: they were captured on the machine that"
                    + " sent them, whose network card does that")
        }
        return limits
    }
}

extension TimeSpan {
    /// `3.2 s`
    fileprivate var inSeconds: String {
        let tenths = nanoseconds / 100_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

extension CaptureRecord {
    /// Which way the packet passed the interface: as the file says, or the cooked header (PACKET_OUTGOING and its like
    /// of linux/if_packet.h). Nil where neither does.
    func direction(of packet: Packet, in window: Span<UInt8>) -> PacketFlags.Direction? {
        guard let type = packet.link?.packetType else { return direction(in: window) }
        return type == .fromUs ? .outbound : type == .toUs ? .inbound : nil
    }
}
