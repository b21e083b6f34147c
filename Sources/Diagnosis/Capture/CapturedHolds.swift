import Conversations
import PacketWire

/// Connections of a capture that were opened, left alone for a while and then asked whether they are still there, as
/// `probe --idle` makes them: each tells of one length of silence.
enum CapturedHolds {
    /// A shorter silence is none that anybody forgets a connection by.
    private static let shortest = TimeSpan.milliseconds(900)
    /// The kernel asks so often before it gives up.
    private static let questions = 3

    /// Nil where none was quiet for long.
    ///
    /// - Parameter siblings: conversations of the same two hosts.
    static func facts(_ table: ConversationTable, of position: Int, _ siblings: [Int]) -> IdleFacts? {
        guard let flow = table.subject(at: position).flow, flow.transport == .tcp else { return nil }
        var holds: [IdleFacts.Hold] = []
        var asked = Instant.zero
        var newest: (at: Instant, isOpen: Bool)?
        for sibling in siblings
        where sibling != position && table.subject(at: sibling).flow?.destination == flow.destination {
            guard let analysis = table.analysis(at: sibling), analysis.initiator.payloadBytes == 0 else { continue }
            let conversation = table.conversation(at: sibling)
            if let (hold, at) = hold(conversation) {
                holds.append(hold)
                if hold.isBroken { asked = max(asked, at) }
            } else {
                newest = (conversation.firstSeen, TCPHandshake(conversation.packets).isEstablished)
            }
        }
        guard !holds.isEmpty else { return nil }
        var facts = IdleFacts(holds: holds.sorted { $0.quiet < $1.quiet })
        if let newest, holds.contains(where: \.isBroken), newest.at >= asked { facts.newOneWorks = newest.isOpen }
        return facts
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
        } else if asked >= questions {
            // Whoever hears an answer does not ask again.
            hold.outcome = .lost
            let refusal = conversation.packets.first {
                $0.at >= first.at && $0.icmpError?.isFatalToAttempt ?? false
            }
            hold.rejection = refusal.flatMap { refusal in
                refusal.icmpError.map { IdleFacts.Rejection($0, by: refusal.source, frame: refusal.frame) }
            }
        } else {
            hold.outcome = answers.isEmpty ? .unknown : .alive
        }
        return (hold, first.at)
    }
}

extension SeenPacket {
    fileprivate func has(_ flag: TCPFlags) -> Bool { tcp?.flags.contains(flag) ?? false }
    fileprivate var ends: Bool { has(.fin) || has(.rst) }
}
