import Conversations
import Diagnosis
import PacketWire

extension CaptureFacts {
    /// On a machine that forwards: what it took in and did not pass on, where it does pass on what something else of the
    /// same host is asked and answers.
    func noteCrossing(_ facts: inout Facts) {
        let crossings = oddities.crossings
        guard let primary = facts.attempts.first, case .tcp = primary.kind else { return }
        if crossings.areForwarded || !crossings.farther.isEmpty { levelDistances(&facts) }
        guard crossings.areForwarded else { return }
        dropUnlevelled(&facts)
        let syns = primary.packets.filter { $0.fromInitiator && $0.isOpening }
        guard !syns.isEmpty, syns.allSatisfy({ crossings.cameIn.contains($0.frame) }),
            !syns.contains(where: { crossings.translated.contains($0.tcp?.sequenceNumber ?? 0) })
        else { return }
        let controls = facts.attempts.filter { $0.purpose == .control }.flatMap(\.packets)
        let answers = primary.packets.filter { !$0.fromInitiator && $0.icmpError == nil }
        if !syns.contains(where: { crossings.passedOn.contains($0.frame) }) {
            guard controls.contains(where: { $0.fromInitiator && crossings.passedOn.contains($0.frame) }) else {
                return
            }
            // Of segments that are no opening and no reset nothing is known.
            let decisive = answers.first { $0.tcp?.flags.isDisjoint(with: [.syn, .rst]) == false }
            if let decisive, !crossings.wentOut.contains(decisive.frame) { return }
            facts.stoppedAtTap = decisive == nil ? .request : .requestAnswered
        } else if !answers.isEmpty, answers.allSatisfy({ crossings.cameIn.contains($0.frame) }),
            !answers.contains(where: { crossings.passedOn.contains($0.frame) }),
            controls.contains(where: { !$0.fromInitiator && crossings.passedOn.contains($0.frame) })
        {
            facts.stoppedAtTap = .answer
        }
    }

    /// Of datagrams and echoes nobody knows on which side of this machine they were seen: one hop more or less than a
    /// segment's is this machine, and tells nothing.
    private func dropUnlevelled(_ facts: inout Facts) {
        guard let own = facts.attempts[0].packets.first(where: \.isAnswer)?.timeToLive else { return }
        facts.attempts.removeAll { attempt in
            if case .tcp = attempt.kind { return false }
            guard attempt.purpose == .control, let other = attempt.packets.first(where: \.isAnswer)?.timeToLive else {
                return false
            }
            return own &- other == 1 || other &- own == 1
        }
    }

    /// What went out had passed one router more than what came in, the one that captured: where a packet was seen only
    /// behind it, because it came in under another address, its TTL is told as it was before. And what passed several taps
    /// had come farther at the last of them: there, what passed that one only is compared with it.
    private func levelDistances(_ facts: inout Facts) {
        let crossings = oddities.crossings
        for index in facts.attempts.indices {
            for place in facts.attempts[index].packets.indices {
                let packet = facts.attempts[index].packets[place]
                if let last = crossings.farther[packet.frame], !packet.fromInitiator {
                    facts.attempts[index].packets[place].timeToLive = last
                } else if crossings.areForwarded, crossings.wentOut.contains(packet.frame),
                    packet.timeToLive.routersPassed > 0
                {
                    facts.attempts[index].packets[place].timeToLive += 1
                }
            }
        }
    }

    /// It is judged by itself then.
    @inline(__always)
    func crossesOddly(_ position: Int) -> Bool {
        (oddities.crossings.areForwarded || !oddities.crossings.farther.isEmpty)
            && table.conversation(at: position).packets.contains { oddities.crossings.isOdd($0.frame) }
    }
}

extension SeenPacket {
    /// A SYN that answers none.
    fileprivate var isOpening: Bool { tcp.map { $0.flags.intersection([.syn, .ack]) == .syn } ?? false }
}
