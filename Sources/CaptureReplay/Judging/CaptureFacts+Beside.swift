import Conversations
import Diagnosis
import PacketWire

extension CaptureFacts {
    /// The link addresses that answer for an address, by their answers to openings or by address resolution; empty where it
    /// is one.
    func linkHolders(of address: IPAddress) -> [MACAddress] {
        if oddities.holders.isEmpty, table.neighbors.isEmpty { return [] }
        var holders = oddities.holders[address] ?? []
        for answer in table.neighbors[address]?.answers ?? [] {
            if let holder = answer.linkAddress, !holders.contains(holder) { holders.append(holder) }
        }
        return holders.count > 1 ? holders : []
    }

    /// Another client whom the same port served at the time of a connection that came to nothing.
    func servedBeside(_ position: Int, _ outline: ConversationOutline) -> IPAddress? {
        guard outline.network == 0, !outline.isOpened, !outline.beganBefore, !outline.isToGroup,
            let flow = outline.subject.flow, flow.transport == .tcp,
            let other = oddities.servers.client(
                besides: flow.source.address, of: flow.destination, from: outline.firstSeen, to: outline.lastSeen)
        else { return nil }
        return outline.isRefused ? servedBetweenRefusals(position, flow) : other
    }

    /// A service that is started anew refuses everybody for a moment, and served others before and behind: it must have
    /// served one between two refusals of this client.
    private func servedBetweenRefusals(_ position: Int, _ flow: Flow) -> IPAddress? {
        let refused = pairs.siblings(of: position, in: table, most: Self.mostSiblings).filter { sibling in
            let other = table.subject(at: sibling).flow
            return other?.destination == flow.destination && other?.transport == .tcp
                && table.outline(at: sibling).isRefused
        }.map { table.outline(at: $0).firstSeen }
        guard let first = refused.min(), let last = refused.max() else { return nil }
        return oddities.servers.client(
            besides: flow.source.address, of: flow.destination, between: first, and: last)
    }
}
