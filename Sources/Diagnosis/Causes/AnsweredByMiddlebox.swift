import Conversations
import PacketWire

/// Something nearer than the host completes the handshake: a SYN proxy, a transparent proxy, a captive portal, an
/// address translation to another machine.
enum AnsweredByMiddlebox: Cause {
    static let supersedes: Set<CauseID> = [
        "Open", "ResetAfterHandshake", "ClosedAfterHandshake", "AllPortsOpen", "HandshakeUnheard", "RandomLoss",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let broken: Bool
        switch observations.symptom {
        case .answered: broken = false
        case .broken: broken = true
        default: return nil
        }
        guard observations.transport == .tcp, !observations.isLocalTarget,
            let synAck = observations.handshake.synAcks.first
        else { return nil }
        guard let hop = observations.answeringHop(synAck.timeToLive) else {
            return observations.facts.isAnswerOdd && observations.path.isEmpty
                ? .untested("something nearer completes the handshake") : nil
        }
        // What the host itself sends afterwards shows that the connection goes through to it.
        guard !observations.hostSpeaks else { return nil }
        let end = observations.path.targetEnd
        let byLadder = observations.path.endsShort
        let actor = observations.path.router(at: hop) ?? observations.nearerRefuser
        // Hops are counted from the client, and a TTL tells them from the tap.
        let step = observations.isTapFarFromClient ? "hop \(hop) behind the place of the capture" : "hop \(hop)"
        let place = actor.map { "\($0) (\(step))" } ?? step
        // A proxy that has reached its own far side opens the window; until then it holds the client still.
        let isHeld = synAck.tcp?.window == 0 && !observations.hasWindowUpdate
        // Where echoes alone come from farther away, and no ladder shows how far they go, their way back may be longer.
        let isDoubtful =
            !byLadder && observations.nearerRefuser == nil && observations.facts.isEchoAlone
            && !observations.facts.takesAnyPort || byLadder && observations.comesFromHost(synAck.timeToLive)
        let how: String
        if byLadder {
            how =
                "a SYN that lives \(end?.ttl ?? 0) hops is answered, and the control's packets with that TTL"
                + " do not reach the host."
        } else if let refuser = observations.nearerRefuser {
            how = "the SYN-ACK has passed no more routers than \(refuser), which rejects other packets for the host."
        } else {
            how = "the SYN-ACK's TTL is \(synAck.timeToLive), and the host's own packets have passed more routers."
        }
        return Finding(
            "something nearer completes the handshake", .interfered, stage: .handshake,
            mechanism: .answeredByMiddlebox,
            // Where anybody's capture was taken is not known: what passed no router may be on that machine itself.
            zones: (broken || isDoubtful ? [.path, .destination] : [.path])
                + (hop == 1 && observations.mayBeCapturedAtClient ? [.localEgress] : []),
            confidence: isDoubtful
                ? .likely
                : byLadder && !broken && !isHeld && !observations.facts.isOffline ? .proved : .strong,
            afterHop: hop > 1 ? observations.path.hop(at: hop - 1) : nil, actor: actor,
            summary: "The handshake is completed about at \(place), not by the host: \(how)"
                + (isHeld ? " It offers no window: what is behind it has not answered." : ""),
            advice: [
                "An open port says nothing about \(observations.name) itself here: ask whoever runs"
                    + " \(actor?.description ?? "the box at \(step)")"
                    + " what it proxies, and probe from behind it."
            ])
    }
}

extension Observations {
    /// The hop at which a SYN-ACK with this TTL was made, where that is nearer than the host. A box that takes the
    /// packet out of the path answers those that end at its own hop, one that forwards only those that live longer:
    /// the TTL of the answer tells which.
    func answeringHop(_ timeToLive: UInt8) -> Int? {
        let byTTL = Self.routersPassed(timeToLive) + 1
        if case .nearer(let hop) = provenance(of: timeToLive) { return max(hop, min(byTTL, hop + 1)) }
        return nearerRefuser == nil ? nil : byTTL
    }

    /// It has passed as many routers as what the host answers others with. Then the ladder may be wrong: a router that takes
    /// nothing off the TTL of this port, as one that sends copies on, brings its packets one hop farther.
    fileprivate func comesFromHost(_ timeToLive: UInt8) -> Bool {
        knowsHostDistance && hostTimesToLive.map(Self.routersPassed).contains(Self.routersPassed(timeToLive))
    }

    /// Anybody's capture, and nothing shows that the client's packets had left its machine when they passed the tap.
    fileprivate var mayBeCapturedAtClient: Bool {
        facts.isOffline && !facts.isSavedProbe && !isTapFarFromClient
    }

    /// In anybody's capture: the client's packets had passed routers when they came by.
    fileprivate var isTapFarFromClient: Bool {
        guard facts.isOffline, !facts.isSavedProbe else { return false }
        return primary?.packets.first(where: \.fromInitiator).map { $0.timeToLive.routersPassed > 0 } ?? false
    }

    /// A router that rejects other packets for the host, and is at least as far away as what completes the
    /// handshake: the host cannot be that near. What the machine that captured rejects has come no way at all, as an
    /// answer over its own link has not.
    var nearerRefuser: IPAddress? {
        guard let synAck = handshake.synAcks.first else { return nil }
        for control in controls {
            guard case .refused(let refusal) = control.answer, refusal.sender != target, !isOwn(refusal.sender),
                !facts.capturedOn.contains(refusal.sender), let timeToLive = refusal.timeToLive,
                Self.routersPassed(timeToLive) >= Self.routersPassed(synAck.timeToLive)
            else { continue }
            return refusal.sender
        }
        return nil
    }

    /// Packets of the connection came from as far away as the host's other answers, though the SYN-ACK did not.
    var hostSpeaks: Bool {
        guard let primary, let synAck = handshake.synAcks.first, knowsHostDistance else { return false }
        let host = Set(hostTimesToLive.map(Self.routersPassed))
        return primary.packets.contains { packet in
            guard !packet.fromInitiator, let header = packet.tcp, packet.at > synAck.at else { return false }
            return !header.flags.contains(.syn) && !header.flags.contains(.rst)
                && host.contains(Self.routersPassed(packet.timeToLive))
                && Self.routersPassed(packet.timeToLive) != Self.routersPassed(synAck.timeToLive)
        }
    }

    /// After a SYN-ACK without a window the far end opened it.
    var hasWindowUpdate: Bool {
        guard let synAck = handshake.synAcks.first else { return false }
        return primary?.packets.contains { packet in
            guard !packet.fromInitiator, packet.at > synAck.at, let header = packet.tcp else { return false }
            return header.window > 0 && !header.flags.contains(.rst)
        } ?? false
    }
}
