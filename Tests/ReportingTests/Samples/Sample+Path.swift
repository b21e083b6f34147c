import Conversations
import Diagnosis
import PacketWire

/// Stalls on the way, with ladders.
extension Sample {
    static let routers = ["198.51.100.1", "192.0.2.2", "192.0.2.6"].map(address)

    static let droppedBetweenRouters = Sample(
        "dropped-between-routers",
        TargetDiagnosis(
            target: Target("203.0.113.10", 3306), verdict: .blocked, stage: .handshake,
            mechanism: .silentDrop,
            zones: [.path], afterHop: hop(1, "198.51.100.1"), beforeHop: hop(2, "192.0.2.2"),
            confidence: .strong,
            summary:
                "The SYN (3 SYNs sent) is swallowed after hop 1 (198.51.100.1) and before hop 2 (192.0.2.2), which 443/tcp of the same host passes.",
            evidence: [
                Evidence(.socket, "still SYN-SENT", detail: "after 3000.0 ms, 3 SYNs sent"),
                Evidence(.wire, "SYN sent 3 times", frames: [1, 19, 23]),
                Evidence(
                    .path, "the SYN gets as far as hop 1 (198.51.100.1)", detail: "time exceeded from there"),
                Evidence(.path, "control 443/tcp: answered, TTL 61", frames: [9, 10]),
                Evidence(
                    .path, "443/tcp of the same host gets an answer from 192.0.2.2 at TTL 2",
                    detail: "where the SYN for 203.0.113.10:3306/tcp gets none"),
                Evidence(.kernel, "unicast route", detail: "via 198.51.100.1 dev eth0 src 198.51.100.2"),
            ],
            advice: [
                "Ask whoever runs 198.51.100.1 and 192.0.2.2 for the rule on 203.0.113.10:3306/tcp from 198.51.100.2: it is dropped between them."
            ],
            timeline: [
                out(0, "SYN seq 1804289383 win 64240 mss 1460", 1),
                out(1000.12, "SYN seq 1804289383 win 64240 mss 1460", 19),
                out(2024.31, "SYN seq 1804289383 win 64240 mss 1460", 23),
                back(3000, "socket: still waiting, observation ends"),
            ],
            path: [
                PathHop(
                    ttl: 1, target: .timeExceeded(routers[0]), control: .timeExceeded(routers[0]),
                    roundTrip: ms(0.112)),
                PathHop(ttl: 2, target: .silence, control: .timeExceeded(routers[1]), roundTrip: ms(0.204)),
                PathHop(ttl: 3, target: .silence, control: .timeExceeded(routers[2]), roundTrip: ms(0.31)),
                PathHop(
                    ttl: 4, target: .silence, control: .reached(address("203.0.113.10"), "SYN-ACK"),
                    roundTrip: ms(0.402)),
            ]))

    static let droppedOnLastStretch = Sample(
        "dropped-on-last-stretch",
        TargetDiagnosis(
            target: Target("db.lab", 5432, at: "2001:db8:5::10"), verdict: .blocked, stage: .handshake,
            mechanism: .silentDrop, zones: [.path, .destination, .returnPath],
            afterHop: hop(3, "2001:db8:3::2"),
            confidence: .likely,
            lookAlikes: [
                LookAlike(
                    cause: "the host's own firewall drops it",
                    whyNotExcluded: "a drop on the last stretch and one at the host look the same from here",
                    experiment: "run a capture on the host, or probe from a machine next to it"),
                LookAlike(
                    cause: "the answer is lost on the way back",
                    whyNotExcluded: "nothing that comes back was seen, and nothing tells whether it was sent",
                    experiment: "run 'tcpdump port 5432' on the host while probing"),
            ],
            summary:
                "The SYN (3 SYNs sent) gets no answer: it is lost after hop 3 (2001:db8:3::2), at the host, or on the way back; 443/tcp of the same host gets through.",
            evidence: [
                Evidence(.socket, "name resolved", detail: "2001:db8:5::10 in 1.2 ms"),
                Evidence(.socket, "still SYN-SENT", detail: "after 3000.0 ms, 3 SYNs sent"),
                Evidence(.wire, "SYN sent 3 times", frames: [1, 2, 3]),
                Evidence(
                    .path, "the SYN gets as far as hop 3 (2001:db8:3::2)", detail: "time exceeded from there"),
            ],
            advice: [
                "On the host: does tcpdump see the SYN? If yes, look at its INPUT rules and at the way back; if no, ask whoever runs 2001:db8:3::2 for the rule on [2001:db8:5::10]:5432/tcp."
            ],
            timeline: [
                out(1.2, "SYN seq 7 win 64800 mss 1440", 1),
                back(3001.2, "socket: still waiting, observation ends"),
            ],
            timing: StageTiming(resolve: ms(1.2)),
            path: [
                PathHop(
                    ttl: 1, target: .timeExceeded(address("2001:db8:1::1")),
                    control: .timeExceeded(address("2001:db8:1::1"))),
                PathHop(ttl: 2, target: .silence, control: .silence),
                PathHop(
                    ttl: 3, target: .timeExceeded(address("2001:db8:3::2")),
                    control: .timeExceeded(address("2001:db8:3::2"))),
                PathHop(ttl: 4, target: .silence, control: .reached(address("2001:db8:5::10"), "SYN-ACK")),
                PathHop(ttl: 5, target: .silence, control: .reached(address("2001:db8:5::10"), "SYN-ACK")),
            ]))

