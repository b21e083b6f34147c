import PacketWire

/// Refused at first and accepted a moment later: a limit that rejects, one of several paths that does, or several machines
/// behind one address.
enum IntermittentRefusal: Cause {
    static let name = "it is refused only now and then"
    static let supersedes: Set<CauseID> = [
        "ForgedReset", "ForgedICMP", "PathReject", "HostReject", "PortClosed", "HostRefusesAlike", "RouterWithoutRoute",
        "HostAbsent", "LocalEgressReject",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        let mechanism: Mechanism
        switch observations.symptom {
        case .reset: mechanism = .tcpReset
        case .refused: mechanism = .icmpReject
        default: return nil
        }
        guard !observations.isLocalTarget else { return nil }
        // Whether a rule of this machine that certainly stops it is the one, is no question of chance.
        let own = LocalEgressReject.examine(observations)
        // What a nat rule leads elsewhere, somebody there refuses: one of several to whom it leads.
        let led = own.flatMap { $0.zones == [.localEgress] ? nil : $0 }
        let isOwn = own != nil && led == nil
        if isOwn, observations.localRule(isOutgoing: true) != nil { return nil }
        // Who says "unreachable" after seconds has asked for a link address, and would again.
        if case .refused(let refusal) = observations.symptom, let delay = observations.delay(of: refusal),
            delay >= HostAbsent.neighborFailureNanoseconds
        {
            return nil
        }
        let tries = RefusalTries(observations.facts.attempts)
        guard tries.passed > 0 else {
            if tries.repeated < RefusalTries.enough { return .untested(name) }
            // Who limits refuses a burst to its last packet.
            return !tries.isTriedLater && isSure(observations) ? .untested(name) : nil
        }
        let isOffline = observations.facts.isOffline
        let decided = tries.decidedByPort
        let (zones, actor) =
            isOwn
            ? ([.localEgress], observations.primary?.local?.address)
            : led.map { ($0.zones, nil) } ?? place(observations)
        if let led, !tries.isLimited || decided != nil { return ledElsewhere(led, tries, mechanism) }
        if tries.isLimited, decided == nil {
            return limited(tries, isOwn || led != nil ? (zones, actor) : nil, isOwn, observations)
        }
        return Finding(
            decided == nil || isOwn ? name : "one of several paths or machines refuses it", .degraded,
            stage: .handshake,
            mechanism: mechanism, zones: zones,
            // In a file nobody tried again at once, and a service may have been down for a while.
            confidence: isOffline ? .likely : .strong,
            afterHop: actor.flatMap(observations.position), actor: actor,
            summary: decided.map { byPort($0.refused.count, of: $0.refused.count + $0.accepted.count, isOwn) }
                ?? byChance(tries, isOwn, isOffline: isOffline),
            advice: advice(observations, isOwn, actor)
                + (decided.map {
                    ["Source ports that are refused: \(list($0.refused)); that get through: \(list($0.accepted))."]
                } ?? []),
            whyNotExcluded: "the outcome changes", experiment: "try more often")
    }

    /// Somebody else's refusal than a closed port's, of which no doubt would be left: this machine's own, too, where no rule
    /// is known that stops each.
    private static func isSure(_ observations: Observations) -> Bool {
        [LocalEgressReject.self, ForgedReset.self, ForgedICMP.self, PathReject.self, HostReject.self].contains {
            (cause: any Cause.Type) in
            cause.examine(observations).map { !$0.isOnlyLookAlike && $0.confidence >= .strong } ?? false
        }
    }

    /// Whatever came soon was refused, and whatever came late passed.
    private static func limited(
        _ tries: RefusalTries, _ own: (zones: [Zone], actor: IPAddress?)?, _ isOwn: Bool,
        _ observations: Observations
    ) -> Finding {
        let (zones, actor) = own ?? madeNearer(observations) ?? place(observations)
        return Finding(
            "a limit on new connections that refuses", .degraded, stage: .handshake, mechanism: .rateLimit,
            zones: zones, confidence: .strong, afterHop: actor.flatMap(observations.position), actor: actor,
            summary:
                "Something limits new connections and refuses what is too much: \(tries.soon.refused) that came soon"
                + " after one another were refused, and all \(tries.late.accepted) got through that came when nothing had"
                + " been sent for two seconds.",
            advice: isOwn
                ? advice(observations, true, actor)
                : [
                    "Ask whoever runs \(actor?.description ?? "the firewalls on the way, and the host,") for a rate limit on"
                        + " new connections to \(observations.name); open fewer at once, or keep them open."
                ],
            whyNotExcluded: "what came slowly got through",
            experiment: "repeat burst and slow tries: a limit shows the same difference each time")
    }

