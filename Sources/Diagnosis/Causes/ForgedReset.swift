import PacketWire

/// A reset in answer to the SYN that bears the host's address and was made by something nearer.
enum ForgedReset: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .reset(let reply) = observations.symptom, observations.facts.route?.kind != .local else {
            return nil
        }
        // Where the SYN is missing, nothing shows what the reset answers.
        if observations.hasWire, observations.sentOnWire == 0 { return nil }
        let bounds = observations.refusalBounds
        switch observations.provenance(of: reply.timeToLive) {
        case .sameAsHost:
            return nil
        case .nearer(let nearest):
            // What answers a packet that ends at its own hop is one hop farther than what answers one that it would forward.
            let hop = nearest == 0 ? 0 : reply.timeToLive.flatMap(observations.answeringHop) ?? nearest
            // Where the packet's time ran out, the one who refuses it is not yet: without the reset's own TTL only that is known.
            if let place = observations.path.translatedAt, place <= hop {
                return handedOn(behind: place, at: max(hop, place + 1), observations)
            }
            let address = observations.path.router(at: hop)
            let place =
                address.map { "\($0) (hop \(hop))" } ?? (hop == 0 ? "this machine or the first hop" : "hop \(hop)")
            let end = observations.path.targetEnd?.ttl ?? 0
            let byLadder = end > 0 && observations.path.endsShort
            // At TTL 1 nothing shows that the SYN left, unless the tap saw it.
            let mayBeLocal = hop == 0 && observations.sentOnWire == 0
            let isDoubtful = observations.mayComeAnotherWay(reply)
            return Finding(
                "a reset forged on the way", .blocked, stage: .handshake, mechanism: .tcpReset,
                zones: mayBeLocal ? [.localEgress, .path] : [.path],
                confidence: byLadder || observations.knowsHostDistance && !isDoubtful ? .strong : .likely,
                afterHop: bounds.after,
                beforeHop: bounds.before, actor: address,
                summary: "The reset bears the host's address and was made nearer, about at \(place): "
                    + (byLadder
                        ? "it answers a SYN with TTL \(end), and the control's packets with that TTL do not reach the host."
                        : "its TTL is \(reply.timeToLive.map(String.init) ?? "?"), and the host's own packets have passed more routers.")
                    + (isDoubtful
                        ? (observations.facts.isEchoAlone
                            ? " Echoes that come back by a longer way make that of a reset of the host's own, too."
                            : " One router fewer is also what another of several ways back makes of a reset of the host's own.")
                        : ""),
                advice: [
                    mayBeLocal
                        ? "Look at the rules of this machine (nft list ruleset, iptables -t nat -S OUTPUT), then at the first router's, for the one that resets or redirects \(observations.name)."
                        : "Ask whoever runs \(address?.description ?? "the router at hop \(hop)") for the rule that \(hop > nearest ? "redirects" : "resets") \(observations.name)."
                ])
        case .farther, .unknown:
            return Finding(
                "a filter on the way that answers with a reset", .blocked, stage: .handshake, mechanism: .tcpReset,
                zones: observations.mayBeAnsweredHere ? [.path, .localEgress] : [.path], confidence: .weak, summary: "",
                whyNotExcluded: reply.timeToLive == nil
                    ? "without a capture the reset's TTL is not known"
                    : "no other answer of the host shows which TTL its own packets have",
                experiment: "compare the reset's TTL with that of another answer of the host, with a capture",
                isOnlyLookAlike: true)
        }
    }

    /// Somebody translates the destination, and the one to whom the SYN is handed on refuses it: anybody, who need not be one
    /// of the routers that the control's packets meet. It may be the machine that sent the SYN.
    private static func handedOn(behind place: Int, at hop: Int, _ observations: Observations) -> Finding {
        // A SYN that the tap saw leave for the host's own address was translated by nobody here.
        let isOutside = observations.hasWire && observations.sentOnWire > 0 && !observations.facts.isOffline
        let translator = place == 1 && isOutside ? observations.path.routerOfControl(at: place) : nil
        let who = translator.map { "\($0) (hop \(place))" } ?? "somebody at hop \(place) or before it"
        let port = "\(observations.transport.rawValue) port \(observations.facts.target.port)"
        return Finding(
            "a translator hands the port on to somebody who resets", .blocked, stage: .handshake, mechanism: .tcpReset,
            zones: isOutside || observations.facts.isOffline ? [.path] : [.path, .localEgress], confidence: .strong,
            afterHop: Hop(ttl: place, address: observations.path.routerOfControl(at: place)),
            beforeHop: Hop(ttl: hop + 1, address: nil), actor: translator,
            summary:
                "The reset bears the host's address and was made nearer, about \(hop) hop\(hop == 1 ? "" : "s") away: \(who)"
                + " translates the destination address and hands the port on to another machine, which refuses it. The host"
                + " is farther and does not see the SYN.",
            advice: [
                "Ask whoever runs \(translator?.description ?? "the routers up to hop \(place)") for a port forward or redirect of"
                    + " \(port) that takes in what leaves as well as what comes (a rule without its interface or destination"
                    + " address): it may lead back to this very machine.",
                "Run tcpdump '\(observations.transport.rawValue) dst port \(observations.facts.target.port)' here while probing: does the"
                    + " SYN come back in?",
            ])
    }
}

extension Observations {
    /// A rule of this machine may be what answers: nobody saw the SYN leave or be dropped, and it was answered when it was
    /// to live for one hop, or nobody tried that.
    fileprivate var mayBeAnsweredHere: Bool {
        !hasWire && !facts.isOffline && !facts.kernel.watchesDrops && (path.isEmpty || path.targetEnd?.ttl == 1)
    }

    /// The reset may be the host's own, and have come by a shorter way than what it is compared with.
    func mayComeAnotherWay(_ reply: Answer.Reply) -> Bool {
        if path.endsShort { return false }
        return facts.isEchoAlone || isOneHopAlone(reply)
    }

    /// A reset has passed one router fewer than the host's other answers, and nothing else speaks against the host: ways
    /// of different lengths that are used beside each other do that. A reset of the host for another port that comes
    /// from as far away as its other answers would, and so do ladders.
    private func isOneHopAlone(_ reply: Answer.Reply) -> Bool {
        guard let timeToLive = reply.timeToLive, let known = hostTimesToLive.map(Self.routersPassed).min(),
            known == Self.routersPassed(timeToLive) + 1
        else { return false }
        // Where the address is, the control's ladder shows by itself.
        if path.forwardingTarget != nil { return false }
        if path.endsShort { return false }
        let others = controls + attempts(of: .unusedPort)
        return !others.contains { other in
            guard case .reset(let own) = other.answer, let timeToLive = own.timeToLive else { return false }
            return Self.routersPassed(timeToLive) >= known
        }
    }
}
