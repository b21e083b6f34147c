import Conversations
import PacketWire

/// Finds the attempt behind an ICMP error whose quote bears other addresses or ports than our packet left with:
/// an address translator that does not translate its quotes back.
///
/// An error counts only where it comes to the very address that the attempt was sent from, and where enough of the
/// quote is still ours: for TCP the 32 bits of the initial sequence number and one end, for UDP one whole end and
/// our port. Other people's errors stay theirs.
struct RewrittenQuotes {
    private struct Opening {
        var flow: Flow
        var target: Int
        var attempt: Int
    }

    private var openings: [UInt32: Opening] = [:]
    private var datagrams: [Endpoint: [Opening]] = [:]

    /// An own SYN, with its initial sequence number.
    mutating func note(opening number: UInt32, of flow: Flow, target: Int, attempt: Int) {
        openings[number] = Opening(flow: flow, target: target, attempt: attempt)
    }

    mutating func note(datagram flow: Flow, target: Int, attempt: Int) {
        datagrams[flow.source, default: []].append(Opening(flow: flow, target: target, attempt: attempt))
    }

    func owner(of quoted: QuotedPacket, comingTo address: IPAddress?) -> (target: Int, attempt: Int)? {
        guard let address, let flow = quoted.flow else { return nil }
        switch flow.transport {
        case .tcp:
            guard let opening = quoted.sequenceNumber.flatMap({ openings[$0] }),
                opening.flow.source.address == address, opening.flow.isRewritten(as: flow)
            else { return nil }
            return (opening.target, opening.attempt)
        case .udp:
            let own = datagrams[Endpoint(address, flow.source.port)] ?? []
            let fitting = own.filter { $0.flow.source == flow.source || $0.flow.destination == flow.destination }
            // Two datagrams of one port that both fit cannot be told apart.
            guard fitting.count == 1, let only = fitting.first else { return nil }
            return (only.target, only.attempt)
        }
    }
}
