import Conversations
import Diagnosis
import PacketWire

extension CaptureFacts {
    private static let mostOthers = 20

    /// What else the same client began to the same target, where this came to nothing. What was answered shows that the
    /// host is there; where it was answered afterwards, and before a refusal as well, this fails now and then.
    func noteOthers(of flow: Flow, _ position: Int, _ siblings: [Int], _ facts: inout Facts) {
        let own = table.outline(at: position)
        // What was opened by a repeated SYN only is held against those that were opened at once.
        guard !own.isOpened || flow.transport == .udp || !isOpenedLate(position) else {
            return noteNearest(flow, position, nil, siblings, &facts)
        }
        let isDue = facts.attempts[0].tries > 1 || own.isRefused || facts.observedUntil - own.lastSeen >= .seconds(1)
        guard !own.isOpened, isDue else { return }
        let opened = siblings.filter { $0 != position && table.isOpened($0, at: flow) }
        guard let first = opened.first, let last = opened.last else { return }
        let later = opened.first { table.outline(at: $0).firstSeen > own.firstSeen }
        let isBefore = table.outline(at: first).firstSeen < own.firstSeen
        // The last of many that were refused in turn with others that were not is refused in turn as well.
        let isInTurn = later == nil && own.isRefused && table.isRefusedInTurn(siblings, at: flow)
        guard facts.sameQuestion == nil, later != nil && (isBefore || !own.isRefused) || isInTurn else {
            facts.attempts.append(attempt(.control, table.conversation(at: later ?? last)))
            return
        }
        noteNearest(flow, position, later, siblings, &facts)
    }

    static let late = TimeSpan.milliseconds(500)

    /// The connection was opened, and not by its first SYN, or late.
    func isOpenedLate(_ position: Int) -> Bool {
        if let times = table.handshakeTimes(at: position) { return times.toResponder >= Self.late }
        return table.isSentAgain(at: position)
            && TCPHandshake(table.conversation(at: position).packets).syns.count > 1
    }

    /// Those to the same target that are nearest in time, and one that is wanted in any case.
    private func noteNearest(_ flow: Flow, _ position: Int, _ later: Int?, _ siblings: [Int], _ facts: inout Facts) {
        let own = table.outline(at: position)
        let others = siblings.filter { sibling in
            sibling != position && sibling != later && table.subject(at: sibling).flow?.destination == flow.destination
                && table.subject(at: sibling).flow?.transport == flow.transport
                && !table.outline(at: sibling).beganBefore
        }
        let nearest = others.sorted { one, other in
            let (a, b) = (table.outline(at: one).firstSeen, table.outline(at: other).firstSeen)
            let (near, far) = ((a - own.firstSeen).nanoseconds.magnitude, (b - own.firstSeen).nanoseconds.magnitude)
            return (near, one) < (far, other)
        }.prefix(Self.mostOthers - 1)
        for other in (nearest + [later].compactMap(\.self)).sorted() {
            facts.attempts.append(attempt(.experiment(.rerun), table.conversation(at: other)))
        }
    }

    /// Whether what a repeated SYN leaves out is what the first one was lost for, others to the same target show.
    func noteECN(besides position: Int, _ flow: Flow, _ siblings: [Int], _ facts: inout Facts) {
        guard flow.transport == .tcp, facts.attempts[0].hasECNFallback else { return }
        let others = siblings.lazy.filter { $0 != position && self.table.isOpened($0, at: flow) }
        facts.isECNAnsweredBeside = others.prefix(Self.mostOthers).contains { other in
            attempt(.control, table.conversation(at: other)).passesWithECN
        }
    }

    /// A probe's further tries of what was refused, where not all of them ended like the first one.
    func retried(_ flow: Flow, _ position: Int, _ siblings: [Int], _ besideFarther: Bool) -> [Int] {
        let tries = siblings.filter { sibling in
            guard sibling != position, let other = table.subject(at: sibling).flow,
                other.destination == flow.destination, other.transport == flow.transport
            else { return false }
            return !isRung(table.outline(at: sibling), besideFarther: besideFarther)
        }
        return tries.contains { table.isOpened($0, at: flow) } ? tries : []
    }

    /// A probe tries no source port twice but to see whether the port decides. Each of those, with the first round.
    func repeatedPorts(_ position: Int, _ flow: Flow, _ siblings: [Int]) -> [UInt16: Int] {
        var counts: [UInt16: Int] = [:]
        for sibling in siblings where sibling != position {
            guard let other = table.subject(at: sibling).flow, other.destination == flow.destination,
                other.transport == flow.transport, !table.outline(at: sibling).isShortLived
            else { continue }
            counts[other.source.port, default: 0] += 1
        }
        return counts.filter { $0.value > 1 }.mapValues { _ in 1 }
    }

    /// The first packet of the transfer that a request of TFTP led to is the answer to the request.
    func noteAnswerFromElsewhere(_ position: Int, _ flow: Flow, _ siblings: [Int], _ facts: inout Facts) {
        let outline = table.outline(at: position)
        guard outline.mayBeAnsweredElsewhere, !outline.isAnswered else { return }
        let transfers = siblings.lazy.filter { sibling in
            guard let other = self.table.subject(at: sibling).flow else { return false }
            return other.transport == .udp && other.source == flow.source
                && other.destination.port != flow.destination.port
        }.map { self.table.conversation(at: $0) }.filter { transfer in
            guard let first = transfer.packets.first else { return false }
            return !first.fromInitiator && first.icmpError == nil && first.at >= outline.firstSeen
        }
        if !facts.isSavedProbe { facts.untakenAnswers = untaken(transfers.prefix(Self.mostOthers)) }
        let answers = transfers.compactMap(\.packets.first)
        if let answer = answers.first { facts.attempts[0].packets.append(answer) }
    }

    /// How many packets of these transfers there are, where somebody would have to say something to them and nobody does: a
    /// server says its first block again for want of an acknowledgement. Nil where the client says anything.
    private func untaken(_ transfers: some Sequence<Conversation>) -> Int? {
        var count = 0
        var isRepeated = false
        for transfer in transfers {
            guard transfer.packets.allSatisfy({ !$0.fromInitiator && $0.icmpError == nil }), transfer.sent.packets == 0,
                let first = transfer.packets.first, let last = transfer.packets.last
            else { return nil }
            count += Int(clamping: transfer.received.packets)
            if last.at - first.at >= .milliseconds(500) { isRepeated = true }
        }
        return isRepeated ? count : nil
    }
}

extension ConversationTable {
    /// One of them was refused by the target, and others before it and behind were not.
    func isRefusedInTurn(_ siblings: [Int], at flow: Flow?) -> Bool {
        let opened = siblings.filter { isOpened($0, at: flow) }.map { outline(at: $0).firstSeen }
        guard let flow, let first = opened.min(), let last = opened.max(), first < last else { return false }
        return siblings.contains { sibling in
            guard let other = subject(at: sibling).flow, other.transport == flow.transport,
                other.destination == flow.destination
            else { return false }
            let own = outline(at: sibling)
            return own.isRefused && !own.isOpened && own.firstSeen > first && own.firstSeen < last
        }
    }

    /// It is one to the same target, and that answered.
    func isOpened(_ position: Int, at flow: Flow?) -> Bool {
        guard let flow, let other = subject(at: position).flow, other.transport == flow.transport,
            other.destination == flow.destination
        else { return false }
        return outline(at: position).isOpened
    }
}
