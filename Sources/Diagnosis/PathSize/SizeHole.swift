import Conversations
import PacketWire

/// A black hole for large packets: RFC 2923 section 2.1, RFC 8899 section 1.
struct SizeHole {
    var zones: [Zone]
    var after: Hop?
    var before: Hop?
    var confidence: Confidence
    var summary: String
    var advice: [String]
    var lookAlikes: [LookAlike]
    /// Datagrams of the size that the dialogue loses pass: it is no link that cannot carry them.
    let isOfDialogueOnly: Bool
    private let limit: SizeLimit
    /// TCP stalled and was healed by small segments.
    private let healed: Bool
    /// The largest packet of a TCP connection to the target; nil where none was made.
    private let agreed: Int?

    /// Nil where nothing vanishes unsaid, or where it is the way back alone and nothing stalled.
    init?(_ limits: [SizeLimit], _ sizes: PathSizeFacts, _ facts: Facts) {
        let segments = limits.first { $0.means == .segments }
        let there = sizes.limitThere
        // What heals the dialogue is what it suffers from; the packets to the unused port may only say where.
        guard var limit = segments.flatMap({ $0.lost != nil && !$0.isContradicted ? $0 : nil }) ?? there,
            limit.lost != nil, !limit.isContradicted, limit.means == .segments || limit.isSilent
        else { return nil }
        let walked = SizeLadder(sizes, host: facts.target.address)
        // An echo may be too large on either way. Where the small packet still comes to a router that the large one
        // does not come to, it is the way there.
        if limit.direction == .either, walked?.before != nil, walked?.endsAtHost == false { limit.direction = .outward }
        self.limit = limit
        healed = limit.means == .segments
        agreed = sizes.agreedSegment
        let hasWire = facts.witnesses.contains(.wire)
        // One that calls more than this the limit does not explain it.
        let report = sizes.trials.compactMap(\.report).first { $0.mtu < limit.lost ?? 0 }
        let isHeard = limits.contains { $0.reported != nil }
        isOfDialogueOnly =
            limit.means == .segments && limit.direction == .outward
            && (there.map { there in limit.lost.map { (there.lost ?? .max) > $0 && there.passed >= $0 } ?? false }
                ?? false)
        let ladder = limit.direction == .inward ? nil : walked
        (after, before) = (ladder?.after, ladder?.before)
        switch limit.direction {
        case .inward:
            // What came in at the tap and not at the socket was stopped here.
            let hasArrived = sizes.trials.contains { trial in
                trial.outcome == .unanswered
                    && trial.longestSeenComing + (facts.target.address?.family == .v6 ? 72 : 52) > limit.passed
            }
            zones =
                hasArrived
                ? [.localIngress]
                : hasWire ? [.returnPath, .destination] : [.returnPath, .destination, .localIngress]
        case .outward where limit.isStoppedHere:
            zones = [.localEgress]
            (after, before) = (nil, nil)
        case .outward, .either:
            // It is said, and this machine does not hear it: no packet has to get by a filter elsewhere.
            let isDeaf = report != nil && !isHeard
            let hasLeft = sizes.trials.contains { $0.wasSeenLeaving == true && $0.size >= limit.lost ?? 0 }
            var places: [Zone] = isDeaf ? [.localIngress] : [.path]
            if !isDeaf {
                if ladder?.before == nil || ladder?.endsAtHost ?? true { places.append(.destination) }
                if limit.direction == .either { places.append(.returnPath) }
                if !hasLeft, ladder?.after == nil { places.insert(.localEgress, at: ladder == nil ? 1 : 0) }
                // What passes as a datagram nobody has to report.
                if !hasWire, !isOfDialogueOnly { places.append(.localIngress) }
            }
            zones = places
            if isDeaf { (after, before) = (nil, nil) }
        }
        confidence =
            limit.isConfirmed && !isOfDialogueOnly && !sizes.isBesetByChance(limit.means) ? .strong : .likely
        summary = Self.summary(limit, healed: healed, after: after, before: before, report: isHeard ? nil : report)
        advice = Self.advice(limit, facts, after: after, report: isHeard ? nil : report)
        lookAlikes = Self.lookAlikes(limit, ladder: ladder, hasWire: hasWire, report: report)
        if sizes.isBesetByChance(limit.means) {
            lookAlikes.append(
                LookAlike(
                    cause: "packets are lost by chance, large ones more than small ones",
                    whyNotExcluded: "several sizes passed only when they were sent again",
                    experiment: "measure again (--mtu): what is lost by chance ends at another size"))
        }
        if isOfDialogueOnly {
            lookAlikes.insert(
                LookAlike(
                    cause: "a filter that reads what is said, and does not put small segments together",
                    whyNotExcluded: "datagrams as large pass the same way",
                    experiment: "say something else that is as long"), at: 0)
        }
    }

