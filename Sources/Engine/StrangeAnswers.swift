import PacketWire

/// SYN-ACKs that answer a SYN of ours and come from another address or port than it went to: known by our own port
/// and by the number that they acknowledge, so that nobody else's are ever taken.
struct StrangeAnswers {
    private struct Opening {
        var number: UInt32
        var target: Int
        var attempt: Int
    }

    private var openings: [Endpoint: [Opening]] = [:]
    private static let most = 64

    mutating func note(opening number: UInt32, of flow: Flow, target: Int, attempt: Int) {
        let opening = Opening(number: number, target: target, attempt: attempt)
        guard openings[flow.source, default: []].count < Self.most,
            !openings[flow.source, default: []].contains(where: { $0.number == number })
        else { return }
        openings[flow.source, default: []].append(opening)
    }

    func owner(of packet: Packet, _ flow: Flow) -> (target: Int, attempt: Int)? {
        guard let header = packet.tcp, header.flags.isSuperset(of: [.syn, .ack]) else { return nil }
        let opening = openings[flow.destination]?.first { header.acknowledgementNumber == $0.number &+ 1 }
        return opening.map { ($0.target, $0.attempt) }
    }
}
