import PacketWire

extension Observations {
    /// What became of the packet on its way, in words; what a label stack says of the network in between.
    var changeEvidence: [Evidence] {
        let changes = path.changes.map { change in
            Evidence(
                .path, "\(change.field.phrase) altered: \(change.before) became \(change.after)",
                detail: "\(stretch(change)), as \(phrase(change.seenAt)) quotes the \(packetName)",
                frames: change.frames)
        }
        let labels = path.hops.filter { !$0.labels.isEmpty }.map { hop in
            Evidence(
                .path, "MPLS at \(phrase(Hop(ttl: hop.ttl, address: hop.target.address)))",
                detail: hop.labels.map(\.description).joined(separator: ", "))
        }
        let several = path.hops.filter { !$0.others.isEmpty }.map { hop in
            let addresses = ([hop.target.address].compactMap(\.self) + hop.others).map(\.description)
            return Evidence(
                .path, "\(addresses.count) routers answer at hop \(hop.ttl)",
                detail: "\(addresses.joined(separator: ", ")): more than one path leads there")
        }
        let quiet = path.hops.compactMap { hop in
            hop.quietness(among: path.hops).map { quietness in
                Evidence(
                    .path, "hop \(hop.ttl) \(quietness.phrase)",
                    detail:
                        "\(hop.targetTally.answered) of \(hop.targetTally.sent) answered, and packets pass it all the same"
                )
            }
        }
        return changes + labels + several + quiet + translationEvidence + hiddenHopEvidence
    }

    /// A router that says time exceeded in the host's own name: a destination translator gives its answers, and those
    /// of the routers behind it, the address that was asked for (net/netfilter/nf_nat_core.c,
    /// nf_nat_icmp_reply_translation). It is no sign of the host.
    private var translationEvidence: [Evidence] {
        guard let target, let hop = path.hops.first(where: { $0.target == .timeExceeded(target) }) else { return [] }
        return [
            Evidence(
                .path, "hop \(hop.ttl) answers with the host's own address: time exceeded",
                detail: "a router there, or one before it, translates the destination address; the host is farther")
        ]
    }

    /// The host answers a packet that lives fewer hops than its own answer has passed routers.
    private var hiddenHopEvidence: [Evidence] {
        for attempt in facts.attempts {
            guard case .rung(let timeToLive) = attempt.purpose, timeToLive == path.targetEnd?.ttl,
                let distance = attempt.answer.hostDistance, distance > timeToLive
            else { continue }
            return [
                Evidence(
                    .path, "the host answers at TTL \(timeToLive), and its answer has passed \(distance - 1) routers",
                    detail: "the TTL is rewritten on the way, or the way back is longer", frames: attempt.answer.frames)
            ]
        }
        return []
    }

    /// Packets of the target's ladder that a router answered, and whose source port is known.
    private var answeredRungs: [Attempt] {
        facts.attempts.filter { attempt in
            guard case .rung = attempt.purpose, case .timeExceeded = attempt.answer else { return false }
            return attempt.local?.port ?? 0 != 0
        }
    }

    /// Load balancing leads the packets of one flow along one path.
    var isLadderOneFlow: Bool {
        let ports = Set(answeredRungs.compactMap { $0.local?.port })
        return ports.count == 1
    }

    /// Whether the hops were asked by packets of one flow.
    var flowPhrase: String {
        let rungs = answeredRungs
        guard rungs.count > 1, let port = rungs[0].local?.port else { return "" }
        return isLadderOneFlow
            ? "; all hops were asked from port \(port)"
            : "; each hop was asked from another port, which load balancing may lead along another path"
    }

    private func stretch(_ change: PathChange) -> String {
        let from = change.afterHop.map(phrase) ?? "this machine"
        return "between \(from) and \(phrase(change.seenAt))"
    }

    /// Offers of the SYN that a box took out: both ends do without them from there on.
    var strippedOffers: [PathChange] { path.changes.filter(\.isStripped) }
}

extension PathChange.Field {
    /// In the words of the trade.
    public var phrase: String {
        switch self {
        case .sourceAddress: "source address"
        case .sourcePort: "source port"
        case .destinationAddress: "destination address"
        case .destinationPort: "destination port"
        case .timeToLive: "TTL"
        case .dscp: "DSCP"
        case .ecn: "ECN"
        case .sequenceNumber: "sequence number"
        case .maximumSegmentSize: "MSS"
        case .windowScale: "window scale option"
        case .sackPermitted: "SACK-permitted option"
        case .timestamps: "timestamps option"
        }
    }
}
