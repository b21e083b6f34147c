import Conversations
import PacketWire

/// The SYN passes when one thing in it is left out: something on the way, or the host, cannot stand it, or cannot stand an
/// answer that takes it up.
enum OptionSensitive: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "HostDrop", "ReturnPathLoss", "Open", "RandomLoss", "RateLimit",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard observations.transport == .tcp, !observations.isLocalTarget else { return nil }
        if let primary = observations.primary, case .answered = observations.symptom, primary.hasECNFallback {
            return withoutECN(observations)
        }
        if case .answered = observations.symptom, let offer = observations.primary?.withdrawnOffer {
            return withoutOffer(offer, observations)
        }
        guard case .silence = observations.symptom else { return nil }
        let copies = observations.facts.attempts.filter { attempt in
            if case .experiment(.variant) = attempt.purpose { true } else { false }
        }
        let variants = copies.compactMap { attempt -> (SYNVariant, Bool)? in
            guard case .experiment(.variant(let variant)) = attempt.purpose else { return nil }
            return (variant, observations.passesChanged(attempt))
        }
        guard !variants.isEmpty else {
            return observations.isLostOutside ? .untested("something in the SYN is not let through") : nil
        }
        let passing = variants.filter(\.1).map(\.0).reduce(into: [SYNVariant]()) { found, variant in
            if !found.contains(variant) { found.append(variant) }
        }
        // What passes unchanged shows that the option is not the reason: a copy, or what comes as it is from another source
        // port, for each copy has a port of its own.
        guard observations.isLostOutside, let first = passing.first, !observations.passesFromOtherPort else {
            return nil
        }
        let names = passing.map(\.rawValue).joined(separator: ", ")
        return Finding(
            "something in the SYN is not let through", .blocked, stage: .handshake, mechanism: .silentDrop,
            // The answer takes up what the SYN offers, and may be what is not let through.
            zones: observations.silenceZones,
            confidence: observations.isConfirmed(copies)
                && observations.trials.excludesPorts(passing: copies.filter(\.isPassing).count) ? .strong : .likely,
            afterHop: observations.silenceBounds.after, beforeHop: observations.silenceBounds.before,
            summary:
                "The SYN as this machine sends it gets no answer, and the same one \(names) does: something"
                + " drops it\(observations.isStoppedShortOfHost ? "" : ", or its answer,") for what it carries.",
            advice: [Self.advice(first, observations)],
            whyNotExcluded: "the SYN passes \(names)",
            experiment: "repeat with and without")
    }

    /// The kernel's own experiment: its first SYN offered ECN and got no answer, its second did not and did.
    private static func withoutECN(_ observations: Observations) -> Finding? {
        let others = observations.trials.trials.filter { $0.round == 1 }
        // Where SYNs that offer ECN are answered at once, the first one was lost by chance.
        guard !others.contains(where: { $0.isAnswered && $0.sent == 1 }), !observations.facts.isECNAnsweredBeside else {
            return nil
        }
        // Nothing was tried on purpose in a file: one that is lost may be lost by chance.
        let alike = observations.facts.attempts.count { $0.purpose == .experiment(.rerun) && $0.hasECNFallback }
        let mayBeFirst = observations.facts.isOffline && others.isEmpty && observations.primary?.lostWithECN == 1
        let mayBeChance = mayBeFirst && alike < 2
        let after = observations.path.lastAnswering?.ttl ?? 0
        let isShort = observations.path.hops.contains { hop in
            guard hop.ttl > after, hop.target == .silence, case .timeExceeded = hop.control else { return false }
            return true
        }
        return Finding(
            "SYNs that offer ECN are not let through", .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: isShort ? [.path] : [.path, .destination, .returnPath],
            confidence: mayBeChance ? .weak : others.isEmpty ? .likely : .strong,
            afterHop: observations.silenceBounds.after, beforeHop: observations.silenceBounds.before,
            summary:
                "The first SYN\(mayBeFirst && !mayBeChance ? " of each of \(alike + 1) connections" : "") offers ECN and gets"
                + " no answer; the repeated one does not, and is answered:"
                + " something on the way drops what asks for ECN"
                + (mayBeChance
                    ? ", or that one was lost by chance: one connection does not tell."
                    : mayBeFirst
                        ? ", or the first SYN of each connection. Every one loses a second."
                        : ". Every connection loses a second."),
            advice: [advice(.withoutECN, observations)])
    }

    /// The same with an option that the kernel, or whoever sends the SYN, leaves out when it repeats it: multipath TCP
    /// (RFC 8684 section 3.7), fast open (RFC 7413 section 4.1.3).
    private static func withoutOffer(_ offer: Attempt.WithdrawnOffer, _ observations: Observations) -> Finding? {
        // With a probe's own copies it is known what heals.
        guard observations.facts.isOffline, !observations.facts.isSavedProbe else { return nil }
        let mayBeChance = offer.lost == 1
        return Finding(
            "SYNs with an option are not let through", .degraded, stage: .handshake, mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath], confidence: mayBeChance ? .weak : .likely,
            summary:
                "The first SYN\(mayBeChance ? " offers" : "s offer") \(offer.name) and get\(mayBeChance ? "s" : "") no answer;"
                + " the repeated one does not, and is answered: something on the way drops what offers it"
                + (mayBeChance
                    ? ", or that one was lost by chance: one connection does not tell."
                    : ", or all of them were lost by chance."),
            advice: [
                "Ask whoever runs the boxes on the way to \(observations.name) which of them drops SYNs that offer \(offer.name); try from the same machine without it."
            ])
    }

    private static func advice(_ variant: SYNVariant, _ observations: Observations) -> String {
        let whom = "Ask whoever runs the boxes on the way to \(observations.name) which of them drops SYNs"
        switch variant {
        case .withoutECN:
            return "\(whom) that ask for ECN; until then this machine can leave it out (sysctl net.ipv4.tcp_ecn=2)."
        case .withoutTimestamps:
            return
                "\(whom) with timestamps; until then this machine can leave them out (sysctl"
                + " net.ipv4.tcp_timestamps=0)."
        case .withoutWindowScale:
            return "\(whom) with window scaling (sysctl net.ipv4.tcp_window_scaling)."
        case .withoutSelectiveAcknowledgement:
            return "\(whom) with SACK-permitted (sysctl net.ipv4.tcp_sack)."
        case .withMaximumSegmentSizeOnly, .unchanged:
            return "\(whom) for their options."
        }
    }
}

