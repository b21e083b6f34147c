import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// What the kernel's own reason for a drop decides, and what it must not.
struct DropCauseTests {
    private let local = IPAddress("198.51.100.2")!
    private let host = IPAddress("203.0.113.10")!

    /// A stalled attempt beside an open control.
    ///
    /// - Parameters:
    ///   - sent: how many of its packets the tap saw; nil is no capture.
    ///   - tries: how many the kernel says that it sent.
    private func facts(
        _ transport: Transport = .tcp, sent: Int?, tries: Int = 3, watches: Bool = true,
        state: SocketOutcome.State = .pending, _ drops: KernelDrop...
    ) -> Facts {
        let target = Target(input: "test", host: "\(host)", address: host, port: 5432, transport: transport)
        var facts = Facts(target: target, witnesses: sent == nil ? [.socket, .kernel] : [.socket, .wire, .kernel])
        facts.route = RouteFact(
            kind: .unicast, source: local, gateway: IPAddress("198.51.100.1"), interface: "eth0")
        facts.kernel.watchesDrops = watches
        facts.observedUntil = .zero + .seconds(3)
        var primary = Attempt(
            purpose: .primary, kind: transport == .tcp ? .tcp(port: 5432) : .udp(port: 5432), remote: host,
            startedAt: .zero)
        primary.local = Endpoint(local, 40_000)
        primary.socket = SocketOutcome(state: state, at: state == .pending ? nil : .zero + .milliseconds(1))
        primary.socket?.retransmissions = tries - 1
        let header = TCPHeader(from: 40_000, to: 5432, .syn, sequenceNumber: 1_000)
        for number in 0..<(sent ?? 0) {
            primary.packets.append(
                SeenPacket(
                    frame: number + 1, at: .zero + .seconds(Int64(number)), fromInitiator: true, source: local,
                    timeToLive: 64, identification: nil,
                    kind: transport == .tcp ? .tcp(header, payloadLength: 0) : .udp(payloadLength: 8)))
        }
        primary.drops = drops
        facts.attempts = [primary]
        return facts
    }

    private func drop(
        _ reason: String, _ flags: TCPFlags? = .syn, out: Bool = true, place: String? = nil, interface: String? = nil,
        at milliseconds: Int64 = 10
    ) -> KernelDrop {
        KernelDrop(
            reason: reason, place: place, interface: interface, isOutgoing: out, flags: flags,
            at: .zero + .milliseconds(milliseconds))
    }

    private static let synAck: TCPFlags = [.syn, .ack]

    @Test(
        "A drop on the way out is proved, with the kernel's reason and place",
        arguments: [
            ("NETFILTER_DROP", "nft_do_chain", "nft list ruleset"), ("SECURITY_HOOK", "ip_local_out", "SELinux"),
            ("NOT_SPECIFIED", "dst_discard_out", "ip xfrm policy"), ("TC_EGRESS", "sch_handle_egress", "tc -s qdisc"),
            ("QDISC_DROP", "__dev_queue_xmit", "tc -s qdisc"), ("XFRM_POLICY", "xfrm_output", "ip xfrm policy"),
            ("BPF_CGROUP_EGRESS", "ip_finish_output", "bpftool cgroup"), ("A_REASON_OF_TOMORROW", "f", "nft list"),
        ])
    func outgoing(reason: String, place: String, advice: String) {
        let diagnosis = facts(sent: 0, drop(reason, place: place)).diagnose()
        #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .silentDrop && diagnosis.stage == .handshake)
        #expect(diagnosis.zones == [.localEgress])
        #expect(diagnosis.confidence == .proved && diagnosis.lookAlikes.isEmpty)
        #expect(diagnosis.summary.contains("\(reason) in \(place)"))
        #expect(diagnosis.advice.contains { $0.contains(advice) }, "\(diagnosis.advice)")
        #expect(diagnosis.evidence.contains { $0.witness == .kernel && $0.fact.contains(reason) })
    }

    @Test("Packets that left were not lost here, whatever else was dropped")
    func someLeft() {
        let diagnosis = facts(sent: 2, drop("NETFILTER_DROP")).diagnose()
        #expect(!diagnosis.zones.contains(.localEgress))
        #expect(diagnosis.confidence < .proved)
        #expect(diagnosis.evidence.contains { $0.fact.contains("NETFILTER_DROP") })
    }

