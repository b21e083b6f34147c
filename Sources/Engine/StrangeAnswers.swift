import PacketWire

/// What answers a packet of ours and comes from another address or port than it went to. SYN-ACKs are known by our
/// own port and by the number that they acknowledge, so that nobody else's are ever taken; datagrams by our own port and
/// one half of the place that was asked.
struct StrangeAnswers {
    private struct Opening {
        var number: UInt32
        var target: Int
        var attempt: Int
    }

    private struct Question {
        var to: Endpoint
        var target: Int
        var attempt: Int
    }

    private var openings: [Endpoint: [Opening]] = [:]
    private var datagrams: [Endpoint: Question] = [:]
    private static let most = 64
    private static let mostDatagrams = 65_536

    mutating func note(opening number: UInt32, of flow: Flow, target: Int, attempt: Int) {
        let opening = Opening(number: number, target: target, attempt: attempt)
        guard openings[flow.source, default: []].count < Self.most,
            !openings[flow.source, default: []].contains(where: { $0.number == number })
        else { return }
        openings[flow.source, default: []].append(opening)
    }

    /// A datagram, which bears no number of ours: only the port from which it left tells what comes back for it.
    mutating func note(datagram flow: Flow, target: Int, attempt: Int) {
        guard datagrams.count < Self.mostDatagrams || datagrams[flow.source] != nil else { return }
        datagrams[flow.source] = Question(to: flow.destination, target: target, attempt: attempt)
    }

    func owner(of packet: Packet, _ flow: Flow) -> (target: Int, attempt: Int)? {
        guard let header = packet.tcp else { return asker(of: flow) }
        guard header.flags.isSuperset(of: [.syn, .ack]) else { return nil }
        let opening = openings[flow.destination]?.first { header.acknowledgementNumber == $0.number &+ 1 }
        return opening.map { ($0.target, $0.attempt) }
    }

    /// Either the address or the port is that which was asked: others need not mean us.
    private func asker(of flow: Flow) -> (target: Int, attempt: Int)? {
        guard flow.transport == .udp, let question = datagrams[flow.destination],
            flow.source.address == question.to.address || flow.source.port == question.to.port
        else { return nil }
        return (question.target, question.attempt)
    }
}
