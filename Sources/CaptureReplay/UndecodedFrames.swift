import PacketWire

/// Frames in which no IP packet was found, by the link that they were captured on.
struct UndecodedFrames: Sendable {
    private var counts: [LinkType: Int] = [:]

    mutating func add(_ linkType: LinkType) { counts[linkType, default: 0] &+= 1 }

    /// - Parameter frames: how many there are in all.
    func note(of frames: Int) -> String? {
        let sum = counts.values.reduce(0, &+)
        guard sum > 0 else { return nil }
        // On an Ethernet much is no IP, and nobody wonders.
        let links = counts.filter { $0.key != .ethernet }
            .sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .prefix(4).map { "\($0.value) of the link type \($0.key) (\($0.key.rawValue))" }
        return "\(sum) of \(frames) packets are no IP or could not be decoded"
            + (links.isEmpty ? "" : ": \(links.joined(separator: ", "))")
    }
}
