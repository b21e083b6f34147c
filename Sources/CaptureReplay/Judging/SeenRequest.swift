import Conversations
import Diagnosis
import PacketWire

/// The same request on other connections, which tells a server that is away from one of several.
extension CaptureFacts {
    /// What is asked so much later may meet another world.
    private static let sameTime = TimeSpan.seconds(60)
    /// A client that leaves sooner has not waited, as live.
    private static let patience = TimeSpan.seconds(1)

    /// How the client fared with the request that failed on connections that it asked on no earlier; nil where this one did
    /// not fail, or there are none.
    func sameRequests(besides position: Int, _ siblings: [Int]) -> ApplicationFacts? {
        guard case .http(let exchange)? = table.application(at: position), let own = exchange.request,
            !own.value.isConnect, !own.value.isHTTP2, isUnserved(exchange) ?? true
        else { return nil }
        let target = table.subject(at: position).flow?.destination
        let segmentSize = table.analysis(at: position)?.initiator.maximumSegmentSize
        var repeats = DialogueRepeats(tried: 0, answered: 0)
        for sibling in nearest(siblings, to: position) {
            guard table.subject(at: sibling).flow?.destination == target,
                case .http(let other)? = table.application(at: sibling), let asked = other.request,
                // A smaller one heals what packets' size does.
                table.analysis(at: sibling)?.initiator.maximumSegmentSize == segmentSize,
                asked.value == own.value, asked.at >= own.at, asked.at - own.at <= Self.sameTime
            else { continue }
            if let isUnserved = isUnserved(other) {
                repeats.tried += 1
                repeats.answered += isUnserved ? 0 : 1
            } else if let close = table.analysis(at: sibling)?.close,
                !close.byInitiator || close.at - asked.at >= Self.patience
            {
                repeats.tried += 1
            }
        }
        guard repeats.tried > 0 else { return nil }
        var application = ApplicationFacts()
        application.repeats = repeats
        return application
    }

    /// Nil where no status came.
    private func isUnserved(_ exchange: HTTPExchange) -> Bool? { exchange.status?.value.isUnserved }
}