    /// Verdict and stage; nil where it changes nothing.
    func judgement(
        of diagnosis: TargetDiagnosis, _ sizes: PathSizeFacts
    ) -> (Verdict, Stage?)? {
        switch sizes.occasion {
        case .stall:
            let stage = sizes.stalledAt ?? diagnosis.application?.stage ?? .tls
            return healed ? (.interfered, stage) : nil
        case .silentQUIC:
            // RFC 9000 section 14.1: a first datagram of less than 1,200 bytes is none.
            guard limit.direction != .inward, limit.passed < QUICSize.packet(diagnosis.target.address?.family ?? .v4),
                diagnosis.verdict == .undetermined || diagnosis.verdict == .blocked
            else { return nil }
            return (.blocked, .handshake)
        case .asked:
            guard diagnosis.verdict == .open || diagnosis.verdict == .degraded else { return nil }
            // Both ends have agreed on less, or somebody on the way saw to that: nothing stalls.
            if diagnosis.target.transport == .tcp, let agreed, agreed <= limit.passed { return nil }
            return (.degraded, .transfer)
        }
    }

    private static func summary(
        _ limit: SizeLimit, healed: Bool, after: Hop?, before: Hop?, report: PathSizeFacts.Report?
    ) -> String {
        let place =
            switch (after, before) {
            case (let after?, let before?): " after \(after.words) and before \(before.words)"
            case (let after?, nil): " after \(after.words)"
            case (nil, let before?): " before \(before.words)"
            case (nil, nil): ""
            }
        let exact = limit.isExact ? "" : " or a little more"
        let silence =
            limit.claimed.map { "\($0.sender) says that \($0.mtu) pass, and only \(limit.passed) do" }
            ?? "nobody says that they are too big"
        let proof = healed ? " With smaller segments the same dialogue goes on to its end." : ""
        if limit.isStoppedHere {
            return
                "Packets of more than \(limit.passed) bytes do not leave this machine: a filter of its own stops them."
        }
        if let report {
            return
                "Packets of more than \(limit.passed) bytes\(exact) do not pass, \(report.sender) says so (MTU \(report.mtu)),"
                + " and this machine does not hear it.\(proof)"
        }
        switch limit.direction {
        case .inward:
            return
                "Packets of more than \(limit.passed) bytes\(exact) vanish on the way back: what we say is taken, and"
                + " larger answers do not arrive.\(proof)"
        case .outward:
            return
                "Packets of more than \(limit.passed) bytes\(exact) vanish on the way there\(place), and \(silence).\(proof)"
        case .either:
            return
                "Packets of more than \(limit.passed) bytes\(exact) vanish, on the way there or back, and \(silence).\(proof)"
        }
    }

    private static func advice(
        _ limit: SizeLimit, _ facts: Facts, after: Hop?, report: PathSizeFacts.Report?
    ) -> [String] {
        let isV6 = facts.target.address?.family == .v6
        let kind = isV6 ? "ICMPv6 type 2 (packet too big)" : "ICMP type 3 code 4 (fragmentation needed)"
        let clamp =
            "Until then: clamp the MSS on the router (nft: tcp flags syn tcp option maxseg size set rt mtu), or set it to "
            + "\(max(0, limit.passed - (isV6 ? 60 : 40))) on this machine's route (ip route … advmss, mtu \(limit.passed))."
        if report != nil { return ["Let \(kind) in on this machine: its own firewall stops it.", clamp] }
        if limit.isStoppedHere { return ["Look for the rule about lengths in this machine's OUTPUT chains.", clamp] }
        switch limit.direction {
        case .inward:
            return [
                "On the server and on the routers before it: is \(kind) let through to the server? Without it the server never learns that \(limit.passed) bytes are the most.",
                clamp,
            ]
        case .outward, .either:
            let who =
                after.map { "Ask whoever runs \($0.address?.description ?? $0.words) and what is behind it: the" }
                ?? "The"
            return [
                "\(who) link that carries \(limit.passed) bytes should answer larger packets with \(kind), and nothing on the way back may filter that.",
                clamp,
            ]
        }
    }

    private static func lookAlikes(
        _ limit: SizeLimit, ladder: SizeLadder?, hasWire: Bool, report: PathSizeFacts.Report?
    ) -> [LookAlike] {
        guard report == nil, !limit.isStoppedHere else { return [] }
        var found: [LookAlike] = []
        if limit.direction != .inward {
            found.append(
                LookAlike(
                    cause: "packet-too-big is sent, and lost on the way back",
                    whyNotExcluded: hasWire
                        ? "from here a report that was never sent and one that was lost are the same"
                        : "this machine's own firewall may be what stops it",
                    experiment: hasWire
                        ? "capture on the router before the small link" : "run with a capture (sudo, or setcap)",
                    isOnTheWay: true))
        }
        if limit.direction == .either {
            found.append(
                LookAlike(
                    cause: "the answers, not the questions, are too big",
                    whyNotExcluded: "an echo reply is as large as its request",
                    experiment: "a port of the host that answers datagrams with port unreachable"))
        }
        if limit.means == .segments, ladder == nil {
            found.append(
                LookAlike(
                    cause: "a box on the way that cannot put a message together from large segments",
                    whyNotExcluded: "small segments spread the message over more packets, too",
                    experiment: "capture on the server: which sizes arrive?", isOnTheWay: true))
        }
        return found
    }
}

/// What the first datagram of a QUIC client makes on the wire.
enum QUICSize {
    static func packet(_ family: IPFamily) -> Int { 1_200 + 8 + (family == .v4 ? 20 : 40) }
}

extension Hop {
    var words: String { "hop \(ttl)" + (address.map { " (\($0))" } ?? "") }
}
