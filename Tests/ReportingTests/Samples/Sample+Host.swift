import Conversations
import Diagnosis
import PacketWire

/// What the host, this machine or the resolver decides.
extension Sample {
    static let open = Sample("open", openDiagnosis)

    static let openDiagnosis = TargetDiagnosis(
        target: Target("web.lab", 443, at: "203.0.113.10"), verdict: .open, confidence: .proved,
        summary: "The handshake completed, and the connection held while it was watched.",
        evidence: [
            Evidence(.socket, "connected", detail: "after 0.4 ms"),
            Evidence(.wire, "SYN-ACK", detail: "from 203.0.113.10:443, TTL 61", frames: [2]),
        ],
        timeline: [
            out(0, "SYN seq 1 win 64240 mss 1460", 1),
            back(0.38, "SYN,ACK seq 9 ack 2 win 65160 mss 1460 (TTL 61)", 2),
            back(0.41, "socket: connected"), out(0.42, "ACK seq 2 ack 10 win 502", 3),
        ], timing: StageTiming(resolve: ms(1.8), handshake: ms(0.3804)))

    static let closed = Sample(
        "closed",
        TargetDiagnosis(
            target: Target("2001:db8:5::10", 8081), verdict: .closed, stage: .handshake,
            mechanism: .noListener,
            zones: [.destination], actor: address("2001:db8:5::10"), confidence: .likely,
            lookAlikes: [
                LookAlike(
                    cause: "the host's own firewall refuses with a reset",
                    whyNotExcluded: "it looks exactly like a closed port", experiment: "on the host: ss -ltnp"
                )
            ],
            summary: "The host 2001:db8:5::10 answers with a reset: nothing listens on port 8081 there.",
            evidence: [
                Evidence(
                    .socket, "ECONNREFUSED (111, WSAECONNREFUSED 10061)",
                    detail: "connection refused, after 0.2 ms")
            ],
            advice: ["On the host: is the service running, and bound to this address (ss -ltnp)?"],
            timeline: [
                out(0, "SYN seq 1 win 64800 mss 1440", 1),
                back(0.2, "RST,ACK seq 0 ack 2 win 0 (TTL 61)", 2),
            ],
            timing: StageTiming(handshake: ms(0.2))))

    static let localEgressDrop = Sample(
        "local-egress-drop",
        TargetDiagnosis(
            target: Target("203.0.113.10", 9200), verdict: .blocked, stage: .handshake,
            mechanism: .silentDrop,
            zones: [.localEgress], confidence: .proved,
            summary:
                "No SYN left this machine although the kernel sent 3: a filter on this machine drops it.",
            evidence: [
                Evidence(.socket, "still SYN-SENT", detail: "after 3000.0 ms, 3 SYNs sent"),
                Evidence(
                    .wire, "no SYN left", detail: "none at the tap, which sits behind the local filters"),
            ],
            advice: ["Look at the OUTPUT rules of this machine: nft list ruleset."],
            timeline: [
                out(0, "SYN sent"), back(3000, "socket: still waiting, observation ends"),
            ]))

    static let localIngressDrop = Sample(
        "local-ingress-drop",
        TargetDiagnosis(
            target: Target("203.0.113.10", 9300), verdict: .blocked, stage: .handshake,
            mechanism: .silentDrop,
            zones: [.localIngress], confidence: .proved,
            summary:
                "The SYN-ACK arrives at this machine and the socket never gets it: a filter on this machine drops it.",
            evidence: [
                Evidence(.socket, "still SYN-SENT", detail: "after 3000.0 ms, 3 SYNs sent"),
                Evidence(
                    .wire, "SYN-ACK", detail: "from 203.0.113.10:9300, TTL 61, 3 times", frames: [2, 4, 6]),
            ],
            advice: ["Look at the INPUT rules of this machine."],
            timeline: [
                out(0, "SYN seq 1 win 64240 mss 1460", 1),
                back(0.4, "SYN,ACK seq 5 ack 2 win 65160 mss 1460 (TTL 61)", 2),
                back(3000, "socket: still waiting, observation ends"),
            ]))

