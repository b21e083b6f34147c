import Conversations
import PacketWire

/// The machine that captured forwards, and recorded on all of its interfaces: what it asks for comes in and does not go
/// out again, or the answer does not, though those of another port do. Whatever lies behind it has nothing to do with that.
enum StoppedAtTap: Cause {
    static let supersedes: Set<CauseID> = [
        "PathDrop", "TreatedOtherwise", "UnreportedNextHop", "HostDrop", "ReturnPathLoss", "SilentService",
        "LocalIngressDrop", "PortClosed", "HostReject", "HostRefusesAlike", "ForgedReset", "AnsweredByMiddlebox",
        "AllPortsOpen", "Open",
    ]

    static func examine(_ observations: Observations) -> Finding? {
        guard let stop = observations.facts.stoppedAtTap else { return nil }
        let control = observations.passingControl.map { $0.kind.name } ?? "another port"
        let isSure = !observations.facts.capturedWithLoss
        switch (stop, observations.symptom) {
        case (.request, .silence):
            return Finding(
                "the machine that captured drops it", .blocked, stage: .handshake, mechanism: .silentDrop,
                zones: [.path], confidence: isSure && observations.tries > 1 ? .strong : .likely,
                summary:
                    "The SYN (\(observations.triesPhrase) seen) comes in at the machine that captured, which passes it"
                    + " on to nobody, as it does with what \(control) of the same host is asked: it drops it itself.",
                advice: [rules(observations)])
        case (.requestAnswered, .reset):
            return Finding(
                "the machine that captured resets it", .blocked, stage: .handshake, mechanism: .tcpReset,
                zones: [.path], confidence: isSure ? .strong : .likely,
                summary:
                    "The machine that captured does not pass the SYN on, as it does with what \(control) of the same host is"
                    + " asked, and the reset goes out without having come in: it makes it, in the host's name.",
                advice: [rules(observations)])
        case (.requestAnswered, .answered), (.requestAnswered, .broken):
            return Finding(
                "the machine that captured completes the handshake", .interfered, stage: .handshake,
                mechanism: .answeredByMiddlebox, zones: [.path], confidence: isSure ? .strong : .likely,
                summary:
                    "The machine that captured does not pass the SYN on, as it does with what \(control) of the same host is"
                    + " asked, and the SYN-ACK goes out without having come in: it completes the handshake itself.",
                advice: [
                    "On the machine that captured: which rule redirects the port (nft list ruleset, iptables -t nat -S), and"
                        + " to what (ss -ltnp)?"
                ])
        case (.answer, .silence):
            return Finding(
                "the machine that captured drops the answer", .blocked, stage: .handshake, mechanism: .silentDrop,
                zones: [.returnPath], confidence: isSure && observations.tries > 1 ? .strong : .likely,
                summary:
                    "The answer to the SYN (\(observations.triesPhrase) seen) comes in at the machine that captured, which passes"
                    + " it on to nobody, as it does with those of \(control) of the same host: it drops it itself.",
                advice: [rules(observations)])
        default:
            return nil
        }
    }

    private static func rules(_ observations: Observations) -> String {
        "On the machine that captured: its rules for what it forwards (nft list ruleset, iptables -S FORWARD), its"
            + " connection tracking (conntrack -L), its reverse-path filter (nstat TcpExtIPReversePathFilter), routes for"
            + " \(observations.name) alone (ip rule), and whether it enciphers that alone (ip xfrm policy): then it goes out"
            + " as ESP."
    }
}
