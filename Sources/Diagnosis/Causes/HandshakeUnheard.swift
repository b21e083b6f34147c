import Conversations
import PacketWire

/// The handshake looks complete from here, and the far end has not heard its last packet: it repeats its SYN-ACK, and
/// does not acknowledge the end of our side. A box that has state of one direction only drops our packets, or the
/// host ignores them because its accept queue is full (net/ipv4/tcp_minisocks.c, tcp_check_req). Or it has heard
/// everything, and what it says behind its SYN-ACK is lost on the way back, or in this machine.
enum HandshakeUnheard: Cause {
    static let supersedes: Set<CauseID> = ["Open", "RandomLoss"]

    static func examine(_ observations: Observations) -> Finding? {
        guard case .answered = observations.symptom, observations.transport == .tcp, let primary = observations.primary
        else { return nil }
        // Another hello was heard on a connection that began like this one.
        guard observations.facts.application?.hellos.contains(where: \.tls.isRead) != true else { return nil }
        let handshake = observations.handshake
        // Where SYNs are lost, what follows them is, too: as often, and not each time.
        if observations.trials.isMixed, observations.trials.share.mayTake(primary.sentBehindHandshake) { return nil }
        let repeated = handshake.repeatedAnswers
        // A host that has not heard it would have said so again (Linux after 1 and 3 s), unless it keeps no state of
        // those it has answered: SYN cookies, RFC 4987 section 3.6.
        if observations.hasWire, repeated == 0, let silence = observations.facts.application?.silence,
            silence >= .seconds(3)
        {
            return nil
        }
        if let socket = primary.socket {
            guard socket.isEndAcknowledged == false, socket.bytesReceived == 0 else { return nil }
        } else if let lost = missedHere(primary, observations) {
            return lost
        } else {
            // In a file: more answers than questions, and the last a good while after its acknowledgement.
            guard handshake.synAcks.count > handshake.syns.count, handshake.responderBytes == 0,
                let ack = handshake.acknowledgement, let last = handshake.synAcks.last,
                last.at - ack.at >= .milliseconds(500)
            else { return nil }
            // Who waits for words before it takes a connection (TCP_DEFER_ACCEPT) repeats its SYN-ACK all the same, and hears
            // the end.
            if let end = handshake.initiatorClosed, primary.packets.contains(where: { $0.acknowledges(end) }) {
                return nil
            }
        }
        if let lost = lostHere(primary, observations) { return lost }
        if repeated == 0, primary.socket?.isWindowShut != true, isLongPast(handshake) {
            return unansweredSince(observations)
        }
        // Who offers no window holds the client still on purpose: a SYN proxy, a tar pit.
        let isHeld = primary.socket?.isWindowShut == true
        // The tap shows whether the acknowledgement left.
        let left = observations.hasWire && handshake.acknowledgement != nil
        var zones: [Zone] = [.path, .destination]
        if !left, !isHeld { zones = observations.hasWire ? [.localEgress] : zones + [.localEgress] }
        // On the host itself: what passed the tap came that far.
        if left, observations.facts.isCapturedAtTarget, !isHeld { zones = [.destination] }
        // Only who repeats its SYN-ACK has not heard us; nobody else need be deaf.
        if repeated == 0, !isHeld, zones != [.localEgress] {
            zones += [.returnPath] + (observations.hasWire ? [] : [.localIngress])
        }
        let hasSpoken = primary.packets.contains { $0.fromInitiator && $0.payloadLength > 0 }
        let mayWaitForWords = observations.facts.isOffline && !observations.facts.isSavedProbe && !hasSpoken
        return Finding(
            "the far end does not hear the end of the handshake", .interfered, stage: .handshake,
            mechanism: isHeld ? .answeredByMiddlebox : .silentDrop,
            zones: observations.isLocalTarget ? [.destination] : zones,
            confidence: repeated > 0 && !mayWaitForWords ? .strong : .likely,
            summary: isHeld
                ? "The SYN-ACK came and offers no window, not for a byte: something holds the client still, and nothing"
                    + " shows that the handshake was heard."
                : repeated > 0
                    ? "The SYN-ACK came and everything \(observations.clientPhrase) sent after it went unheard: the SYN-ACK is"
                        + " repeated \(repeated) time\(repeated == 1 ? "" : "s"), as if the handshake had not been completed."
                    : "The SYN-ACK came and everything \(observations.clientPhrase) sent after it went unheard, or its answers are"
                        + " lost:"
                        + " nothing is acknowledged, as if the handshake had not been completed.",
            advice: (observations.isHostGoneSince
                ? [
                    "Nothing else of the host has been heard since: was this machine shut out, or did an outage begin? Wait"
                        + " some minutes and try again, with one target at a time."
                ] : [])
                + (mayWaitForWords
                    ? [
                        "The client said nothing on it: a server that waits for words before it takes a connection"
                            + " (TCP_DEFER_ACCEPT, nginx: deferred) does the same, and takes it when they come."
                    ] : []) + [
                    "On the host: is the accept queue of the service full (ss -ltn, Recv-Q against Send-Q;"
                        + " nstat TcpExtListenOverflows)?",
                    observations.isLocalTarget
                        ? "If not, look at the INPUT and OUTPUT rules of this machine (nft list ruleset, iptables -S) for what"
                            + " drops all that follows a SYN."
                        : "If not, ask whoever runs the firewalls on the way whether they see both directions of"
                            + " \(observations.name): one that knows only half of a connection drops the rest.",
                ],
            whyNotExcluded: "a full accept queue and a box that drops our packets look the same from here",
            experiment: "look at the listener's queue on the host")
    }

