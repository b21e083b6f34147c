import Conversations
import PacketWire

/// Fragments of a capture until their datagram is whole: it counts when its last fragment has come, as one packet.
struct FragmentShelf: Sendable {
    /// A packet that was put together, or what is left of one.
    struct Whole {
        var packet: Packet
        /// What the fragments were in; what is inside of them, the packet says itself.
        var carrier: Carrier?
        var bytes: [UInt8]
        var frame: Int
        var at: Instant
        /// Nothing is missing: whoever it was for has got it.
        var isComplete = true
    }

    private var reassembler = FragmentReassembler()
    private var abandonedCount = 0
    private var refusals = 0

    /// Takes a fragment. Returns the datagram that it completes, and before it the beginnings of those that were given
    /// up: one that was never whole still says who sent something to whom.
    mutating func add(_ packet: Packet, in frame: Span<UInt8>, number: Int, at: Instant) -> [Whole] {
        let outcome = reassembler.add(packet, in: frame, number: number, at: at.nanoseconds)
        var result = takeAbandoned()
        switch outcome {
        case .datagram(let datagram):
            var whole = datagram.packet
            var carrier: Carrier?
            // What was outside of the fragments stays outside; where it stands is true of their frames only.
            if whole.encapsulations.isEmpty, !packet.encapsulations.isEmpty {
                whole.encapsulations = packet.encapsulations
                carrier = Carrier(packet, in: frame)
            }
            result.append(Whole(packet: whole, carrier: carrier, bytes: datagram.bytes, frame: number, at: at))
        case .refused: refusals &+= 1
        case .whole, .held, .duplicate: break
        }
        return result
    }

    /// The beginnings of all that is not whole: nothing comes any more.
    mutating func giveUp() -> [Whole] {
        reassembler.giveUp()
        return takeAbandoned()
    }

    private mutating func takeAbandoned() -> [Whole] {
        let abandoned = reassembler.takeAbandoned()
        abandonedCount &+= abandoned.count
        return abandoned.filter { !$0.first.isEmpty }.map {
            Whole(
                packet: $0.packet, carrier: nil, bytes: $0.first, frame: $0.frame, at: Instant(nanoseconds: $0.began),
                isComplete: false)
        }
    }

    /// What that means for the capture; nil where nothing was missing.
    var limit: String? {
        guard abandonedCount > 0 || refusals > 0 else { return nil }
        var parts: [String] = []
        if abandonedCount > 0 {
            parts.append(
                "\(abandonedCount) fragmented datagram\(abandonedCount == 1 ? " was" : "s were") never whole here: either"
                    + " the capture lacks fragments, or somebody stops them and lets first ones pass")
        }
        if refusals > 0 {
            parts.append(
                "\(refusals) fragment\(refusals == 1 ? "" : "s") could not be put to others (cut, or contradicting them)"
            )
        }
        return parts.joined(separator: "; ")
    }
}