extension Attempt {
    /// The first SYN asked for ECN and the one before the answer did not (net/ipv4/tcp_output.c, tcp_ecn_fallback).
    package var hasECNFallback: Bool {
        let handshake = self.handshake
        guard let first = handshake.syns.first?.tcp, first.flags.contains(.ece), let answer = handshake.synAcks.first,
            let last = handshake.syns.last(where: { $0.at <= answer.at })?.tcp
        else { return false }
        return !last.flags.contains(.ece)
    }

    /// Its first SYN asked for ECN and was answered.
    package var passesWithECN: Bool {
        let handshake = self.handshake
        return handshake.syns.count == 1 && handshake.syns[0].tcp?.flags.contains(.ece) ?? false
            && !handshake.synAcks.isEmpty
    }

    /// So many SYNs asked for ECN before one that did not.
    fileprivate var lostWithECN: Int { handshake.syns.count { $0.tcp?.flags.contains(.ece) ?? false } }

    /// What the SYNs before the answered one offered, and that one does not.
    struct WithdrawnOffer {
        var name: String
        var lost: Int
    }

    /// Nil where nothing is left out, or much is: then nobody knows what it was.
    fileprivate var withdrawnOffer: WithdrawnOffer? {
        let handshake = self.handshake
        guard let answer = handshake.synAcks.first,
            let last = handshake.syns.last(where: { $0.at <= answer.at }), let taken = last.tcp?.options
        else { return nil }
        let before = handshake.syns.prefix { $0.at < last.at }
        let offers: [(String, (TCPOptions) -> Bool)] = [
            ("multipath TCP", { $0.present.contains(.multipath) }),
            ("TCP fast open", { $0.present.contains(.fastOpen) }),
        ]
        let withdrawn = offers.filter { _, isOffered in
            !isOffered(taken) && before.contains { $0.tcp.map { isOffered($0.options) } ?? false }
        }
        guard withdrawn.count == 1, let (name, isOffered) = withdrawn.first else { return nil }
        let lost = before.count { $0.tcp.map { isOffered($0.options) } ?? false }
        // One without it that is lost as well shows that it is not for that.
        return lost == before.count ? WithdrawnOffer(name: name, lost: lost) : nil
    }
}