    /// A service of several members, to which rules of this machine lead (those of Kubernetes, a balancer of its own).
    private static func ledElsewhere(_ led: Finding, _ tries: RefusalTries, _ mechanism: Mechanism) -> Finding {
        var finding = led
        (finding.verdict, finding.mechanism) = (.degraded, mechanism)
        finding.summary +=
            " It was refused at first, and \(tries.passed) of \(tries.repeated) tries a moment later got through: it is led to"
            + " several, of whom not all accept."
        finding.advice += ["Probe each of those that it is led to by itself: which of them refuses?"]
        return finding
    }

    /// Who resets nearer than the host is, where time decides and no machine of several: a filter on the way.
    private static func madeNearer(_ observations: Observations) -> (zones: [Zone], actor: IPAddress?)? {
        guard let reset = ForgedReset.examine(observations), !reset.isOnlyLookAlike, reset.confidence >= .strong else {
            return nil
        }
        return (reset.zones, reset.actor)
    }

    private static func byChance(_ tries: RefusalTries, _ isOwn: Bool, isOffline: Bool) -> String {
        let share = "\(tries.passed) of \(tries.repeated)"
        if isOwn { return "This machine itself refused it at first, and \(share) tries a moment later got through." }
        let reasons =
            "a limit that rejects, one of several paths that does, or several machines behind one address of which"
            + " not all accept"
        return isOffline
            ? "It is refused, and \(share) other connections of this client to the same port got through, some of them"
                + " later: \(reasons), or a service that was down for a while."
            : "Refused at first, and \(share) tries a moment later got through: \(reasons)."
    }

    private static func byPort(_ refused: Int, of all: Int, _ isOwn: Bool) -> String {
        "Whether it is refused hangs on the source port: \(refused) of \(all) ports were refused, each time they were tried,"
            + " and the others always got through. "
            + (isOwn
                ? "This machine itself refuses them."
                : "One of several paths, or one of several machines behind the address, refuses.")
    }

    private static func advice(_ observations: Observations, _ isOwn: Bool, _ actor: IPAddress?) -> [String] {
        if isOwn {
            return [
                observations.localRuleAdvice(isOutgoing: true)
                    ?? "Look for rules of this machine that reject by chance, by rate or by source port (nft list ruleset,"
                    + " iptables -S OUTPUT), and for routing rules (ip rule)."
            ]
        }
        return [
            "Ask whoever runs \(observations.name), and a load balancer in front of it, whether all"
                + " members are healthy and whether new connections are limited."
        ]
            + (actor.map { ["Ask whoever runs \($0) for the rule that rejects it: not all connections meet that."] }
                ?? [])
    }

    private static func list(_ ports: [UInt16]) -> String { ports.map(String.init).joined(separator: ", ") }

    /// A router that says outright that it filters is on the way. Whoever else refuses may be one of several machines that
    /// have the address, as far away as each of them is.
    private static func place(_ observations: Observations) -> (zones: [Zone], actor: IPAddress?) {
        guard let refusal = observations.routerRefusal, refusal.error.refusalMeaning == .filter,
            !observations.refusalMayBeHosts, !observations.isTranslatedHere
        else {
            // Nobody saw what is refused leave: a rule here may be what resets some of them.
            let isUnseen =
                !observations.hasWire && !observations.facts.isOffline
                && !observations.facts.kernel.watchesDrops && observations.hasReset
            return ([.path, .destination] + (isUnseen ? [.localEgress] : []), nil)
        }
        return ([.path], refusal.sender)
    }
}

extension Observations {
    fileprivate var hasReset: Bool { if case .reset = symptom { true } else { false } }
}
