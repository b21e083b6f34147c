import Conversations
import PacketWire

/// The packets run in a circle until their TTL is used up: RFC 792 time exceeded for a packet with a full TTL.
enum RoutingLoop: Cause {
    static func examine(_ observations: Observations) -> Finding? {
        guard case .circling(let refusal) = observations.symptom, !observations.hasShortLife else { return nil }
        if observations.startIsUnseen { return unseen(refusal, observations) }
        let members = observations.path.circle
        let names = members.map(\.description).joined(separator: " and ")
        // The loop begins where the first of the repeating routers first stands.
        let first = observations.path.hops.first { hop in
            hop.target.address.map(members.contains) ?? false
        }
        let halfMute = members.isEmpty ? observations.path.halfMuteCircle : nil
        let entry = first.map { Hop(ttl: $0.ttl, address: $0.target.address) } ?? halfMute?.first
        let how =
            "\(refusal.sender) says that the TTL ran out for a \(observations.packetName) that started with the full one."
        return Finding(
            "a routing loop", .unreachable, stage: .handshake, mechanism: .routingLoop, zones: [.path],
            // Whatever else of the host gets through takes the same routes, unless these look at ports.
            confidence: !members.isEmpty && observations.passingControl == nil ? .proved : .likely,
            afterHop: entry, actor: refusal.sender,
            summary: members.isEmpty
                ? "The packets seem to run in a circle: \(how) "
                    + (halfMute.map { circle in
                        "The same router stands at hops \(circle.places.map(String.init).joined(separator: ", ")), and what lies between says nothing."
                    } ?? "No two routers were seen to repeat.")
                : "The packets run in a circle: \(how) The path repeats \(names).",
            advice: [
                members.isEmpty
                    ? "Ask whoever runs \(refusal.sender) where it sends \(observations.target.map(\.description) ?? "the address"),"
                        + " and for rules before it that set the TTL."
                    : "Tell whoever runs \(names) that they send"
                        + " \(observations.target.map(\.description) ?? "the address") to each other."
            ],
            whyNotExcluded: "no two routers were seen to repeat, nor one to answer for every TTL",
            experiment: "walk the ladder again, slowly")
    }

    /// The packet itself is not in the file: it may have left with a short TTL on purpose.
    private static func unseen(_ refusal: Answer.Refusal, _ observations: Observations) -> Finding {
        Finding(
            "a routing loop", .undetermined, stage: .handshake, mechanism: .routingLoop, zones: [.path],
            confidence: .weak, actor: refusal.sender,
            summary:
                "\(refusal.sender) says that the TTL ran out for a \(observations.packetName) that this capture does not"
                + " hold: a routing loop, or a packet with a short TTL, as traceroute sends.",
            advice: ["Capture where the packets are sent, too: with which TTL they leave tells the two apart."])
    }
}

extension Observations {
    /// The answers are all that a file has of the attempt.
    fileprivate var startIsUnseen: Bool {
        facts.isOffline && path.circle.isEmpty && !(primary?.packets.contains(where: \.fromInitiator) ?? false)
    }
}
