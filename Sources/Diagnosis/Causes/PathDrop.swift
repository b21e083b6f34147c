import PacketWire

/// Something on the way there swallows the packet without a word.
enum PathDrop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .silence = observations.symptom, observations.isLostOutside, !observations.isLocalTarget else {
            return nil
        }
        let (after, before) = observations.silenceBounds
        let confidence: Confidence =
            switch observations.silencePlace {
            case .between:
                // One moment's packets are one trial, however many there are.
                observations.isTriedAgain && observations.unansweredTries >= 3 && observations.leftThisMachine
                    && observations.isWayKnown && !observations.isControlEchoAlone
                    && !observations.isAnyHeldBack
                    ? .strong : .likely
            case .lastStretch: .likely
            // In a file the packets are seen to leave; a run without a ladder knows less than it could.
            case .anywhere: observations.facts.isOffline && !observations.isTapNearHost ? .likely : .weak
            case .beyond: .weak
            }
        // A datagram without an answer is a stall only where the path itself shows it.
        let silentUDP = observations.transport == .udp && !observations.isStoppedShortOfHost
        return Finding(
            "a filter on the way drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
            // What the device that was tapped is, a bridge for example, and whether anything stands behind it, no file says.
            zones: [.path]
                + (observations.mayHoldBack || observations.facts.isOffline && before?.ttl == 1 ? [.localEgress] : []),
            confidence: confidence, afterHop: after, beforeHop: before,
            summary: "The \(observations.packetName) (\(observations.triesPhrase) sent) \(observations.silencePhrase)."
                + observations.handedOnSentence,
            advice: [observations.handedOnAdvice].compactMap(\.self) + Self.advice(observations),
            whyNotExcluded: observations.isFoundOnLink
                ? "a drop on the link and one at the host look the same from here"
                : "a drop on the last stretch and one at the host look the same from here",
            experiment: "run a capture on the host, or probe from a machine next to it",
            isOnlyLookAlike: silentUDP || !observations.isAnswerDue)
    }

    private static func advice(_ observations: Observations) -> [String] {
        let source = observations.primary?.local.map { " from \($0.address)" } ?? ""
        let rule = "for the rule on \(observations.name)\(source)"
        if observations.isFoundOnLink, observations.path.lastAnswering == nil, !observations.isStoppedShortOfHost {
            return [
                "On the host: does tcpdump see the \(observations.packetName)? If yes, look at its INPUT rules and at the way back; if no,"
                    + " ask \(Observations.whoeverJoinsLink) \(rule)."
            ]
        }
        switch observations.silencePlace {
        case .between(let after, let before):
            let places = [after, before].compactMap { $0?.address?.description }
            let first = after?.address.map(\.description) ?? "the first router"
            return [
                "Ask whoever runs \(places.isEmpty ? first : places.joined(separator: " and ")) \(rule): it is dropped between"
                    + " them, unless \(first) leads this port another way, or translates it."
            ]
        case .lastStretch(let after, _):
            return [
                "On the host: does tcpdump see the \(observations.packetName)? If yes, look at its INPUT rules and at the way back; if no,"
                    + " ask whoever runs \(after?.address?.description ?? "the firewall before it") \(rule)."
            ]
        case .anywhere:
            return [
                "On the host: does tcpdump see the \(observations.packetName)? If yes, look at its INPUT rules and at the way back; if no,"
                    + " ask whoever runs the firewalls on the way \(rule)."
            ]
        case .beyond(let after):
            return [
                "Find out whether the host is up at all: nothing of it answers from here.",
                "If it is, ask whoever runs \(after?.address?.description ?? "the first router") and everything behind it \(rule).",
            ]
        }
    }
}

extension Observations {
    /// Silence that is not explained by what this machine itself does.
    var isLostOutside: Bool {
        guard primary != nil, !isNextHopUnresolved, !isIntermittent, decisiveDrop?.isUnacceptable ?? true else {
            return false
        }
        if let primary, primary.isAnswerIgnored(handshake) { return false }
        // The tap sees everything that leaves: what it did not see was not lost outside. Nor was what a rule here stops.
        return leftThisMachine || !hasWire && localRule(isOutgoing: true) == nil
    }
}