    static let rejectedByRouter = Sample(
        "rejected-by-router",
        TargetDiagnosis(
            target: Target("203.0.113.10", 8443), verdict: .blocked, stage: .handshake,
            mechanism: .icmpReject,
            zones: [.path], afterHop: hop(2, "192.0.2.2"), beforeHop: hop(3, "192.0.2.6"),
            actor: address("192.0.2.2"),
            confidence: .strong,
            summary:
                "192.0.2.2 (hop 2) rejects the SYN with ICMP 3/13 (communication administratively prohibited).",
            evidence: [
                Evidence(
                    .socket, "EHOSTUNREACH (113, WSAEHOSTUNREACH 10065)",
                    detail: "host is unreachable, after 0.3 ms"),
                Evidence(
                    .socket, "ICMP 3/13 (communication administratively prohibited) from 192.0.2.2",
                    detail: "in the socket's error queue, arrived with TTL 63"),
                Evidence(.wire, "SYN sent 1 time", frames: [1]),
            ],
            advice: [
                "Ask whoever runs 192.0.2.2 for the rule that rejects 203.0.113.10:8443/tcp from 198.51.100.2."
            ],
            timeline: [
                out(0.011, "SYN seq 1 win 64240 mss 1460", 1),
                back(0.291, "ICMP 3/13 (communication administratively prohibited) from 192.0.2.2", 2),
                back(0.32, "socket: EHOSTUNREACH (113, WSAEHOSTUNREACH 10065)"),
            ],
            path: [
                PathHop(ttl: 1, target: .timeExceeded(routers[0]), control: .timeExceeded(routers[0])),
                PathHop(ttl: 2, target: .timeExceeded(routers[1]), control: .timeExceeded(routers[1])),
                PathHop(
                    ttl: 3, target: .refused(routers[1], "ICMP 3/13"), control: .timeExceeded(routers[2])),
                PathHop(
                    ttl: 4, target: .refused(routers[1], "ICMP 3/13"),
                    control: .reached(address("203.0.113.10"), "SYN-ACK")),
            ]))

    static let forgedReset = Sample(
        "forged-reset",
        TargetDiagnosis(
            target: Target("203.0.113.10", 6379), verdict: .blocked, stage: .handshake,
            mechanism: .tcpReset,
            zones: [.path], afterHop: hop(2, "192.0.2.2"), beforeHop: hop(3, "192.0.2.6"),
            actor: address("192.0.2.6"),
            confidence: .strong,
            summary:
                "The reset bears the host's address and was made nearer, about at hop 3 (192.0.2.6): its TTL is 62, the host's other packets have 61.",
            evidence: [
                Evidence(
                    .wire, "reset in answer to the SYN", detail: "from 203.0.113.10:6379, TTL 62", frames: [2]
                ),
                Evidence(.path, "control 443/tcp: answered, TTL 61", frames: [8, 9]),
            ],
            advice: ["Ask whoever runs 192.0.2.6 for the rule that resets 203.0.113.10:6379/tcp."],
            timeline: [
                out(0, "SYN seq 1 win 64240 mss 1460", 1),
                back(0.3, "RST,ACK seq 0 ack 2 win 0 (TTL 62)", 2),
            ],
            path: [
                PathHop(ttl: 1, target: .timeExceeded(routers[0]), control: .timeExceeded(routers[0])),
                PathHop(ttl: 2, target: .timeExceeded(routers[1]), control: .timeExceeded(routers[1])),
                PathHop(
                    ttl: 3, target: .reached(address("203.0.113.10"), "reset"),
                    control: .timeExceeded(routers[2])),
                PathHop(ttl: 4, target: .notAsked, control: .reached(address("203.0.113.10"), "SYN-ACK")),
            ]))

