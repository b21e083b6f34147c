import PacketWire

/// It works, and a box on the way takes out what the SYN offers: window scaling, selective acknowledgement or
/// timestamps (RFC 7323, RFC 2018), without which a connection is slow or breaks under load.
///
/// Address translation, a clamped MSS and cleared ECN are worth knowing and cost nothing that was asked for: they
/// stand in the evidence of an open target.
enum AlteredInTransit: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, let first = observations.strippedOffers.first else { return nil }
        let names = observations.strippedOffers.map(\.field.phrase).joined(separator: ", ")
        let isConfirmed = observations.path.isSeenBehind(first)
        return Finding(
            "options are stripped on the way", .degraded, stage: .handshake, mechanism: .alteredInTransit,
            zones: [.path], confidence: isConfirmed ? .strong : .likely, afterHop: first.afterHop,
            beforeHop: first.seenAt,
            summary: "The connection works, and a box before \(observations.phrase(first.seenAt)) takes this out of the"
                + " SYN: \(names).",
            advice: [
                "Ask whoever runs \(first.seenAt.address?.description ?? "the hop") and the router before it for what"
                    + " normalizes TCP options there."
            ])
    }
}

extension PathView {
    /// A farther hop quotes the packet too, and does not show the field as it left.
    func isSeenBehind(_ change: PathChange) -> Bool {
        let behind = hops.filter { $0.ttl > change.seenAt.ttl }
        guard behind.contains(where: { if case .timeExceeded = $0.target { true } else { false } }) else {
            return false
        }
        return !behind.contains { $0.changes.contains { $0.field == change.field } }
    }
}
