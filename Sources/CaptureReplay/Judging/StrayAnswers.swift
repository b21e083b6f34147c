import Conversations
import PacketWire

/// What answers a question that was asked of another address or port: conversations of their own in the table, and nobody's
/// attempt.
///
/// A SYN-ACK acknowledges the number of the SYN. Of a datagram no number tells whose answer it is: it is taken for one where
/// it comes to a port from which another address with this port, or another port of this address, was asked in vain, and
/// the receiver refuses it. Where he does not, he may have wanted it, as the peers of many protocols talk to each other from
/// any port: then only another port of the same host counts, that sends no more than it was asked, at once, and nobody else.
/// The ports of a probe are its own: there, nobody else has a reason to send anything.
struct StrayAnswers: Sendable {
    /// By the position of what was asked in vain: the conversations of its answers.
    private var answers: [Int: [Int]] = [:]
    private var strays: Set<Int> = []

    private static let promptly = TimeSpan.seconds(5)
    private static let most = 8

    init(_ table: ConversationTable, _ range: Range<Int>, _ pairs: HostPairs, isOfProbe: Bool) {
        var waiting: [Receiver: [Int]] = [:]
        for position in range {
            guard let stray = Stray(table, position) else { continue }
            if stray.isSure || isOfProbe || table.isRefusedByReceiver(stray.flow, at: position) {
                waiting[Receiver(stray.flow.destination, stray.flow.transport, stray.network), default: []].append(
                    position)
            } else if stray.flow.source.port != stray.flow.destination.port {
                noteUnrefused(table, stray, at: position, pairs)
            }
        }
        guard !waiting.isEmpty else { return }
        for position in range {
            guard let asked = Question(table, position),
                let found = waiting[Receiver(asked.flow.source, asked.flow.transport, asked.network)]
            else { continue }
            for place in found where place != position {
                guard let stray = Stray(table, place), stray.mayAnswer(asked, table) else { continue }
                note(place, answers: asked)
            }
        }
    }

    /// Another port of the one who was asked, which says no more than that.
    private mutating func noteUnrefused(
        _ table: ConversationTable, _ stray: Stray, at position: Int, _ pairs: HostPairs
    ) {
        let others = pairs.between(position, in: table, most: 3).filter { $0 != position }
        guard others.count == 1, let asked = Question(table, others[0]), asked.isInVain, stray.mayAnswer(asked, table),
            asked.flow.source == stray.flow.destination, stray.packets <= asked.packets,
            stray.firstSeen - asked.lastSeen <= Self.promptly
        else { return }
        note(position, answers: asked)
    }

    private mutating func note(_ stray: Int, answers asked: Question) {
        strays.insert(stray)
        guard asked.isInVain, answers[asked.position, default: []].count < Self.most else { return }
        answers[asked.position, default: []].append(stray)
    }

    /// It is an answer to what another conversation asks.
    func isAnswer(_ position: Int) -> Bool { strays.contains(position) }

    /// It is such an answer, or what it answers: like no other then.
    func concerns(_ position: Int) -> Bool {
        !strays.isEmpty && (strays.contains(position) || answers[position] != nil)
    }

    /// What answers it from elsewhere, as packets of its own; with what its initiator says to that.
    func answers(to position: Int, in table: ConversationTable) -> [SeenPacket] {
        guard let found = answers[position], let asked = table.subject(at: position).flow else { return [] }
        let numbers = table.openingNumbers(at: position)
        let packets = found.flatMap { table.conversation(at: $0).packets }.compactMap { packet -> SeenPacket? in
            guard packet.icmpError == nil else { return nil }
            var answer = packet
            answer.isFromStranger = true
            switch packet.tcp {
            case nil: answer.fromInitiator = false
            case let header?:
                answer.fromInitiator = packet.source == asked.source.address && header.flags.contains(.rst)
                let number = answer.fromInitiator ? header.sequenceNumber : header.acknowledgementNumber
                // The same ports may have been used again.
                guard numbers.contains(number &- 1) else { return nil }
            }
            return answer
        }
        return packets.sorted { ($0.at, $0.frame) < ($1.at, $1.frame) }
    }

    private struct Receiver: Hashable {
        var endpoint: Endpoint
        var transport: Transport
        var network: UInt16

        init(_ endpoint: Endpoint, _ transport: Transport, _ network: UInt16) {
            (self.endpoint, self.transport, self.network) = (endpoint, transport, network)
        }
    }
}

/// What one end said to another that had, as far as the capture shows, not asked it.
private struct Stray {
    let position: Int
    /// From whoever sent it.
    let flow: Flow
    let network: UInt16
    let packets: Int
    let firstSeen: Instant

    init?(_ table: ConversationTable, _ position: Int) {
        let outline = table.outline(at: position)
        guard let own = outline.subject.flow, !outline.isToGroup, !outline.mayBeAnsweredElsewhere else { return nil }
        let isBack: Bool
        switch own.transport {
        case .tcp:
            guard outline.isAnswerAlone else { return nil }
            isBack = true
        case .udp:
            // Whoever sends first is taken for whoever began, but where ports tell.
            isBack = outline.initiatorTimeToLive == nil
            guard isBack || !outline.isAnswered, !own.source.address.isUnspecified else { return nil }
        }
        self.position = position
        flow = isBack ? own.reversed : own
        network = outline.network
        packets = isBack ? outline.received.packets : outline.sent.packets
        firstSeen = outline.firstSeen
    }

    /// Its number tells what it answers.
    var isSure: Bool { flow.transport == .tcp }

    func mayAnswer(_ asked: Question, _ table: ConversationTable) -> Bool {
        let (own, wanted) = (flow.source, asked.flow.destination)
        guard own != wanted, network == asked.network, firstSeen >= asked.firstSeen else { return false }
        guard isSure else { return own.address == wanted.address || own.port == wanted.port }
        let numbers = table.openingNumbers(at: asked.position)
        return table.conversation(at: position).packets.contains { packet in
            packet.tcp.map { $0.flags.contains(.syn) && numbers.contains($0.acknowledgementNumber &- 1) } ?? false
        }
    }
}

/// What was asked.
private struct Question {
    let position: Int
    let flow: Flow
    let network: UInt16
    let packets: Int
    let firstSeen: Instant
    let lastSeen: Instant
    /// Whoever was asked has not answered, nor was anything said to anybody as if he had.
    let isInVain: Bool

    init?(_ table: ConversationTable, _ position: Int) {
        let outline = table.outline(at: position)
        guard let own = outline.subject.flow, outline.initiatorTimeToLive != nil, !outline.isToGroup,
            !outline.mayBeAnsweredElsewhere
        else { return nil }
        self.position = position
        flow = own
        network = outline.network
        packets = outline.sent.packets
        (firstSeen, lastSeen) = (outline.firstSeen, outline.lastSeen)
        isInVain = !outline.isAnswered && !outline.isSpokenOn
    }
}

extension ConversationTable {
    /// Of the SYNs of its initiator.
    fileprivate func openingNumbers(at position: Int) -> Set<UInt32> {
        Set(
            conversation(at: position).packets.compactMap { packet in
                guard packet.fromInitiator, let header = packet.tcp else { return nil }
                return header.flags.intersection([.syn, .ack]) == .syn ? header.sequenceNumber : nil
            })
    }

    /// Whoever they were for says that nobody waits for them there.
    fileprivate func isRefusedByReceiver(_ flow: Flow, at position: Int) -> Bool {
        guard outline(at: position).isRefused else { return false }
        return conversation(at: position).packets.contains { packet in
            packet.source == flow.destination.address && packet.icmpError?.meaning == .portUnreachable
        }
    }
}