    static let routingLoop = Sample(
        "routing-loop",
        TargetDiagnosis(
            target: Target("2001:db8:5::66", 443), verdict: .unreachable, stage: .handshake,
            mechanism: .routingLoop,
            zones: [.path], afterHop: hop(2, "2001:db8:2::2"), actor: address("2001:db8:3::2"),
            confidence: .proved,
            summary:
                "The packets run in a circle: 2001:db8:3::2 says that the TTL ran out for a packet that left with TTL 64.",
            evidence: [
                Evidence(.path, "2001:db8:2::2 and 2001:db8:3::2 stand on the path more than once")
            ],
            advice: [
                "Ask whoever runs 2001:db8:2::2 and 2001:db8:3::2 for their routes to 2001:db8:5::66."
            ],
            timeline: [
                out(0, "SYN seq 1 win 64800 mss 1440", 1),
                back(0.9, "ICMPv6 3/0 (hop limit exceeded) from 2001:db8:3::2", 2),
            ],
            path: (1...12).map { ttl in
                let router = ttl == 1 ? "2001:db8:1::1" : ttl % 2 == 0 ? "2001:db8:2::2" : "2001:db8:3::2"
                return PathHop(
                    ttl: ttl, target: .timeExceeded(address(router)), roundTrip: ms(0.1 * Double(ttl)))
            }))

    static let hostAbsent = Sample(
        "host-absent",
        TargetDiagnosis(
            target: Target("203.0.113.99", 22), verdict: .unreachable, stage: .handshake,
            mechanism: .noNeighbor,
            zones: [.destination, .path], afterHop: hop(3, "192.0.2.6"), beforeHop: hop(4),
            actor: address("192.0.2.6"),
            confidence: .strong,
            summary:
                "Nobody has the address 203.0.113.99: the last router, 192.0.2.6 (hop 3), asked its neighbours for 3.1 s and gave up.",
            evidence: [
                Evidence(
                    .wire, "ICMP 3/1 (host unreachable)", detail: "from 192.0.2.6, TTL 62", frames: [4, 5])
            ],
            advice: ["Is 203.0.113.99 the right address? Is the host up?"],
            timeline: [
                out(0, "SYN seq 1 win 64240 mss 1460", 1),
                back(3100.4, "ICMP 3/1 (host unreachable) from 192.0.2.6", 4),
            ],
            path: [
                PathHop(ttl: 1, target: .timeExceeded(routers[0])),
                PathHop(ttl: 2, target: .timeExceeded(routers[1])),
                PathHop(ttl: 3, target: .timeExceeded(routers[2])),
                PathHop(ttl: 4, target: .refused(routers[2], "ICMP 3/1")),
            ]))

    static let longPath: Sample = {
        let silentProbes = (1...16).map {
            Evidence(.path, "probe \($0)", detail: "silent", frames: [100 + $0])
        }
        let timeline = (0..<20).map { out(Double($0) * 997.25, "SYN seq 1 win 64240 mss 1460", $0 + 1) }
        let path = (1...30).map { ttl -> PathHop in
            let answers = ttl <= 14 && ttl != 6
            return PathHop(
                ttl: ttl, target: answers ? .timeExceeded(address("198.51.100.\(ttl)")) : .silence,
                roundTrip: answers ? ms(Double(ttl) * 1.3) : nil)
        }
        return Sample(
            "long-path",
            TargetDiagnosis(
                target: Target("203.0.113.10", 25), verdict: .blocked, stage: .handshake,
                mechanism: .silentDrop,
                zones: [.path, .destination, .returnPath], afterHop: hop(14, "198.51.100.14"),
                confidence: .weak,
                summary:
                    "The SYN (20 SYNs sent) gets no answer. Its last sign of life is hop 14 (198.51.100.14), and nothing else of the host answers either.",
                evidence: [
                    Evidence(
                        .wire, "SYN sent 20 times",
                        frames: Array(1...9) + [12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32])
                ] + silentProbes,
                advice: [
                    "Find out whether the host is up at all: nothing of it answers from here.",
                    "If it is, ask whoever runs 198.51.100.14 and everything behind it for the rule on 203.0.113.10:25/tcp.",
                ], timeline: timeline, path: path))
    }()
}
