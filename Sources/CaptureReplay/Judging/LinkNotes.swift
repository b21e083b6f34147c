public import Conversations
import Diagnosis
import PacketWire

/// What address resolution shows by itself: who was asked for in vain, and which address more than one holds. Whoever
/// gets no answer sends no packet, so that there is no conversation that could say it.
extension ConversationTable {
    /// Addresses that are named one by one.
    private static let mostNamed = 8
    /// Asked so often, nobody answers by chance.
    private static let fewestRequests = 3

    /// One sentence each.
    public var linkNotes: [String] { disputedAddresses + unansweredAddresses }

    private var unansweredAddresses: [String] {
        let unanswered = neighbors.values.filter { $0.isUnanswered && $0.requests.count >= Self.fewestRequests }
            .sorted { ($1.requests.count, $0.address) < ($0.requests.count, $1.address) }
        guard !unanswered.isEmpty else { return [] }
        let names = unanswered.prefix(Self.mostNamed).map { exchange in
            let times = exchange.requests.count
            return
                "\(exchange.address) (asked for \(times)\(times < NeighborExchange.mostKept ? "" : " or more") times,"
                + " first in frame \(exchange.requests[0]))"
        }
        let rest = unanswered.count - names.count
        return [
            "nobody answers for \(names.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : ""), as far as this"
                + " capture shows: no host with that address is up on the link, or it does not hear"
        ]
    }

    private var disputedAddresses: [String] {
        let claims = neighbors.values.compactMap { exchange -> (address: IPAddress, phrase: String)? in
            let claims = exchange.answers.filter { $0.linkAddress != nil }
            let holders = claims.reduce(into: [MACAddress]()) { holders, claim in
                guard let holder = claim.linkAddress, !holders.contains(holder) else { return }
                holders.append(holder)
            }
            guard holders.count > 1, let first = claims.first, let last = claims.last else { return nil }
            let names = holders.prefix(Self.mostNamed).map(\.description).joined(separator: " and ")
            // Who has moved does not come back.
            let changes = zip(claims, claims.dropFirst()).count { $0.linkAddress != $1.linkAddress }
            return changes >= holders.count
                ? (
                    exchange.address,
                    "\(names) claim \(exchange.address) in turn (frames \(first.frame) to \(last.frame)): two hosts have one address, or one answers in the other's place"
                )
                : (
                    exchange.address,
                    "\(exchange.address) moved from one to the next of \(names) (frames \(first.frame) to \(last.frame)): a takeover, or two hosts with one address"
                )
        }
        return claims.sorted { $0.address < $1.address }.prefix(Self.mostNamed).map(\.phrase)
    }
}
