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
    func servedBeside(_ outline: ConversationOutline) -> IPAddress? {
        guard outline.network == 0, !outline.isOpened, !outline.beganBefore, !outline.isToGroup,
            let flow = outline.subject.flow, flow.transport == .tcp
        else { return nil }
        return oddities.servers.client(
            besides: flow.source.address, of: flow.destination, from: outline.firstSeen, to: outline.lastSeen)
    }
}
