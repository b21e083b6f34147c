import Conversations

/// Losses that come only to what is sent close behind something else: whoever limits bursts lets single packets pass, and the
/// first ones of each burst.
struct Crowding: Sendable, Hashable {
    /// Came by themselves, or first of others; all of them passed.
    let alone: Int
    /// Came close behind others, and how many of these were lost.
    let crowded: Int
    let lost: Int

    /// So long behind another, a packet comes by itself: kernels send again after a second, and no pair of hosts that is
    /// asked for two things at once waits for so long.
    private static let pause = TimeSpan.milliseconds(500)
    private static let fewestLost = 4
    private static let fewestAlone = 3

    /// - Parameter packets: in the order in which they left.
    init?(_ packets: [(at: Instant, passed: Bool)]) {
        var (alone, crowded, lost, bursts) = (0, 0, 0, 0)
        var previous: Instant?
        var hasLost = false
        for packet in packets {
            if previous == nil, !packet.passed {
                // What came before it is not known.
            } else if let previous, packet.at - previous < Self.pause {
                crowded += 1
                if !packet.passed {
                    lost += 1
                    if !hasLost { bursts += 1 }
                    hasLost = true
                }
            } else {
                guard packet.passed else { return nil }
                alone += 1
                hasLost = false
            }
            previous = packet.at
        }
        // One burst may have come in a moment in which something stood still.
        guard alone >= Self.fewestAlone, lost >= Self.fewestLost, bursts >= 2,
            PortOutcomes.choices(lost, of: crowded) / PortOutcomes.choices(lost, of: crowded + alone) <= 0.025
        else { return nil }
        (self.alone, self.crowded, self.lost) = (alone, crowded, lost)
    }
}
