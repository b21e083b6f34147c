import Conversations
import PacketWire

/// Datagrams that answer what was asked of another address or port: conversations of their own in the table, and nobody's
/// attempt.
///
/// No number tells whose answer a datagram is. It is taken for one where it comes to a port from which another address
/// with this port, or another port of this address, was asked in vain, and the receiver refuses it. Where he does not, he
/// may have wanted it, as the peers of many protocols talk to each other from any port: then only another port of the same
/// host counts, that sends no more than it was asked, at once, and nobody else. The ports of a probe are its own: there,
/// nobody else has a reason to send anything.
struct StrayDatagrams: Sendable {
    /// By the position of what was asked: the conversation of the answer.
    private var answers: [Int: Int] = [:]
    private var strays: Set<Int> = []

    private static let promptly = TimeSpan.seconds(5)

    init(_ table: ConversationTable, _ range: Range<Int>, _ pairs: HostPairs, isOfProbe: Bool) {
        var refused: [Receiver: [Int]] = [:]
        for position in range {
            guard let way = table.oneWay(at: position) else { continue }
            if isOfProbe || table.isRefusedByReceiver(way, at: position) {
                refused[Receiver(endpoint: way.flow.destination, network: way.network), default: []].append(position)
            } else if way.flow.source.port != way.flow.destination.port {
                noteUnrefused(table, way, at: position, pairs)
            }
        }
        guard !refused.isEmpty else { return }
        for position in range {
            guard let asked = table.oneWay(at: position), asked.fromInitiator,
                let found = refused[Receiver(endpoint: asked.flow.source, network: asked.network)]
            else { continue }
            for stray in found where stray != position {
                guard let way = table.oneWay(at: stray), way.mayAnswer(asked) else { continue }
                note(stray, answers: position)
            }
        }
    }

    /// Another port of the one who was asked, which says no more than that.
    private mutating func noteUnrefused(
        _ table: ConversationTable, _ way: OneWay, at position: Int, _ pairs: HostPairs
    ) {
        let others = pairs.between(position, in: table, most: 3).filter { $0 != position }
        guard others.count == 1, let asked = table.oneWay(at: others[0]), asked.fromInitiator, way.mayAnswer(asked),
            asked.flow.source == way.flow.destination, way.packets <= asked.packets,
            way.firstSeen - asked.lastSeen <= Self.promptly
        else { return }
        note(position, answers: others[0])
    }

    private mutating func note(_ stray: Int, answers position: Int) {
        strays.insert(stray)
        if answers[position] == nil { answers[position] = stray }
    }

    /// It is such an answer, or what it answers: like no other then.
    func concerns(_ position: Int) -> Bool {
        !strays.isEmpty && (strays.contains(position) || answers[position] != nil)
    }

    /// It is an answer to what another conversation asks.
    func isAnswer(_ position: Int) -> Bool { strays.contains(position) }

    /// What answers it from elsewhere, as packets of its own.
    func answers(to position: Int, in table: ConversationTable) -> [SeenPacket] {
        guard let stray = answers[position] else { return [] }
        return table.conversation(at: stray).packets.compactMap { packet in
            guard packet.icmpError == nil else { return nil }
            var answer = packet
            answer.fromInitiator = false
            answer.isFromStranger = true
            return answer
        }
    }

    private struct Receiver: Hashable {
        var endpoint: Endpoint
        var network: UInt16
    }
}

/// Datagrams from one end to the other, of which none came back.
private struct OneWay {
    /// From whoever sent them.
    var flow: Flow
    var network: UInt16
    var packets: Int
    var firstSeen: Instant
    var lastSeen: Instant
    /// The table takes the sender for whoever began, and not for one who answers, as it does where ports tell.
    var fromInitiator: Bool

    /// One half of the place that was asked is the same, and the question came first.
    func mayAnswer(_ asked: OneWay) -> Bool {
        let (own, wanted) = (flow.source, asked.flow.destination)
        return own != wanted && (own.address == wanted.address || own.port == wanted.port)
            && firstSeen >= asked.firstSeen && network == asked.network
    }
}

extension ConversationTable {
    /// Nil for all but datagrams that went one way, and not to all who listen.
    fileprivate func oneWay(at position: Int) -> OneWay? {
        let outline = outline(at: position)
        guard let flow = outline.subject.flow, flow.transport == .udp, !outline.isToGroup,
            !outline.mayBeAnsweredElsewhere, !flow.source.address.isUnspecified
        else { return nil }
        let isBack = outline.initiatorTimeToLive == nil
        guard isBack || !outline.isAnswered else { return nil }
        return OneWay(
            flow: isBack ? flow.reversed : flow, network: outline.network,
            packets: isBack ? outline.received.packets : outline.sent.packets, firstSeen: outline.firstSeen,
            lastSeen: outline.lastSeen, fromInitiator: !isBack)
    }

    /// Whoever they were for says that nobody waits for them there.
    fileprivate func isRefusedByReceiver(_ way: OneWay, at position: Int) -> Bool {
        guard outline(at: position).isRefused else { return false }
        return conversation(at: position).packets.contains { packet in
            packet.source == way.flow.destination.address && packet.icmpError?.meaning == .portUnreachable
        }
    }
}
