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
    /// That came to one port; datagrams are held against each of them.
    private static let mostWaiting = 64

    init(_ table: ConversationTable, _ range: Range<Int>, _ pairs: HostPairs, isOfProbe: Bool) {
        var waiting: [Wanted: [Words]] = [:]
        for position in range {
            guard let stray = Words(answer: position, table) else { continue }
            if stray.flow.transport == .tcp || isOfProbe || table.isRefusedByReceiver(stray) {
                for number in stray.numbers {
                    let wanted = Wanted(stray.flow.destination, stray, number)
                    if waiting[wanted, default: []].count < Self.mostWaiting {
                        waiting[wanted, default: []].append(stray)
                    }
                }
            } else if stray.flow.source.port != stray.flow.destination.port {
                noteUnrefused(table, stray, pairs)
            }
        }
        guard !waiting.isEmpty else { return }
        for position in range {
            guard let asked = Words(question: position, table) else { continue }
            for number in asked.numbers {
                for stray in waiting[Wanted(asked.flow.source, asked, number)] ?? [] where stray.mayAnswer(asked) {
                    note(stray, answers: asked)
                }
            }
        }
    }

    /// Another port of the one who was asked, which says no more than that.
    private mutating func noteUnrefused(_ table: ConversationTable, _ stray: Words, _ pairs: HostPairs) {
        let others = pairs.between(stray.position, in: table, most: 3).filter { $0 != stray.position }
        guard others.count == 1, let asked = Words(question: others[0], table), asked.isInVain, stray.mayAnswer(asked),
            asked.flow.source == stray.flow.destination, stray.packets <= asked.packets,
            stray.firstSeen - asked.lastSeen <= Self.promptly
        else { return }
        note(stray, answers: asked)
    }

    private mutating func note(_ stray: Words, answers asked: Words) {
        strays.insert(stray.position)
        guard asked.isInVain, answers[asked.position, default: []].count < Self.most else { return }
        answers[asked.position, default: []].append(stray.position)
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

    /// Who waits for an answer, and to which SYN; one of 65,536 hosts that are asked from one port must not have to be looked
    /// for among all of them.
    private struct Wanted: Hashable {
        var endpoint: Endpoint
        var transport: Transport
        var network: UInt16
        /// Datagrams have none.
        var number: UInt32?

        init(_ endpoint: Endpoint, _ words: Words, _ number: UInt32?) {
            (self.endpoint, self.number) = (endpoint, number)
            (transport, network) = (words.flow.transport, words.network)
        }
    }
}

/// What one end said to another, and when.
private struct Words {
    let position: Int
    /// From whoever said it.
    let flow: Flow
    let network: UInt16
    let packets: Int
    let firstSeen: Instant
    let lastSeen: Instant
    /// Of the SYNs that it asks with or answers; of datagrams nil alone.
    let numbers: Set<UInt32?>
    /// Whoever was asked has not answered, nor was anything said to anybody as if he had.
    let isInVain: Bool

    private init(_ outline: ConversationOutline, _ flow: Flow, isBack: Bool, _ numbers: Set<UInt32>, _ position: Int) {
        self.position = position
        self.flow = isBack ? flow.reversed : flow
        self.numbers = flow.transport == .tcp ? Set(numbers) : [nil]
        network = outline.network
        packets = isBack ? outline.received.packets : outline.sent.packets
        (firstSeen, lastSeen) = (outline.firstSeen, outline.lastSeen)
        isInVain = !outline.isAnswered && !outline.isSpokenOn
    }

    /// Of somebody who had, as far as the capture shows, not been asked; nil for anything else.
    init?(answer position: Int, _ table: borrowing ConversationTable) {
        let outline = table.outline(at: position)
        guard let flow = outline.subject.flow, !outline.isToGroup, !outline.mayBeAnsweredElsewhere else { return nil }
        let isBack: Bool
        var numbers: Set<UInt32> = []
        switch flow.transport {
        case .tcp:
            guard outline.isAnswerAlone else { return nil }
            isBack = true
            numbers = table.numbers(at: position, of: [.syn, .ack]) { $0.acknowledgementNumber &- 1 }
        case .udp:
            // Whoever sends first is taken for whoever began, but where ports tell.
            isBack = outline.initiatorTimeToLive == nil
            guard isBack || !outline.isAnswered, !flow.source.address.isUnspecified else { return nil }
        }
        self.init(outline, flow, isBack: isBack, numbers, position)
    }

    init?(question position: Int, _ table: borrowing ConversationTable) {
        let outline = table.outline(at: position)
        guard let flow = outline.subject.flow, outline.initiatorTimeToLive != nil, !outline.isToGroup,
            !outline.mayBeAnsweredElsewhere
        else { return nil }
        let numbers = flow.transport == .tcp ? table.openingNumbers(at: position) : []
        self.init(outline, flow, isBack: false, numbers, position)
    }

    /// It came later, from elsewhere; and of datagrams, one half of the place that was asked is the same.
    func mayAnswer(_ asked: Words) -> Bool {
        let (own, wanted) = (flow.source, asked.flow.destination)
        guard own != wanted, position != asked.position, network == asked.network, firstSeen >= asked.firstSeen else {
            return false
        }
        return flow.transport == .tcp || own.address == wanted.address || own.port == wanted.port
    }
}

extension ConversationTable {
    /// Of the SYNs of its initiator.
    fileprivate func openingNumbers(at position: Int) -> Set<UInt32> {
        numbers(at: position, of: .syn) { $0.sequenceNumber }
    }

    /// Of the segments with these of SYN and ACK.
    fileprivate func numbers(at position: Int, of flags: TCPFlags, _ number: (TCPHeader) -> UInt32) -> Set<UInt32> {
        Set(
            conversation(at: position).packets.compactMap { packet in
                packet.tcp.flatMap { $0.flags.intersection([.syn, .ack]) == flags ? number($0) : nil }
            })
    }

    /// Whoever they were for says that nobody waits for them there.
    fileprivate func isRefusedByReceiver(_ words: Words) -> Bool {
        guard outline(at: words.position).isRefused else { return false }
        return conversation(at: words.position).packets.contains { packet in
            packet.source == words.flow.destination.address && packet.icmpError?.meaning == .portUnreachable
        }
    }
}
