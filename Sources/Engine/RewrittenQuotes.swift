import Conversations
import PacketWire

/// Finds the attempt behind an ICMP error whose quote bears other addresses or ports than our packet left with:
/// an address translator that does not translate its quotes back.
///
/// An error counts only where it comes to the very address that the attempt was sent from, and where enough of the
/// quote is still ours: for TCP the 32 bits of the initial sequence number and one end; for UDP one whole end and
/// our port, or the far end, an address that is not this machine's, and the length of a ladder's datagram. Other
/// people's errors stay theirs.
struct RewrittenQuotes {
    private struct Opening {
        var flow: Flow
        var name: PacketName
        var target: Int
        var attempt: Int
    }

    /// What is left of a datagram where its own end was changed altogether.
    private struct Remainder: Hashable {
        var destination: Endpoint
        var name: PacketName
    }

    private var openings: [UInt32: Opening] = [:]
    private var datagrams: [Endpoint: [Opening]] = [:]
    private var rungs: [Remainder: [Opening]] = [:]

    /// An own SYN, with its initial sequence number.
    mutating func note(opening number: UInt32, of flow: Flow, target: Int, attempt: Int) {
        openings[number] = Opening(flow: flow, name: .sequence(number), target: target, attempt: attempt)
    }

    mutating func note(datagram flow: Flow, payloadLength: Int, target: Int, attempt: Int, isRung: Bool = false) {
        let name = PacketName(payloadLength: payloadLength)
        let opening = Opening(flow: flow, name: name, target: target, attempt: attempt)
        datagrams[flow.source, default: []].append(opening)
        guard isRung else { return }
        rungs[Remainder(destination: flow.destination, name: name), default: []].append(opening)
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
            if fitting.count == 1, let only = fitting.first { return (only.target, only.attempt) }
            guard let name = PacketName(quoted) else { return nil }
            if !fitting.isEmpty { return Self.latest(fitting.filter { $0.name == name }) }
            // From another port of this machine somebody else may ask the same.
            guard flow.source.address != address else { return nil }
            let rungs = rungs[Remainder(destination: flow.destination, name: name)] ?? []
            return Self.latest(rungs.filter { $0.flow.source.address == address })
        }
    }

    /// The packets of one flow have names of their own; those of two flows that both fit cannot be told apart.
    private static func latest(_ openings: [Opening]) -> (target: Int, attempt: Int)? {
        guard let last = openings.last, openings.allSatisfy({ $0.flow == last.flow }) else { return nil }
        return (last.target, last.attempt)
    }
}