    @Test("Without a capture as many drops as packets prove it; fewer do not, nor do drops without a reason")
    func withoutWire() {
        let named = drop("NETFILTER_DROP")
        let whole = facts(sent: nil, named, named, named).diagnose()
        #expect(whole.zones == [.localEgress] && whole.confidence == .proved)
        let part = facts(sent: nil, named, named).diagnose()
        #expect(part.zones.count > 1 && part.confidence < .strong)
        let unnamed = drop("NOT_SPECIFIED")
        #expect(facts(sent: nil, unnamed, unnamed, unnamed).diagnose().confidence < .strong)
        // Watched with gaps: what was not told may have gone out.
        #expect(facts(sent: nil, watches: false, named, named, named).diagnose().confidence < .strong)
    }

    @Test("The copy for somebody's capture is not the packet", arguments: ["PACKET_SOCK_ERROR", "NOT_SPECIFIED"])
    func tapCopies(reason: String) {
        let copy = drop(reason, place: "tpacket_rcv")
        let diagnosis = facts(sent: nil, copy, copy, copy).diagnose()
        #expect(diagnosis.confidence < .strong)
        #expect(!diagnosis.evidence.contains { $0.fact.contains("dropped here") })
    }

    @Test(
        "A drop of the answer is proved where the reason says what was wrong",
        arguments: [
            ("NETFILTER_DROP", "INPUT"), ("IP_RPFILTER", "rp_filter"), ("XFRM_POLICY", "ip xfrm policy"),
            ("TC_INGRESS", "tc -s"), ("SOCKET_FILTER", "bpftool"), ("XDP", "eth1"), ("SECURITY_HOOK", "SELinux"),
        ])
    func incoming(reason: String, advice: String) {
        let answer = drop(reason, Self.synAck, out: false, interface: "eth1")
        for sent in [3, nil] {
            let diagnosis = facts(sent: sent, answer).diagnose()
            #expect(diagnosis.verdict == .blocked && diagnosis.mechanism == .silentDrop)
            #expect(diagnosis.zones == [.localIngress])
            #expect(diagnosis.confidence == .proved)
            #expect(diagnosis.advice.contains { $0.contains(advice) }, "\(diagnosis.advice)")
        }
    }

    @Test("The reverse-path filter is named with both interfaces")
    func reversePath() {
        let diagnosis = facts(sent: 3, drop("IP_RPFILTER", Self.synAck, out: false, interface: "eth1")).diagnose()
        #expect(diagnosis.summary.contains("comes in by eth1"))
        #expect(diagnosis.summary.contains("through eth0"))
        #expect(diagnosis.advice.contains { $0.contains("net.ipv4.conf.eth1.rp_filter=2") })
    }

    @Test(
        "Reasons that are no fault decide nothing",
        arguments: [
            ("NO_SOCKET", TCPFlags.rst), ("TCP_OLD_ACK", .ack), ("NOT_SPECIFIED", synAck), ("TCP_RESET", .rst),
            ("NETFILTER_DROP", .ack), ("SOCKET_CLOSE", synAck), ("CONSUMED", synAck),
        ])
    func innocent(reason: String, flags: TCPFlags) {
        let diagnosis = facts(sent: 3, drop(reason, flags, out: false)).diagnose()
        #expect(diagnosis.confidence < .strong)
        #expect(diagnosis.zones.contains(.path) && !diagnosis.zones.contains(.localIngress))
    }

    @Test("What TCP itself refuses is no filter's doing", arguments: ["TCP_CSUM", "TCP_MD5UNEXPECTED", "TCP_MINTTL"])
    func unacceptable(reason: String) {
        let diagnosis = facts(sent: 3, drop(reason, Self.synAck, out: false)).diagnose()
        #expect(diagnosis.mechanism == .alteredInTransit)
        #expect(!diagnosis.zones.contains(.localIngress))
        #expect(diagnosis.confidence < .strong)
        #expect(diagnosis.summary.contains(reason))
    }

    @Test("A connection that came up is no stall, whatever was dropped on the way")
    func connected() {
        let first = drop("NETFILTER_DROP", Self.synAck, out: false, at: 0)
        let diagnosis = facts(sent: 1, tries: 1, state: .connected, first, drop("QDISC_DROP")).diagnose()
        #expect(diagnosis.verdict == .open)
        #expect(diagnosis.evidence.contains { $0.fact.contains("NETFILTER_DROP") })
    }