    /// Our side ended when a host that has not heard the handshake would have repeated its SYN-ACK.
    private static func isLongPast(_ handshake: TCPHandshake) -> Bool {
        guard let ack = handshake.acknowledgement, let end = handshake.initiatorClosed else { return false }
        return end.at - ack.at >= .milliseconds(2_900)
    }

    /// What it says behind its SYN-ACK, or an acknowledgement of what we do, gets lost; or it keeps no state of those it
    /// has answered, and has not heard us.
    private static func unansweredSince(_ observations: Observations) -> Finding {
        Finding(
            "what the far end says behind its SYN-ACK is lost", .interfered, stage: .application,
            mechanism: .silentDrop,
            zones: observations.isLocalTarget ? [.destination] : [.destination, .returnPath, .path],
            confidence: .likely,
            summary:
                "The SYN-ACK came and is not repeated, so the handshake was heard; but nothing comes behind it, not even"
                + " an acknowledgement of the connection's end: what the far end says is dropped, by itself or on the"
                + " way back.",
            advice: [
                "On the host: look for an OUTPUT rule that lets only SYN-ACKs pass (nft list ruleset, iptables -S), and at"
                    + " whether its greeting is sent again and again (ss -tni, tcpdump)."
            ]
                + (observations.isLocalTarget
                    ? [] : ["If it is, ask whoever runs the firewalls on the way back from \(observations.name)."]),
            whyNotExcluded: "a host with SYN cookies repeats no SYN-ACK, though it has not heard the handshake",
            experiment: "look on the host whether the connection stands (ss -tn)")
    }

    /// The far end has acknowledged, and this machine drops what it says: its kernel tells, or the tap saw it come.
    private static func lostHere(_ primary: Attempt, _ observations: Observations) -> Finding? {
        guard let socket = primary.socket, !observations.isLocalTarget else { return nil }
        let drop = primary.drops.first { drop in
            !drop.isOutgoing && drop.isOfThePacket && !drop.isICMP && drop.kind == .packetFilter
                && drop.flags?.contains(.syn) == false && socket.at.map { drop.at >= $0 } ?? false
        }
        let seen = observations.handshake.initiatorClosed.map { end in
            primary.packets.count { $0.acknowledges(end) }
        }
        guard drop != nil || seen ?? 0 > 0 else { return nil }
        let how =
            drop.map { "its kernel drops what comes then: \($0.phrase)" }
            ?? "its acknowledgements arrive (seen \(seen ?? 0) time\(seen == 1 ? "" : "s")) and the socket never gets them"
        return lost(how, drop != nil && seen ?? 0 > 0 ? .proved : .strong, observations)
    }

