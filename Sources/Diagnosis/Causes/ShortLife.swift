import Conversations
import PacketWire

/// The packet dies on the way because it has only a few hops to live: this machine gives it no more, or something on
/// the way sets its TTL anew (as some do against tethering). No circle is needed for that.
enum ShortLife: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .circling(let refusal) = observations.symptom else { return nil }
        if let timeToLive = observations.shortStart { return startsShort(timeToLive, refusal, observations) }
        let path = observations.path
        // A circle is what was seen.
        guard path.circle.isEmpty, !path.comesBack, path.halfMuteCircle == nil else { return nil }
        // Of a file that does not hold the packet nothing is known of its TTL.
        if observations.facts.isOffline, !(observations.primary?.packets.contains(where: \.fromInitiator) ?? false) {
            return nil
        }
        let place = path.sticking ?? observations.position(of: refusal.sender)
        let control = observations.controlPhrase
        let isSure = path.sticking != nil && control != nil && observations.hasWire
        var reasons: [String] = []
        if let control { reasons.append("\(control) gets through") }
        if let hop = path.sticking { reasons.append("every TTL from \(hop.ttl) on runs out there") }
        if path.isReached { reasons.append("packets of the ladder reach the host") }
        return Finding(
            "something sets a short TTL", .blocked, stage: .handshake, mechanism: .alteredInTransit,
            zones: observations.hasWire ? [.path] : [.path, .localEgress], confidence: isSure ? .strong : .likely,
            afterHop: place.flatMap { $0.ttl > 1 ? path.hop(at: $0.ttl - 1) : nil }, beforeHop: place,
            summary: "The TTL of the \(observations.packetName) is set anew before"
                + " \(place.map(observations.phrase) ?? "\(refusal.sender)"), where it runs out:"
                + " \(reasons.joined(separator: ", ")), so no loop is to blame.",
            advice: [
                "Ask whoever runs the routers before \(refusal.sender) for a rule that sets the TTL (hop limit) of what they"
                    + " forward."
            ]
                + (observations.hasWire
                    ? [] : ["Here: rules that set the TTL, and net.ipv4.ip_default_ttl; a capture shows which it is."]),
            whyNotExcluded: "a TTL that was set anew on the way runs out like that, too",
            experiment: "probe again when the routers may answer more of the ladder",
            isOnlyLookAlike: !observations.hasShortLife)
    }

    /// Every system starts with that at least (RFC 1700), but for rules and settings.
    private static let usualStart: UInt8 = 64

    /// The tap saw it leave like that.
    private static func startsShort(
        _ timeToLive: UInt8, _ refusal: Answer.Refusal, _ observations: Observations
    ) -> Finding {
        let packet = observations.packetName
        // A ladder's packets leave with the TTL that was asked for, unless a rule has the last word.
        let isRule =
            observations.facts.attempts.contains { attempt in
                guard let asked = attempt.purpose.timeToLive, !attempt.purpose.isControl else { return false }
                return attempt.packets.contains { packet in
                    packet.fromInitiator && packet.tcp?.flags.contains(.syn) ?? true
                        && packet.timeToLive != UInt8(clamping: asked)
                }
            }
            // In a file each packet of a ladder was asked for what it has.
            || observations.facts.isSavedProbe
                && observations.facts.attempts.contains { attempt in
                    attempt.purpose == .control
                        && attempt.packets.contains { $0.fromInitiator && $0.timeToLive >= usualStart }
                }
        let isOffline = observations.facts.isOffline
        return Finding(
            "this machine sends it with a short TTL", .blocked, stage: .handshake,
            // Nothing altered it, and no router goes in circles: what stops it is the router's error.
            mechanism: isRule ? .alteredInTransit : .icmpReject,
            // A file does not say where it was captured.
            zones: isOffline ? [.localEgress, .path] : [.localEgress], confidence: isOffline ? .likely : .proved,
            summary: "The \(packet) \(isOffline ? "passes the capture" : "leaves this machine") with a TTL of"
                + " \(timeToLive), and \(refusal.sender) says that it ran out there"
                + (isRule ? ": a rule here sets it, whatever TTL a packet was given." : "."),
            advice: [
                isRule
                    ? "Look for a rule of this machine that sets the TTL (nft list ruleset, iptables -t mangle -S)."
                    : "Look at this machine's default TTL (sysctl net.ipv4.ip_default_ttl, net.ipv6.conf.all.hop_limit),"
                        + " at the hop limit of its router advertisements and routes, and for rules that set it."
            ])
    }
}

extension Observations {
    /// The TTL with which our own packets left, where that is too short for the width of the Internet: every system
    /// starts with 64 at least (RFC 1700), and who wants less says so.
    fileprivate var shortStart: UInt8? {
        guard hasWire, let least = primary?.packets.filter(\.fromInitiator).map(\.timeToLive).min(), least < 32 else {
            return nil
        }
        return least
    }

    /// The TTL ran out because it was short: it left like that, or the same path carries other packets farther.
    var hasShortLife: Bool {
        if shortStart != nil { return true }
        guard path.circle.isEmpty, !path.comesBack, path.halfMuteCircle == nil else { return false }
        return passingControl != nil || path.sticking != nil || path.isReached
    }
}

extension PathView {
    /// A packet of the target's own ladder was answered by the host, or in its name.
    fileprivate var isReached: Bool {
        hops.contains { if case .reached = $0.target { true } else { false } }
    }
}
