package import Conversations
import PacketWire

/// Where in the network a capture was made, as far as its connections tell: how many routers each end's packets had
/// passed (RFC 1122 section 3.2.1.7; start values of 64, 128 and 255 are those of all common systems), and on which
/// side of the tap the time of the handshakes went by.
public struct TapTally: Sendable, Hashable {
    /// Where a tap stands, seen from the ends of a connection.
    public enum Place: String, Sendable, Hashable, CaseIterable {
        case nearInitiators = "near-initiators"
        case nearResponders = "near-responders"
        case between
        /// No router in either direction.
        case sameNetwork = "same-network"
    }

    /// By routers passed, of connections in which both ends were seen: a TTL knows fewer than 256.
    private var initiators = Array(repeating: 0, count: 256)
    private var responders = Array(repeating: 0, count: 256)
    /// In the order of `Place.allCases`.
    private var places = Array(repeating: 0, count: Place.allCases.count)
    private var total = 0
    /// Of handshakes without a repetition: from SYN to SYN-ACK, and from there to the last acknowledgement.
    private var toResponder = TimeSpan.zero
    private var toInitiator = TimeSpan.zero

    public init() {}

    package mutating func add(_ table: ConversationTable, at position: Int) {
        let outline = table.outline(at: position)
        // What is sent to die on the way tells nothing by what is left of its life.
        guard !outline.isShortLived, let (there, back) = outline.routersPassed else { return }
        total += 1
        initiators[there & 255] += 1
        responders[back & 255] += 1
        places[Self.place(there, back).index] += 1
        guard let times = table.handshakeTimes(at: position) else { return }
        toResponder = toResponder + times.toResponder
        toInitiator = toInitiator + times.toInitiator
    }

    package mutating func add(_ other: TapTally) {
        for index in initiators.indices { initiators[index] += other.initiators[index] }
        for index in responders.indices { responders[index] += other.responders[index] }
        for index in places.indices { places[index] += other.places[index] }
        total += other.total
        toResponder = toResponder + other.toResponder
        toInitiator = toInitiator + other.toInitiator
    }

    private static func place(_ there: Int, _ back: Int) -> Place {
        switch (there == 0, back == 0) {
        case (true, true): .sameNetwork
        case (true, false): .nearInitiators
        case (false, true): .nearResponders
        case (false, false): .between
        }
    }

    /// The place that nine of ten connections agree on; nil where they do not, or there is none.
    public var place: Place? {
        guard total > 0 else { return nil }
        return Place.allCases.first { places[$0.index] * 10 >= total * 9 }
    }

    /// How many routers the packets of half of the connections had passed at most; nil without connections.
    public var initiatorRouters: Int? { Self.median(initiators) }
    public var responderRouters: Int? { Self.median(responders) }

    /// How much of the handshakes' time went by on the responders' side of the tap, from 0 to 1; nil where no time was
    /// seen to pass.
    public var responderShare: Double? {
        let whole = (toResponder + toInitiator).nanoseconds
        return whole > 0 ? Double(toResponder.nanoseconds) / Double(whole) : nil
    }

    private static func median(_ counts: [Int]) -> Int? {
        let total = counts.reduce(0, +)
        var seen = 0
        for (routers, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen * 2 >= total { return routers }
        }
        return nil
    }
}

extension TapTally.Place {
    fileprivate var index: Int {
        switch self {
        case .nearInitiators: 0
        case .nearResponders: 1
        case .between: 2
        case .sameNetwork: 3
        }
    }
}
