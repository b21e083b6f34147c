import Conversations
import PacketWire

/// The part of a capture that one of several analyzers judges, where each reads all of it at the same time: whatever two
/// hosts say to each other is in one share, whichever way it goes, and errors are where the packet is that they quote.
///
/// A verdict takes little from elsewhere than the conversations of its own two hosts: who asked for whose link address,
/// and what the capture says of itself. That, each analyzer looks at for itself. What is left is an error that quotes
/// addresses which somebody rewrote: then no share can tell, see ``CaptureAnalyzer/needsWhole``.
public struct CaptureShare: Sendable, Hashable {
    public let index: Int
    public let count: Int

    /// - Parameter index: from 0 to below `count`.
    public init(_ index: Int, of count: Int) {
        precondition(count > 0 && (0..<count).contains(index))
        (self.index, self.count) = (index, count)
    }

    /// What belongs to no two hosts is counted by the first.
    var isFirst: Bool { index == 0 }

    /// Nil for what belongs to no two hosts.
    @inline(__always)
    func holds(_ packet: Packet) -> Bool? {
        if let message = packet.icmp {
            if message.neighborDiscovery != nil { return nil }
            if let quoted = message.quoted { return holds(quoted.source, quoted.destination) }
        }
        guard let source = packet.source, let destination = packet.destination else { return nil }
        return holds(source, destination)
    }

    /// Another share judges what is in the frame, and nothing of it is told beside that.
    @inline(__always)
    func passes(_ frame: Span<UInt8>, _ linkType: LinkType) -> Bool {
        guard linkType == .ethernet, let ends = SegmentEnds(frame) else { return false }
        return !holds(ends.source, ends.destination)
    }

    @inline(__always)
    func holds(_ one: IPAddress, _ other: IPAddress) -> Bool {
        // The same both ways.
        let (a, b) = (Self.fold(one), Self.fold(other))
        let mixed = ((a ^ b) &* 0x9E37_79B9_7F4A_7C15) ^ ((a &+ b) &* 0xD6E8_FEB8_6659_FD93)
        return Int(mixed >> 33) % count == index
    }

    @inline(__always)
    private static func fold(_ address: IPAddress) -> UInt64 {
        switch address {
        case .v4(let address): return UInt64(address.rawValue) &* 0xA076_1D64_78BD_642F
        case .v6(let address):
            let high = UInt64(truncatingIfNeeded: address.rawValue >> 64)
            let low = UInt64(truncatingIfNeeded: address.rawValue)
            return (high &* 0xE703_7ED1_A0B4_28DB) ^ (low &* 0xA076_1D64_78BD_642F)
        }
    }
}
