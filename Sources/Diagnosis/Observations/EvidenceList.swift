import Conversations
import PacketWire

extension Observations {
    /// What each witness saw, in the contract's order of witnesses. Only what the facts hold.
    var evidence: [Evidence] {
        (resolutionEvidence + socketEvidence + experimentEvidence + wireEvidence + pathEvidence + kernelEvidence
            + circumstanceEvidence)
            .sorted { $0.witness < $1.witness }
    }

    private var socketEvidence: [Evidence] {
        guard let primary, let socket = primary.socket else { return [] }
        var list: [Evidence] = []
        let waited = (socket.at ?? facts.observedUntil) - primary.startedAt
        switch socket.state {
        case .pending:
            list.append(
                Evidence(
                    .socket, transport == .tcp ? "still SYN-SENT" : "no answer",
                    detail: "after \(waited.rounded) ms, \(triesPhrase) sent"))
        case .connected:
            list.append(
                Evidence(
                    .socket, transport == .tcp ? "connected" : "answered", detail: "after \(waited.rounded) ms"))
            if let answer = serviceEvidence { list.append(answer) }
        case .failed(let error, let atOnce):
            list.append(
                Evidence(
                    .socket, error.description,
                    detail: atOnce
                        ? "\(error.meaning), from the system call itself"
                        : "\(error.meaning), after \(waited.rounded) ms"))
        }
        if let answer = socket.answerFromElsewhere {
            let sender = answer.sender == target ? "another port of \(answer.sender)" : "\(answer.sender)"
            list.append(Evidence(.socket, "an answer from \(sender), which was not asked"))
        }
        for notice in socket.notices {
            list.append(
                Evidence(
                    .socket, "\(notice.error.phrase) from \(notice.sender)",
                    detail: "in the socket's error queue" + (notice.timeToLive.map { ", arrived with TTL \($0)" } ?? "")
                ))
        }
        switch socket.aftermath {
        case .held: list.append(Evidence(.socket, "the connection held", detail: "while it was watched"))
        case .closed(_, let bytes): list.append(Evidence(.socket, "the far end closed", detail: "after \(bytes) bytes"))
        case .reset(_, let error, let bytes):
            list.append(Evidence(.socket, "\(error) after the handshake", detail: "after \(bytes) bytes"))
        case nil: break
        }
        return list
    }

    private var wireEvidence: [Evidence] {
        guard let primary, hasWire else { return [] }
        var list: [Evidence] = []
        let sent = primary.packets.filter { packet in
            packet.fromInitiator && (transport == .udp || packet.tcp?.flags.contains(.syn) == true)
        }
        if sent.isEmpty, primary.socket != nil {
            list.append(
                Evidence(.wire, "no \(packetName) left", detail: "none at the tap, which sits behind the local filters")
            )
        } else if !sent.isEmpty {
            list.append(
                Evidence(
                    .wire, "\(packetName) sent \(sent.count) time\(sent.count == 1 ? "" : "s")",
                    frames: sent.map(\.frame)))
        }
        func add(_ fact: String, _ packets: [SeenPacket]) {
            guard let first = packets.first else { return }
            let times = packets.count == 1 ? "" : ", \(packets.count) times"
            list.append(
                Evidence(
                    .wire, fact, detail: "from \(first.source), TTL \(first.timeToLive)\(times)",
                    frames: packets.map(\.frame)))
        }
        add("SYN-ACK", handshake.synAcks)
        add("SYN-ACK from another address or port", handshake.strangers.filter { !$0.fromInitiator })
        add("SYN-ACK for another sequence number", handshake.strayAnswers)
        add("answer with a wrong checksum", handshake.damagedAnswers)
        add("reset in answer to \(refusedPhrase)", handshake.refusals)
        add("reset with an unacceptable acknowledgement number", handshake.strayResets)
        add("reset after the handshake", handshake.resets)
        add("FIN from the far end", handshake.fins)
        let datagrams = primary.packets.filter { !$0.fromInitiator && transport == .udp && $0.icmpError == nil }
        add("datagram back", datagrams.filter { !$0.isFromStranger && !$0.isPartial && !$0.isDamaged })
        add("datagram back with a wrong checksum", datagrams.filter(\.isDamaged))
        add("first fragment of a datagram back", datagrams.filter { !$0.isFromStranger && $0.isPartial })
        add("datagram back from another address or port", datagrams.filter(\.isFromStranger))
        if primary.loopedBack > 0 {
            list.append(
                Evidence(.wire, "\(packetName) on the loopback interface", detail: "\(primary.loopedBack) seen there"))
        }
        list += misaddressedEvidence
        for error in handshake.icmpErrors.prefix(4) { add(error.icmpError?.phrase ?? "ICMP", [error]) }
        for error in handshake.errorsOfAnswers.prefix(4) {
            add("\(error.icmpError?.phrase ?? "ICMP") about the answer", [error])
        }
        if facts.linkHolders.count > 1 {
            list.append(
                Evidence(
                    .wire, "the address answers from \(facts.linkHolders.count) link addresses",
                    detail: facts.linkHolders.map(\.description).joined(separator: ", ")))
        }
        if let other = facts.servedBeside {
            list.append(Evidence(.wire, "\(other) is served at the same port at that time"))
        }
        if let exchange = facts.neighborExchange, !exchange.requests.isEmpty {
            let name = exchange.address.family == .v4 ? "ARP request" : "neighbour solicitation"
            let count = exchange.requests.count
            list.append(
                Evidence(
                    .wire,
                    exchange.isUnanswered
                        ? "\(name) for \(exchange.address) unanswered" : "\(name) for \(exchange.address) answered",
                    detail: "\(count) sent", frames: exchange.requests + exchange.answers.map(\.frame)))
        }
        return list
    }