    static let noRoute = Sample(
        "no-route",
        TargetDiagnosis(
            target: Target("2001:db8:ffff::1", 443), verdict: .unreachable, stage: .route,
            mechanism: .noRoute,
            zones: [.localEgress], confidence: .proved,
            summary:
                "No packet left this machine: it has no route to the address (ENETUNREACH (101, WSAENETUNREACH 10051)).",
            evidence: [
                Evidence(
                    .socket, "ENETUNREACH (101, WSAENETUNREACH 10051)",
                    detail: "network is unreachable, from the system call itself"),
                Evidence(.kernel, "no route"),
            ],
            advice: ["ip -6 route get 2001:db8:ffff::1"]))

    static let interfered = Sample(
        "interfered",
        TargetDiagnosis(
            target: Target("203.0.113.10", 25), verdict: .interfered, stage: .application,
            mechanism: .tcpReset,
            zones: [.destination, .path], actor: address("203.0.113.10"), confidence: .likely,
            summary: "The handshake completed; then a reset came at once.",
            evidence: [
                Evidence(
                    .wire, "reset after the handshake", detail: "from 203.0.113.10:25, TTL 61", frames: [4])
            ],
            advice: ["Look into the service's own log on 203.0.113.10."],
            timeline: [
                out(0, "SYN seq 1 win 64240 mss 1460", 1),
                back(0.4, "SYN,ACK seq 5 ack 2 win 65160 mss 1460 (TTL 61)", 2),
                out(0.41, "ACK seq 2 ack 6 win 502", 3), back(0.5, "RST seq 6 win 0 (TTL 61)", 4),
            ],
            timing: StageTiming(handshake: ms(0.4))))

    static let degraded = Sample(
        "degraded",
        TargetDiagnosis(
            target: Target("203.0.113.10", 443), verdict: .degraded, stage: .handshake, mechanism: .loss,
            zones: [.path, .returnPath], confidence: .likely,
            summary: "It connects, after the first two SYNs were lost.",
            evidence: [Evidence(.wire, "SYN sent 3 times", frames: [1, 2, 3])],
            advice: ["Probe again at another time of day."],
            timeline: [
                out(0, "SYN", 1), out(1000, "SYN", 2), out(2000, "SYN", 3), back(2000.4, "SYN,ACK", 4),
            ],
            timing: StageTiming(handshake: ms(2000.4))))

    static let silentUDP = Sample(
        "silent-udp",
        TargetDiagnosis(
            target: Target("203.0.113.10", 51820, .udp), verdict: .undetermined, stage: .handshake,
            mechanism: .noReply,
            zones: [.path, .destination, .returnPath], confidence: .weak,
            lookAlikes: [
                LookAlike(
                    cause: "a filter drops it", whyNotExcluded: "silence is all there is",
                    experiment: "send what the service expects")
            ],
            summary:
                "3 datagrams sent and nothing came back: the port may be open and silent, or filtered.",
            advice: ["Run a capture on the host: does the datagram arrive?"],
            timeline: [out(0, "datagram of 0 bytes", 1)]))

    static let nameNotFound = Sample("name-not-found", nameNotFoundDiagnosis)

    static let nameNotFoundDiagnosis = TargetDiagnosis(
        target: Target("nosuch.lab", 443), verdict: .failed, stage: .resolve, mechanism: .nameNotFound,
        zones: [.resolver], confidence: .proved,
        summary: "The name nosuch.lab does not exist, says 203.0.113.53; no packet was sent to it.",
        evidence: [
            Evidence(.socket, "name not resolved (EAI_NONAME)", detail: "after 1.0 ms"),
            Evidence(
                .socket, "resolver 203.0.113.53: no such name (NXDOMAIN)", detail: "asked directly, 0.3 ms"),
        ],
        advice: ["Check the spelling."], timing: StageTiming(resolve: ms(1)))
}
