public import Conversations
import PacketWire

extension ConversationTable {
    /// The facts of every connection attempt in a capture, one set per conversation.
    ///
    /// Packets with a small TTL beside others of the same kind with a full one are a ladder, and what else the
    /// same two hosts said to each other are the controls: a saved probe gives its own evidence back. A hundred
    /// controls prove no more than a few, so they are bounded.
    ///
    /// - Parameter named: targets that the capture's own comment names: then only they count, and those without a
    ///   packet get facts too.
    public func facts(named: [Target] = [], observedUntil end: Instant, limits: [String] = []) -> [Facts] {
        var pairs: [Pair: [Int]] = [:]
        for (position, conversation) in conversations.enumerated() {
            pairs[Pair(conversation), default: []].append(position)
        }
        var result: [Facts] = []
        // Two names, or a name and an address, can be one endpoint: each was tried by itself.
        var wanted = Dictionary(grouping: named, by: Seen.init)
        var found: [Seen: Facts] = [:]
        for (position, conversation) in conversations.enumerated() {
            guard let flow = conversation.flow, let siblings = pairs[Pair(conversation)] else { continue }
            if isRung(conversation, among: siblings) { continue }
            let seen = Seen(Target(flow))
            // A saved probe: what it did not ask for were its own controls.
            if !named.isEmpty, wanted[seen, default: []].isEmpty { continue }
            var facts = facts(position, flow, siblings, until: end, limits)
            if !named.isEmpty, let target = wanted[seen]?.removeFirst() { facts.target = target }
            found[seen] = facts
            result.append(facts)
        }
        for target in named {
            for left in wanted.removeValue(forKey: Seen(target)) ?? [] {
                // Nothing tells the conversations of one endpoint apart: fewer of them count for every name it had.
                var facts = found[Seen(left)] ?? silentFacts(left, until: end, limits)
                facts.target = left
                result.append(facts)
            }
        }
        return result
    }

    /// The facts of one conversation, with what else its two hosts said to each other; nil for a rung of a ladder.
    public func facts(ofConversation position: Int, observedUntil end: Instant) -> Facts? {
        guard conversations.indices.contains(position), let flow = conversations[position].flow else { return nil }
        let pair = Pair(conversations[position])
        // The nearest ones tell enough; a recording may hold very many.
        let near = max(0, position - 256)..<min(conversations.count, position + 256)
        let siblings = near.filter { Pair(conversations[$0]) == pair }
        guard !isRung(conversations[position], among: siblings) else { return nil }
        return facts(position, flow, siblings, until: end, [])
    }

    private struct Pair: Hashable {
        var initiator: IPAddress
        var responder: IPAddress

        init(_ conversation: Conversation) {
            initiator = conversation.initiator
            responder = conversation.responder
        }
    }

    private struct Seen: Hashable {
        var endpoint: Endpoint?
        var transport: Transport

        init(_ target: Target) {
            endpoint = target.endpoint
            transport = target.transport
        }
    }

    private func facts(_ position: Int, _ flow: Flow, _ siblings: [Int], until end: Instant, _ limits: [String])
        -> Facts
    {
        let conversation = conversations[position]
        var facts = Facts(target: Target(flow), witnesses: [.wire], isOffline: true)
        facts.limits = limits
        facts.observedUntil = end
        facts.attempts = [attempt(.primary, conversation)]
        var controls = 0
        for sibling in siblings.prefix(512) where sibling != position {
            let other = conversations[sibling]
            let sameTarget =
                other.flow.map { $0.transport == flow.transport && $0.destination == flow.destination } ?? false
            if isRung(other, among: siblings), let timeToLive = other.initiatorTimeToLive {
                let purpose: Attempt.Purpose =
                    sameTarget ? .rung(timeToLive: Int(timeToLive)) : .controlRung(timeToLive: Int(timeToLive))
                facts.attempts.append(attempt(purpose, other))
            } else if !sameTarget, controls < 8 {
                controls += 1
                facts.attempts.append(attempt(.control, other))
            }
        }
        facts.neighborExchange = neighbors[conversation.responder]
        if facts.neighborExchange == nil, conversation.isGivenUpUnsent {
            facts.neighborExchange = unansweredExchange(conversation.initiator.family)
        }
        if !facts.attempts.contains(where: { $0.purpose.timeToLive != nil }) { return facts }
        facts.witnesses.insert(.path)
        return facts
    }

    /// A target that the capture names and holds no packet of.
    private func silentFacts(_ target: Target, until end: Instant, _ limits: [String]) -> Facts {
        var facts = Facts(target: target, witnesses: [.wire], isOffline: true)
        facts.limits = limits
        facts.observedUntil = end
        facts.neighborExchange =
            target.address.flatMap { neighbors[$0] ?? unansweredExchange($0.family) }
        return facts
    }

    /// Somebody who was asked for and never answered: a next hop, where the file does not say which it was.
    private func unansweredExchange(_ family: IPFamily) -> NeighborExchange? {
        neighbors.values.filter { $0.isUnanswered && $0.address.family == family }.min { $0.address < $1.address }
    }

    /// A packet that was sent to die on the way: it proves something only beside the others of its ladder.
    private func isRung(_ conversation: Conversation, among siblings: [Int]) -> Bool {
        guard let own = conversation.initiatorTimeToLive, own <= SharedFlow.longestRung else { return false }
        let isAnswered = conversation.packets.contains { !$0.fromInitiator && $0.icmpError == nil }
        return !isAnswered
            || siblings.prefix(512).contains { (conversations[$0].initiatorTimeToLive ?? 0) > SharedFlow.longestRung }
    }

    private func attempt(_ purpose: Attempt.Purpose, _ conversation: Conversation) -> Attempt {
        let kind: Attempt.Kind
        var local: Endpoint?
        switch conversation.subject {
        case .flow(let flow):
            kind = flow.transport == .tcp ? .tcp(port: flow.destination.port) : .udp(port: flow.destination.port)
            local = flow.source
        case .echo(let from, _, _, _):
            kind = .echo
            local = Endpoint(from, 0)
        }
        var attempt = Attempt(
            purpose: purpose, kind: kind, remote: conversation.responder, startedAt: conversation.firstSeen)
        attempt.local = local
        attempt.packets = conversation.packets
        return attempt
    }
}

extension Conversation {
    /// The initiator's own kernel calls the host unreachable, and no packet of it passed the tap: so Linux ends what
    /// waits for a neighbour that does not answer (net/ipv4/arp.c, arp_error_report; net/ipv6/ndisc.c,
    /// ndisc_error_report). The errors pass the loopback interface.
    fileprivate var isGivenUpUnsent: Bool {
        !packets.isEmpty
            && packets.allSatisfy { packet in
                guard !packet.fromInitiator, let error = packet.icmpError else { return false }
                return packet.source == initiator && error.refusalMeaning == .hostUnreachable
            }
    }

    /// The TTL with which the initiator's first packet passed the tap.
    var initiatorTimeToLive: UInt8? {
        if let sent = packets.first(where: \.fromInitiator) { return sent.timeToLive }
        return nil
    }
}

extension Target {
    /// The target of a conversation that nobody named.
    init(_ flow: Flow) {
        self.init(
            input: "\(flow.destination)/\(flow.transport.rawValue)", host: flow.destination.address.description,
            address: flow.destination.address, port: flow.destination.port, transport: flow.transport)
    }
}