    /// Both reach the host, the target's as the control's: that some other rung of the target's did not is no place.
    private func bothReach(_ differential: PathHop) -> Bool {
        guard case .reached = differential.control, case .reached? = path.targetEnd?.target else { return false }
        return primary?.isPassing == true
    }

    private var pathEvidence: [Evidence] {
        var list: [Evidence] = []
        if case .circling = symptom, let hop = path.sticking {
            list.append(
                Evidence(
                    .path, "the \(packetName) gets as far as \(phrase(hop))",
                    detail: "time exceeded from there, whatever larger TTL it had" + flowPhrase))
        } else if let last = path.lastAnswering {
            list.append(
                Evidence(
                    .path, "the \(packetName) gets as far as \(phrase(last))",
                    detail: "time exceeded from there" + flowPhrase))
        } else if let end = path.targetEnd {
            list.append(
                Evidence(
                    .path, "the \(packetName) is answered with TTL \(end.ttl)",
                    detail: "and no hop before says anything"))
        } else if path.hops.contains(where: { $0.target != .notAsked }) {
            list.append(Evidence(.path, "no hop answers the \(packetName)", detail: "asked with TTL \(askedRange)"))
        }
        for control in controls {
            list.append(
                Evidence(.path, "control \(control.kind.name): \(control.answer.phrase)", frames: control.answer.frames)
            )
        }
        if let differential = path.differential, !bothReach(differential), let address = differential.control.address {
            list.append(
                Evidence(
                    .path,
                    "\(path.isOfMembers ? "a source port that passes" : controlPhrase ?? "the control") gets an answer from \(address) at TTL \(differential.ttl)",
                    detail: "where the \(packetName) for \(name) gets none"))
        }
        list += changeEvidence + askedPortEvidence
        if facts.ladderWithheld {
            list.append(
                Evidence(
                    .path, "no ladder was walked for this target",
                    detail:
                        "routers answer only a few packets a second, and other targets of this run came first; probe it alone"
                ))
        }
        return list
    }

    /// Where the ladder could not leave from the port that was asked for, it tells another port's way.
    private var askedPortEvidence: [Evidence] {
        guard let asked = facts.sourcePort else { return [] }
        let end = path.targetEnd?.ttl ?? .max
        let rungs = facts.attempts.filter { attempt in
            guard case .rung(let timeToLive) = attempt.purpose else { return false }
            return timeToLive <= end && attempt.local != nil
        }
        let others = rungs.filter { $0.local?.port != asked }
        guard !others.isEmpty else { return [] }
        return [
            Evidence(
                .path,
                others.count == rungs.count
                    ? "the ladder left from other ports than \(asked)"
                    : "some packets of the ladder left from other ports than \(asked)",
                detail: "which the attempt itself holds; what looks at the source port may treat them otherwise"
                    + (others.count == rungs.count
                        ? ". 'stallpoint trace --source-port \(asked)' asks from it when it is free" : ""))
        ]
    }

    private var askedRange: String {
        let asked = path.hops.filter { $0.target != .notAsked }.map(\.ttl)
        return "\(asked.first ?? 0) to \(asked.last ?? 0)"
    }

    private var kernelEvidence: [Evidence] {
        var list: [Evidence] = []
        if let route = facts.route {
            var parts: [String] = []
            if let gateway = route.gateway { parts.append("via \(gateway)") }
            if let interface = route.interface { parts.append("dev \(interface)") }
            if let source = route.source { parts.append("src \(source)") }
            // Where a rule refuses the flow, no route was looked for.
            let hasNone = route.kind == .none || routingRule?.isRefusal == true
            let kind = hasNone ? "no route" : "\(route.kind.rawValue) route"
            list.append(Evidence(.kernel, kind, detail: parts.joined(separator: " ")))
            list += routingRuleEvidence
        }
        if let neighbor = facts.neighbor {
            list.append(
                Evidence(
                    .kernel, "neighbour \(neighbor.address) \(neighbor.state.rawValue)",
                    detail: neighbor.linkAddress.map { "\($0)" } ?? ""))
        }
        list += dropEvidence
        return list
    }
}

extension Answer {
    var phrase: String {
        switch self {
        case .silence: "silent"
        case .reached(let reply): "answered" + (reply.timeToLive.map { ", TTL \($0)" } ?? "")
        case .reset(let reply): "reset" + (reply.timeToLive.map { ", TTL \($0)" } ?? "")
        case .refused(let refusal), .timeExceeded(let refusal): "\(refusal.error.phrase) from \(refusal.sender)"
        case .localError(let error, _): error.description
        }
    }

    var frames: [Int] {
        switch self {
        case .reached(let reply), .reset(let reply): reply.frames
        case .refused(let refusal), .timeExceeded(let refusal): refusal.frames
        case .silence, .localError: []
        }
    }
}
