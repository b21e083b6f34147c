import Diagnosis
import PacketWire

/// Traced paths: tallies, alterations, labels, a second router, a mute one.
extension Sample {
    private static func tally(_ sent: Int, _ times: Double...) -> PathTally {
        var tally = PathTally()
        tally.sent = sent
        tally.answered = times.count
        tally.roundTrips = times.map(ms)
        return tally
    }

    private static func hop(
        _ ttl: Int, _ target: PathHop.Answer, _ own: PathTally, _ control: PathHop.Answer, _ other: PathTally
    ) -> PathHop {
        var hop = PathHop(ttl: ttl, target: target, control: control, roundTrip: own.roundTrips.first)
        (hop.targetTally, hop.controlTally) = (own, other)
        return hop
    }

    static let traced: Sample = {
        let (r1, r2, r3) = (address("198.51.100.1"), address("192.0.2.2"), address("192.0.2.18"))
        let host = address("203.0.113.10")
        var hops = [
            hop(1, .timeExceeded(r1), tally(3, 0.041, 0.052, 0.061), .timeExceeded(r1), tally(3, 0.038, 0.04, 0.04)),
            hop(2, .timeExceeded(r2), tally(3, 1.2, 14.96), .timeExceeded(r2), tally(3, 1.1, 1.2, 1.3)),
            hop(3, .silence, tally(3), .timeExceeded(r3), tally(3, 2, 2, 2)),
            hop(4, .reached(host, "SYN-ACK"), tally(3, 3, 3, 120.5), .reached(host, "SYN-ACK"), tally(3, 3, 3, 3)),
            hop(5, .reached(host, "SYN-ACK"), tally(1, 3), .notAsked, tally(0)),
        ]
        hops[0].name = "gateway.example"
        hops[1].others = [address("192.0.2.6")]
        hops[1].changes = [
            PathChange(
                field: .sourceAddress, before: "198.51.100.2", after: "192.0.2.1", afterHop: Sample.place(1, r1),
                seenAt: Sample.place(2, r2), frames: [4, 5]),
            PathChange(
                field: .timestamps, before: "present", after: "absent", afterHop: nil, seenAt: Sample.place(2, r2),
                frames: [4, 5]),
        ]
        hops[1].labels = [MPLSLabel(24_015, timeToLive: 1)]
        return Sample(
            "traced",
            TargetDiagnosis(
                target: Target("203.0.113.10", 443), verdict: .degraded, stage: .handshake,
                mechanism: .alteredInTransit, zones: [.path], afterHop: nil, beforeHop: Sample.place(2, r2),
                confidence: .strong,
                summary:
                    "The connection works, and a box before hop 2 (192.0.2.2) takes this out of the SYN: timestamps option.",
                path: hops))
    }()

    static let tracedIPv6: Sample = {
        let (r1, r2) = (address("2001:db8:1::1"), address("2001:db8:ffff:ffff:ffff:ffff:ffff:fff2"))
        let host = address("2001:db8:5::10")
        return Sample(
            "traced-ipv6",
            TargetDiagnosis(
                target: Target("2001:db8:5::10", 53, .udp), verdict: .blocked, stage: .handshake,
                mechanism: .icmpReject, zones: [.path], afterHop: Sample.place(2, r2), actor: r2, confidence: .strong,
                summary: "It is refused.",
                path: [
                    hop(1, .timeExceeded(r1), tally(2, 1, 2), .timeExceeded(r1), tally(2, 1, 1)),
                    hop(2, .timeExceeded(r2), tally(2, 3, 4), .timeExceeded(r2), tally(2, 3)),
                    hop(
                        3, .refused(r2, "administratively prohibited"), tally(2, 5, 6), .reached(host, "echo reply"),
                        tally(2, 7, 8)),
                ]))
    }()

    private static func place(_ ttl: Int, _ address: IPAddress) -> Hop { Hop(ttl: ttl, address: address) }
}