    /// In the file of a probe, which has its tap where the probe was: the end of its side is acknowledged, and sent again
    /// all the same, more than once.
    private static func missedHere(_ primary: Attempt, _ observations: Observations) -> Finding? {
        guard observations.facts.isSavedProbe, !observations.isLocalTarget,
            let end = observations.handshake.initiatorClosed, let number = end.tcp?.sequenceNumber,
            let taken = primary.packets.first(where: { $0.acknowledges(end) })
        else { return nil }
        let again = primary.packets.count { packet in
            packet.fromInitiator && packet.at > taken.at && packet.tcp?.flags.contains(.fin) ?? false
                && packet.tcp?.sequenceNumber == number
        }
        guard again > 1 else { return nil }
        return lost(
            "its acknowledgement arrives, and the end of the connection is sent again \(again) times as if it never had",
            .strong, observations)
    }

    private static func lost(_ how: String, _ confidence: Confidence, _ observations: Observations) -> Finding {
        Finding(
            "a local rule drops what follows the handshake", .interfered, stage: .handshake, mechanism: .silentDrop,
            zones: [.localIngress], confidence: confidence,
            summary: "The SYN-ACK came, and what the far end says after it does not get through this machine: \(how).",
            advice: [
                "Look at the INPUT and PREROUTING rules of this machine (nft list ruleset, iptables -S): is there one that"
                    + " accepts established connections from \(observations.name), and none before it that limits them?"
            ])
    }
}

extension Observations {
    /// Whatever was sent to the host behind the handshake is silent, other ports and echoes among it.
    fileprivate var isHostGoneSince: Bool {
        guard !facts.isOffline, !isLocalTarget,
            let answeredAt = handshake.synAcks.first?.at ?? primary?.socket?.at
        else { return false }
        let since = facts.attempts.filter { $0.startedAt > answeredAt && $0.purpose.timeToLive == nil }
        return Set(since.map(\.kind)).count > 1 && since.allSatisfy { $0.answer == .silence }
    }
}

extension TCPHandshake {
    /// SYN-ACKs that came behind the acknowledgement of the first. Each SYN that was sent has one of its own, which a slow host
    /// may send later: only what comes beyond those was repeated. What comes together is one, doubled on its way.
    fileprivate var repeatedAnswers: Int {
        guard let acknowledgement else { return 0 }
        let answers = synAcks.reduce(into: [SeenPacket]()) { apart, answer in
            if apart.last.map({ answer.at - $0.at >= .milliseconds(300) }) ?? true { apart.append(answer) }
        }
        return min(answers.count { $0.at > acknowledgement.at }, max(0, answers.count - syns.count))
    }
}

extension Attempt {
    /// What this side sent behind its SYN, as far as the tap saw it: all of it unheard, or unanswered.
    fileprivate var sentBehindHandshake: Int {
        packets.count { packet in
            packet.fromInitiator && packet.tcp.map { $0.flags.intersection([.syn, .rst]).isEmpty } ?? false
        }
    }
}

extension SeenPacket {
    /// It comes from the far end and acknowledges the end of our side.
    fileprivate func acknowledges(_ end: SeenPacket) -> Bool {
        guard !fromInitiator, !isDamaged, !isFromStranger, let header = tcp, header.flags.contains(.ack),
            !header.flags.contains(.syn), let sent = end.tcp, sent.flags.contains(.fin)
        else { return false }
        return header.acknowledgementNumber == sent.sequenceNumber &+ UInt32(clamping: end.payloadLength) &+ 1
    }
}