    private func counted(_ rise: UInt64, _ facts: Facts, shared: Bool = false) -> TargetDiagnosis {
        var facts = facts
        facts.kernel.counters = [CounterChange(name: "Xfrm.XfrmOutNoStates", rise: rise)]
        facts.kernel.sharesCounters = shared
        return facts.diagnose()
    }

    @Test("A drop without a reason is IPsec's where its counter says so, and surely only in the hole that it leads to")
    func unprotected() {
        let hole = drop("NOT_SPECIFIED", place: "dst_discard_out")
        let certain = counted(60, facts(sent: 0, hole, hole, hole))
        #expect(certain.confidence == .proved && certain.zones == [.localEgress])
        #expect(certain.summary.contains("IPsec counted") && certain.advice[0].hasPrefix("Look for the policy"))
        #expect(
            certain.evidence.contains { $0.fact == "Xfrm.XfrmOutNoStates rose by 60" } == false, "too many to be ours")
        #expect(counted(3, facts(sent: 0, hole)).evidence.contains { $0.fact == "Xfrm.XfrmOutNoStates rose by 3" })
        let elsewhere = drop("NOT_SPECIFIED", place: "f")
        for less in [
            counted(60, facts(sent: 0, hole, hole, hole), shared: true), counted(60, facts(sent: 0, elsewhere)),
        ] {
            #expect(less.confidence == .strong && less.summary.contains("IPsec counted"))
        }
        // Fewer were counted than were dropped, or a rule dropped them.
        let rule = drop("NETFILTER_DROP", place: "nft_do_chain")
        for other in [counted(1, facts(sent: 0, hole, hole, hole)), counted(60, facts(sent: 0, rule))] {
            #expect(!other.summary.contains("IPsec") && other.advice[0].hasPrefix("Look at the OUTPUT"))
        }
    }

    @Test("Where nobody watches drops, IPsec's counter alone makes it likely, and what left is none of it")
    func unprotectedUnseen() {
        let unseen = counted(40, facts(sent: nil, watches: false))
        #expect(unseen.confidence == .likely && unseen.zones.first == .localEgress && unseen.zones.contains(.path))
        #expect(unseen.summary.contains("IPsec"))
        let tapped = counted(40, facts(sent: 0, watches: false))
        #expect(tapped.confidence == .strong && tapped.zones == [.localEgress])
        #expect(!counted(2, facts(sent: nil, watches: false)).summary.contains("IPsec"), "three were sent")
        #expect(!counted(40, facts(sent: 3, watches: false)).summary.contains("IPsec"), "they left")
        let shared = counted(40, facts(sent: nil, watches: false), shared: true)
        #expect(!shared.summary.contains("IPsec") && shared.lookAlikes.contains { $0.cause.contains("IPsec") })
    }

    @Test("What comes after the attempt has ended is dropped for that")
    func late() {
        let state = SocketOutcome.State.failed(SocketError(linux: 110), atOnce: false)
        let diagnosis = facts(sent: 3, state: state, drop("XFRM_POLICY", Self.synAck, out: false, at: 500)).diagnose()
        #expect(diagnosis.confidence < .strong)
    }

    @Test("Nobody is accused of a neighbour's silence: requests that nobody saw leave may have ended here as well")
    func neighbor() {
        var facts = facts(sent: 0, drop("NEIGH_FAILED", place: "neigh_invalidate"))
        facts.neighbor = NeighborFact(address: IPAddress("198.51.100.1")!, state: .failed)
        let unseen = facts.diagnose()
        #expect(unseen.mechanism == .noNeighbor && unseen.zones == [.path, .localEgress])
        var exchange = NeighborExchange(address: IPAddress("198.51.100.1")!)
        exchange.requests = [1, 2, 3]
        facts.neighborExchange = exchange
        let seen = facts.diagnose()
        #expect(seen.zones == [.path] && seen.confidence == .proved)
    }

    @Test("An entry that has failed and was taken out again is that of a neighbour all the same")
    func removedNeighbor() {
        let gateway = IPAddress("198.51.100.1")!
        for place in ["neigh_invalidate", "ndisc_error_report", "dst_discard_out"] {
            var facts = facts(sent: 0, drop("NOT_SPECIFIED", place: place))
            facts.neighbor = NeighborFact(address: gateway, state: .absent)
            #expect(facts.diagnose().mechanism == (place == "dst_discard_out" ? .silentDrop : .noNeighbor))
            // Whoever was asked and did not answer is known without the kernel's word.
            var exchange = NeighborExchange(address: gateway)
            exchange.requests = [1, 2, 3]
            facts.neighborExchange = exchange
            let asked = facts.diagnose()
            #expect(asked.mechanism == .noNeighbor && asked.zones == [.path] && asked.confidence == .proved)
        }
    }

    @Test("A neighbour whose answers came in, and were not taken, is not silent", arguments: [1, 3])
    func untakenNeighbor(answers: Int) {
        var facts = facts(sent: 0, drop("NEIGH_FAILED", place: "neigh_invalidate"))
        let gateway = IPAddress("198.51.100.1")!
        facts.neighbor = NeighborFact(address: gateway, state: .failed)
        var exchange = NeighborExchange(address: gateway)
        exchange.requests = [1, 2, 3]
        exchange.answers = (0..<answers).map { .init(frame: 4 + $0, linkAddress: nil) }
        facts.neighborExchange = exchange
        // The kernel refuses in its own name, as it does when a neighbour has failed.
        let error = ICMPError(family: .v4, type: 3, code: 1)
        facts.attempts[0].socket?.notices = [
            ICMPNotice(error: error, sender: local, timeToLive: 64, at: .zero + .milliseconds(3_050))
        ]
        facts.attempts[0].socket?.state = .failed(SocketError(linux: 113), atOnce: false)
        let diagnosis = facts.diagnose()
        #expect(diagnosis.verdict == .unreachable && diagnosis.mechanism == .noNeighbor, "\(diagnosis.summary)")
        #expect(diagnosis.zones == [.localIngress] && diagnosis.confidence == (answers > 1 ? .strong : .likely))
        #expect(diagnosis.summary.contains("does not take it"))
        // An entry that holds is another next hop's, or has come back since.
        facts.neighbor = NeighborFact(address: gateway, state: .reachable)
        #expect(facts.diagnose().mechanism == .noNeighbor && facts.diagnose().zones == [.path, .localEgress])
    }

    @Test("UDP: a failed send is explained by the drop behind it")
    func datagrams() {
        let denied = SocketOutcome.State.failed(SocketError(linux: 1), atOnce: true)
        let filter = facts(.udp, sent: 0, tries: 1, state: denied, drop("NETFILTER_DROP", nil)).diagnose()
        #expect(filter.zones == [.localEgress] && filter.confidence == .proved)
        #expect(filter.summary.contains("NETFILTER_DROP"))
        let program = facts(.udp, sent: 0, tries: 1, state: denied, drop("BPF_CGROUP_EGRESS", nil)).diagnose()
        #expect(program.confidence == .proved && program.summary.contains("BPF program"))
        let full = SocketOutcome.State.failed(SocketError(linux: 105), atOnce: true)
        let queue = facts(.udp, sent: 0, tries: 1, state: full, drop("QDISC_DROP", nil)).diagnose()
        #expect(queue.verdict == .blocked && queue.zones == [.localEgress])
        let answer = facts(.udp, sent: 3, drop("NETFILTER_DROP", nil, out: false)).diagnose()
        #expect(answer.zones == [.localIngress] && answer.confidence == .proved)
    }

    @Test("This machine as the target: what left and was dropped as it arrived is the host's firewall")
    func toItself() {
        var facts = facts(sent: 3, drop("NETFILTER_DROP"))
        facts.route?.kind = .local
        let diagnosis = facts.diagnose()
        #expect(diagnosis.zones == [.destination] && diagnosis.confidence == .proved)
        #expect(diagnosis.evidence.contains { $0.fact == "SYN dropped here: NETFILTER_DROP" })
    }

    @Test("Only the attempt that was asked for is judged by its drops")
    func othersDrops() {
        var facts = facts(sent: 3)
        var rung = Attempt(purpose: .rung(timeToLive: 1), kind: .tcp(port: 5432), remote: host, startedAt: .zero)
        rung.drops = [drop("NETFILTER_DROP")]
        facts.attempts.append(rung)
        let diagnosis = facts.diagnose()
        #expect(!diagnosis.zones.contains(.localEgress))
        #expect(!diagnosis.evidence.contains { $0.fact.contains("NETFILTER_DROP") })
    }
}
