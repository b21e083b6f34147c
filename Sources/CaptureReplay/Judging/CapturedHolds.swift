import Conversations
import Diagnosis
import PacketWire

/// Connections of a capture that were opened, left alone for a while and then asked whether they are still there, as
/// `probe --idle` makes them, and ports from which a question was asked once more: each tells of one length of silence.
enum CapturedHolds {
    /// A shorter silence is none that anybody forgets a connection by.
    private static let shortest = TimeSpan.milliseconds(900)
    /// The kernel asks so often before it gives up.
    private static let questions = 3

    /// Nil where none was quiet for long.
    ///
    /// - Parameter siblings: conversations of the same two hosts.
    static func facts(_ table: ConversationTable, of position: Int, _ siblings: [Int]) -> IdleFacts? {
        guard let flow = table.subject(at: position).flow,
            flow.transport == .tcp || isUndoubted(table, position, siblings, flow)
        else { return nil }
        var holds: [IdleFacts.Hold] = []
        var asked = Instant.zero
        var newest: (at: Instant, isOpen: Bool)?
        for sibling in siblings
        where sibling != position && table.subject(at: sibling).flow.map(flow.hasSameTarget) ?? false {
            let conversation = table.conversation(at: sibling)
            if flow.transport == .tcp {
                guard let analysis = table.analysis(at: sibling), analysis.initiator.payloadBytes == 0 else { continue }
            }
            let found = flow.transport == .tcp ? hold(conversation) : question(conversation, in: table, sibling)
            if let (hold, at) = found {
                holds.append(hold)
                if hold.isBroken { asked = max(asked, at) }
            } else {
                let isOpen =
                    flow.transport == .tcp
                    ? TCPHandshake(conversation.packets).isEstablished : table.outline(at: sibling).isAnswered
                newest = (conversation.firstSeen, isOpen)
            }
        }
        guard !holds.isEmpty else { return nil }
        var facts = IdleFacts(holds: holds.sorted { $0.quiet < $1.quiet })
        if let newest, holds.contains(where: \.isBroken), newest.at >= asked { facts.newOneWorks = newest.isOpen }
        return facts
    }

    /// Answered at once, and nothing was tried to explain why not: what is asked again from one port later is then no
    /// experiment.
    private static func isUndoubted(
        _ table: ConversationTable, _ position: Int, _ siblings: [Int], _ flow: Flow
    ) -> Bool {
        let own = table.outline(at: position)
        return own.isAnswered && own.sent.packets == 1
            && !siblings.contains { sibling in
                table.outline(at: sibling).isShortLived
                    && table.subject(at: sibling).flow.map(flow.hasSameTarget) ?? false
            }
    }

    /// What became of a question that was asked once more from the port of the first, and when.
    private static func question(
        _ conversation: Conversation, in table: ConversationTable, _ position: Int
    ) -> (IdleFacts.Hold, Instant)? {
        let packets = conversation.packets
        let pause = packets.indices.dropFirst().first { index in
            packets[index].fromInitiator && !packets[index - 1].fromInitiator && packets[index - 1].icmpError == nil
                && packets[index].at - packets[index - 1].at >= shortest
        }
        guard let pause else { return nil }
        let after = packets[pause...]
        let asked = after.count(where: \.fromInitiator)
        let at = packets[pause].at
        var hold = IdleFacts.Hold(quiet: at - packets[pause - 1].at)
        hold.wasSeenLeaving = true
        hold.wasSeenAnswered = after.contains { !$0.fromInitiator && $0.icmpError == nil }
        hold.rejection = after.first { $0.icmpError?.isFatalToAttempt ?? false }.flatMap(IdleFacts.Rejection.init)
        guard hold.wasSeenAnswered else {
            hold.outcome = hold.rejection != nil || asked >= questions ? .lost : .unknown
            return (hold, at)
        }
        guard case .dns(let exchange)? = table.application(at: position) else {
            hold.outcome = asked == 1 ? .alive : .unknown
            return (hold, at)
        }
        // Whoever has its answer does not ask again.
        if exchange.strays > 0 { hold.foreign = .anotherTransaction }
        hold.outcome = exchange.strays > 0 || exchange.wasAskedBehindAnswer ? .lost : .alive
        return (hold, at)
    }

    /// What one silence came to, and when it was over.
    private static func hold(_ conversation: Conversation) -> (IdleFacts.Hold, Instant)? {
        let packets = conversation.packets.filter { $0.tcp != nil }
        guard
            let end = packets.indices.dropFirst(3).first(where: {
                packets[$0].at - packets[$0 - 1].at >= shortest
            })
        else { return nil }
        let (before, after) = (packets[..<end], packets[end...])
        // Where the handshake itself goes on, packets are lost, and not forgotten.
        guard let first = after.first, TCPHandshake(Array(before)).isEstablished, !before.contains(where: { $0.ends }),
            !after.contains(where: { $0.has(.syn) })
        else { return nil }
        var hold = IdleFacts.Hold(quiet: first.at - packets[end - 1].at)
        hold.wasSeenLeaving = true
        guard first.fromInitiator else {
            // The far end did not wait to be asked.
            guard first.ends else { return nil }
            let span = first.at - conversation.firstSeen
            hold.outcome = .closed(after: span, isReset: first.has(.rst))
            return (hold, first.at)
        }
        // Who ends it himself asks nothing; who asks repeats the number before the next (RFC 9293 section 3.8.4).
        guard !first.ends, first.tcp?.sequenceNumber == before.first?.tcp?.sequenceNumber else { return nil }
        let answers = after.filter { !$0.fromInitiator }
        let asked = after.count { $0.fromInitiator && !$0.ends }
        hold.wasSeenAnswered = !answers.isEmpty
        if let reset = answers.first(where: { $0.has(.rst) }) {
            let opening = before.first { !$0.fromInitiator }?.timeToLive.routersPassed
            hold.outcome = .reset(sameDistance: opening.map { $0 == reset.timeToLive.routersPassed })
            (hold.answerPassed, hold.resetPassed) = (opening, reset.timeToLive.routersPassed)
        } else if asked >= questions {
            // Whoever hears an answer does not ask again.
            hold.outcome = .lost
            let refusal = conversation.packets.first {
                $0.at >= first.at && $0.icmpError?.isFatalToAttempt ?? false
            }
            hold.rejection = refusal.flatMap(IdleFacts.Rejection.init)
        } else {
            hold.outcome = answers.isEmpty ? .unknown : .alive
        }
        return (hold, first.at)
    }
}

extension Flow {
    fileprivate func hasSameTarget(_ other: Flow) -> Bool {
        transport == other.transport && destination == other.destination
    }
}

extension IdleFacts.Rejection {
    fileprivate init?(_ packet: SeenPacket) {
        guard let error = packet.icmpError else { return nil }
        self.init(error, by: packet.source, frame: packet.frame)
    }
}

extension SeenPacket {
    fileprivate func has(_ flag: TCPFlags) -> Bool { tcp?.flags.contains(flag) ?? false }
    fileprivate var ends: Bool { has(.fin) || has(.rst) }
}
