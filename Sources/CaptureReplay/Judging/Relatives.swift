import Conversations
import PacketWire

/// The conversations of one pair of hosts, for whichever of them asks: after a scan of all ports each of 65,536 asks the
/// same of the same ones.
struct Relatives: Sendable {
    let siblings: [Int]
    /// One of them may be a rung of a ladder.
    let hasShortLived: Bool
    /// Nil where they are so few that looking through them costs less.
    private let byTarget: [ServicePlace: [Int]]?

    private static let few = 32

    init(_ siblings: [Int], in table: ConversationTable) {
        self.siblings = siblings
        hasShortLived = siblings.contains { table.outline(at: $0).isShortLived }
        guard siblings.count > Self.few else {
            byTarget = nil
            return
        }
        byTarget = Dictionary(grouping: siblings) { ServicePlace(table.subject(at: $0).flow) }
    }

    /// Whether others of them will ask the same.
    var isWorthKeeping: Bool { byTarget != nil }

    /// Those to the same target, and perhaps others.
    func mayConcern(_ flow: Flow?) -> [Int] {
        guard let byTarget else { return siblings }
        return byTarget[ServicePlace(flow)] ?? []
    }
}

/// A port of a host, by its transport; nil for conversations that have none.
private struct ServicePlace: Hashable {
    let endpoint: Endpoint?
    let transport: Transport?

    init(_ flow: Flow?) { (endpoint, transport) = (flow?.destination, flow?.transport) }
}
