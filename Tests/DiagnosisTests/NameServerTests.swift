import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// What the answers of a DNS server add to a verdict that rests on one datagram.
struct NameServerTests {
    typealias Ask = NameServerFacts.Ask

    private static let host = IPAddress("203.0.113.53")!
    private static let found = ResolutionFact.Outcome.addresses([IPAddress("192.0.2.7")!])
    private static let elsewhere = ResolutionFact.Outcome.addresses([IPAddress("192.0.2.99")!])

    private func ask(
        _ result: Ask.Result, over transport: Transport = .udp, room: UInt16? = nil,
        _ change: (inout Ask) -> Void = { _ in }
    ) -> Ask {
        var ask = Ask(transport, room: room)
        ask.result = result
        if ask.isAnswered { (ask.elapsed, ask.size) = (.milliseconds(2), 60) }
        if transport == .tcp, ask.isAnswered { ask.hasConnected = true }
        change(&ask)
        return ask
    }

    private func tcp(_ result: Ask.Result, _ change: (inout Ask) -> Void = { _ in }) -> Ask {
        ask(result, over: .tcp, change)
    }

    private func roomy(_ result: Ask.Result, _ change: (inout Ask) -> Void = { _ in }) -> Ask {
        ask(result, room: 4_096, change)
    }

    private func cut(_ ask: inout Ask) { (ask.isCut, ask.tries) = (true, 1) }

    private func diagnose(
        _ asks: [Ask], name: String = "db.lab", isReached: Bool = true, hasWire: Bool = false,
        from host: IPAddress = host, _ change: (inout NameServerFacts) -> Void = { _ in }
    ) -> TargetDiagnosis {
        let question = DNSQuestion(DNSName(name)!, .a)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: host, port: 53, transport: .udp),
            witnesses: hasWire ? [.socket, .wire] : [.socket])
        facts.service = .dns(asking: question)
        var attempt = Attempt(purpose: .primary, kind: .udp(port: 53), remote: host, startedAt: .zero)
        attempt.socket = isReached ? SocketOutcome(state: .connected, at: .zero + .milliseconds(2)) : SocketOutcome()
        attempt.socket?.serviceReply = isReached ? .answered("NOERROR") : nil
        facts.attempts = [attempt]
        facts.observedUntil = .zero + .seconds(4)
        var server = NameServerFacts(question, asks: asks)
        change(&server)
        facts.nameServer = server
        return facts.diagnose()
    }

    @Test("All is well")
    func open() {
        let diagnosis = diagnose([
            ask(.answered(Self.found)), roomy(.answered(Self.found)), tcp(.answered(Self.found)),
        ])
        #expect(diagnosis.verdict == .open && diagnosis.summary.hasSuffix("db.lab A: 192.0.2.7."))
        #expect(
            diagnosis.nameServer != nil && diagnosis.evidence.contains { $0.fact == "db.lab A over TCP: 192.0.2.7" })
    }

    @Test(
        "Who answers over UDP from nearer than over TCP, or than echoes, is not the server",
        arguments: [
            (0, 3, nil, Confidence.strong), (0, nil, 3, .strong), (2, 3, nil, .likely), (2, 2, 3, .likely),
            (3, 3, 3, nil), (3, 2, nil, nil), (3, nil, nil, nil), (nil, 3, 3, nil),
        ] as [(Int?, Int?, Int?, Confidence?)])
    func redirected(_ place: Int?, _ overTCP: Int?, _ echo: Int?, _ confidence: Confidence?) {
        func facts(_ second: Int?) -> TargetDiagnosis {
            diagnose(
                [
                    ask(.answered(Self.found)) { $0.routersPassed = place },
                    roomy(.answered(Self.found)) { $0.routersPassed = second },
                    tcp(.answered(Self.found)) { $0.routersPassed = overTCP },
                ], hasWire: true
            ) { $0.echoPassed = echo }
        }
        let diagnosis = facts(place)
        #expect((diagnosis.verdict == .interfered) == (confidence != nil), "\(diagnosis.summary)")
        guard let confidence, let place else { return }
        #expect(diagnosis.mechanism == .answeredByMiddlebox && diagnosis.stage == .resolve)
        #expect(diagnosis.zones == [.path, .resolver] && diagnosis.confidence == confidence)
        #expect(diagnosis.summary.contains("from about hop \(place + 1)") && diagnosis.lookAlikes.count == 1)
        // Two questions that are answered from different places are no steady redirect.
        #expect(facts(place + 1).confidence == .likely)
    }

    @Test(
        "What the server says is the verdict, unless nobody meant a name by it",
        arguments: [
            (ResolutionFact.Outcome.noSuchName, Mechanism.nameNotFound), (.noAddress, .nameNotFound),
            (.refused(code: "REFUSED"), .resolverRefused), (.refused(code: "SERVFAIL"), .resolverRefused),
        ])
    func failures(_ outcome: ResolutionFact.Outcome, _ mechanism: Mechanism) {
        let asks = [ask(.answered(outcome)), roomy(.answered(outcome)), tcp(.answered(outcome))]
        let diagnosis = diagnose(asks)
        #expect(diagnosis.verdict == .failed && diagnosis.mechanism == mechanism && diagnosis.stage == .resolve)
        #expect(diagnosis.zones == [.resolver] && diagnosis.confidence == .strong)
        let once = diagnose([ask(.answered(outcome))])
        #expect(once.confidence == .likely && !once.lookAlikes.isEmpty)
        #expect(diagnose(asks, name: ".").verdict == .open)
    }

    @Test("What is missing is named by its type, and a server that was asked nothing in particular has only to answer")
    func words() {
        #expect(ResolutionFact.Outcome.noAddress.phrase(.mx) == "no record of type MX (NODATA)")
        #expect(ResolutionFact.Outcome.noAddress.phrase(.aaaa) == "no address of that family (NODATA)")
        #expect(ResolutionFact.Outcome.noSuchName.phrase(.mx) == "no such name (NXDOMAIN)")
        let root = diagnose([ask(.answered(.noSuchName)), tcp(.answered(.noSuchName))], name: ".")
        #expect(root.verdict == .open && !root.summary.contains("no such name"))
    }

    @Test("Two answers to one question, and answers that differ by the way they came")
    func forged() {
        let twice = diagnose([
            ask(.answered(.noSuchName)) { $0.contradiction = Self.found }, tcp(.answered(Self.found)),
        ])
        #expect(twice.verdict == .interfered && twice.mechanism == .answeredByMiddlebox)
        #expect(twice.zones == [.path, .resolver] && twice.confidence == .strong)
        #expect(twice.summary.contains("Over TCP the server says: 192.0.2.7"))
        let kinds = diagnose([ask(.answered(.noSuchName)), tcp(.answered(Self.found))])
        #expect(kinds.verdict == .interfered && kinds.confidence == .likely)
        // Addresses of a large service differ from one question to the next.
        #expect(diagnose([ask(.answered(Self.found)), tcp(.answered(Self.elsewhere))]).verdict == .open)
    }

    @Test("What answers is no DNS")
    func foreign() {
        let diagnosis = diagnose([ask(.foreign(.question)), tcp(.refused(SocketError(linux: 111)))])
        #expect(diagnosis.verdict == .interfered && diagnosis.mechanism == .protocolMismatch)
        #expect(diagnosis.stage == .application && diagnosis.summary.contains("the question itself came back"))
    }

    @Test(
        "An answer that does not fit needs TCP",
        arguments: [
            (Ask.Result.silent, false, Verdict.blocked, Mechanism.silentDrop, Stage.handshake),
            (.silent, true, .interfered, .noReply, .application),
            (.refused(SocketError(linux: 111)), false, .closed, .noListener, .handshake),
            (.refused(SocketError(linux: 113)), false, .blocked, .icmpReject, .handshake),
            (.closed(isReset: true), true, .interfered, .tcpReset, .application),
            (.closed(isReset: false), true, .interfered, .closedByPeer, .application),
            (.foreign(.anotherProtocol), true, .interfered, .protocolMismatch, .application),
        ])
    func needed(_ result: Ask.Result, connected: Bool, verdict: Verdict, mechanism: Mechanism, stage: Stage) {
        let stream = tcp(result) { $0.hasConnected = connected }
        let needed = diagnose([
            ask(.answered(.noAddress), cut), roomy(.answered(.noAddress), cut), stream,
        ])
        #expect(needed.verdict == verdict && needed.mechanism == mechanism && needed.stage == stage)
        #expect(needed.summary.contains("does not fit a datagram"))
        // With more room it fits: clients that ask so get it, the others do not.
        let healed = diagnose([ask(.answered(.noAddress), cut), roomy(.answered(Self.found)), stream])
        #expect(healed.verdict == .degraded && healed.mechanism == mechanism)
        let whole = diagnose([ask(.answered(Self.found)), roomy(.answered(Self.found)), stream])
        #expect(whole.verdict == .degraded && whole.mechanism == mechanism && whole.confidence == .likely)
    }

    @Test("A TCP that is silent is placed by what the wire saw")
    func places() {
        func zones(_ hasWire: Bool, _ change: (inout Ask) -> Void) -> [Zone] {
            diagnose([ask(.answered(Self.found)), tcp(.silent, change)], hasWire: hasWire).zones
        }
        #expect(zones(true) { $0.wasSeenLeaving = false } == [.localEgress])
        #expect(zones(true) { ($0.wasSeenLeaving, $0.wasSeenAnswered) = (true, true) } == [.localIngress])
        #expect(zones(true) { $0.wasSeenLeaving = true } == [.path, .destination, .returnPath])
        #expect(zones(false) { _ in } == [.path, .destination, .returnPath, .localEgress, .localIngress])
    }

    @Test("Room alone is silent: size, or EDNS, or nothing that can be told")
    func room() {
        func asks(_ narrow: Ask.Result, again: Ask.Result, size: Int) -> [Ask] {
            [
                ask(.answered(.noAddress), cut), roomy(.silent) { $0.tries = 2 },
                tcp(.answered(Self.found)) { $0.size = size }, ask(narrow, room: 512, cut), ask(again, cut),
            ]
        }
        let large = diagnose(asks(.answered(.noAddress), again: .answered(.noAddress), size: 3_000), hasWire: true)
        #expect(large.verdict == .degraded && large.mechanism == .mtuBlackHole && large.stage == .transfer)
        #expect(large.zones == [.returnPath, .destination] && large.confidence == .strong)
        #expect(large.summary.contains("3000 bytes"))
        let edns = diagnose(asks(.silent, again: .answered(.noAddress), size: 60), hasWire: true)
        #expect(edns.mechanism == .silentDrop && edns.zones == [.path, .destination, .returnPath])
        // The plain question is silent by now, too: the time it was asked is as good a reason.
        #expect(diagnose(asks(.silent, again: .silent, size: 60)).verdict == .open)
        // A small answer is not lost for its size.
        #expect(diagnose(asks(.answered(Self.found), again: .answered(Self.found), size: 60)).verdict == .open)
    }

    /// A long answer that never comes, and what is known of it.
    private func lostAnswer(_ size: Int, hasWire: Bool = true, _ change: (inout Ask) -> Void = { _ in })
        -> TargetDiagnosis
    {
        diagnose(
            [
                ask(.answered(.noAddress), cut),
                roomy(.silent) { roomy in
                    roomy.tries = 2
                    change(&roomy)
                }, tcp(.answered(Self.found)) { $0.size = size },
                ask(.answered(.noAddress), room: 512, cut), ask(.answered(.noAddress), cut),
            ], hasWire: hasWire)
    }

    @Test("What fits every packet is not lost for the path's size")
    func counted() {
        for (size, mechanism, zones) in [
            (793, Mechanism.silentDrop, [Zone.path, .destination, .returnPath]),
            (1_232, .silentDrop, [.path, .destination, .returnPath]),
            (1_233, .mtuBlackHole, [.returnPath, .destination]),
        ] {
            let diagnosis = lostAnswer(size)
            #expect(diagnosis.mechanism == mechanism && diagnosis.zones == zones && diagnosis.stage == .transfer)
        }
        #expect(lostAnswer(793).summary.contains("more than 512 bytes"))
        #expect(lostAnswer(3_000, hasWire: false).zones == [.returnPath, .destination, .localIngress])
    }

    @Test("What came past the tap is lost here; a first fragment that came past it is not all of it")
    func seenAtTheTap() {
        let here = lostAnswer(3_000) { ($0.wasSeenAnswered, $0.longestSeen) = (true, 3_000) }
        #expect(here.zones == [.localIngress] && here.mechanism == .silentDrop && here.confidence == .strong)
        let part = lostAnswer(3_000) { ($0.wasSeenAnswered, $0.longestSeen) = (true, 1_472) }
        #expect(part.zones == [.returnPath, .destination, .localIngress])
        #expect(part.mechanism == .mtuBlackHole && part.summary.contains("its first fragment does"))
    }

    @Test(
        "EDNS that is refused is told like EDNS that is dropped",
        arguments: [
            (111, true, Mechanism.noListener, [Zone.destination, .path]),
            (113, true, .icmpReject, [.path, .destination]),
            (1, false, .permission, [.localEgress]), (113, false, .icmpReject, [.path, .destination, .localEgress]),
        ] as [(Int32, Bool, Mechanism, [Zone])])
    func refusedEDNS(_ code: Int32, _ hasWire: Bool, _ mechanism: Mechanism, _ zones: [Zone]) {
        let refused = Ask.Result.refused(SocketError(linux: code))
        let diagnosis = diagnose(
            [
                ask(.answered(Self.found)), roomy(refused), tcp(.answered(Self.found)), ask(refused, room: 512),
                ask(.answered(Self.found)),
            ], hasWire: hasWire)
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == mechanism && diagnosis.zones == zones)
        #expect(diagnosis.summary.contains("EDNS") && diagnosis.confidence == .likely)
    }

    @Test("TCP that this machine itself forbids, or that never leaves it, is no firewall's on the way")
    func stoppedHere() {
        let forbidden = diagnose([ask(.answered(Self.found)), tcp(.refused(SocketError(linux: 1)))], hasWire: true)
        #expect(forbidden.mechanism == .permission && forbidden.zones == [.localEgress])
        let unsent = diagnose(
            [ask(.answered(Self.found)), tcp(.refused(SocketError(linux: 111))) { $0.wasSeenLeaving = false }],
            hasWire: true)
        #expect(unsent.mechanism == .tcpReset && unsent.zones == [.localEgress])
        let blind = diagnose([ask(.answered(Self.found)), tcp(.refused(SocketError(linux: 111)))])
        #expect(blind.mechanism == .noListener && blind.zones == [.destination, .path, .localEgress])
    }

    @Test("EACCES is this machine's own word in IPv4, and may be a router's in IPv6")
    func accessDenied() {
        let asks = [ask(.answered(Self.found)), tcp(.refused(SocketError(linux: 13)))]
        let four = diagnose(asks, hasWire: true)
        #expect(four.mechanism == .permission && four.zones == [.localEgress])
        let six = diagnose(asks, hasWire: true, from: IPAddress("2001:db8::53")!)
        #expect(six.mechanism == .icmpReject && six.zones == [.path, .destination])
    }

    @Test("A server that only leads on is well, and says where to")
    func referral() {
        let leads = ResolutionFact.Outcome.leadsOn("the servers of lab (ns.lab)")
        let diagnosis = diagnose([ask(.answered(leads)), roomy(.answered(leads)), tcp(.answered(leads))])
        #expect(diagnosis.verdict == .open && diagnosis.summary.contains("the servers of lab (ns.lab)"))
        let differs = diagnose([ask(.answered(leads)), tcp(.answered(Self.found))])
        #expect(differs.mechanism == .answeredByMiddlebox)
    }

    @Test("That a server does not know EDNS says nothing of the name")
    func withoutEDNS() {
        let clumsy = ResolutionFact.Outcome.refused(code: "FORMERR")
        let dropped = diagnose([ask(.answered(.noAddress), cut), roomy(.answered(clumsy)), tcp(.silent)])
        #expect(
            dropped.verdict == .blocked && dropped.summary.contains("does not fit a datagram"), "\(dropped.summary)")
        let fine = diagnose([ask(.answered(Self.found)), roomy(.answered(clumsy)), tcp(.answered(Self.found))])
        #expect(fine.verdict == .open)
    }

    @Test("UDP is silent, and TCP answers: the server is there")
    func streamOnly() {
        let answered = diagnose([tcp(.answered(Self.found))], isReached: false)
        #expect(answered.verdict == .blocked && answered.mechanism == .silentDrop && answered.confidence == .likely)
        #expect(answered.summary.hasPrefix("The server answers over TCP (192.0.2.7)"))
        #expect(!answered.lookAlikes.contains { $0.cause == SilentService.phrase })
        let silent = diagnose([tcp(.silent)], isReached: false)
        #expect(silent.verdict == .undetermined && silent.summary.hasSuffix("Over TCP it is silent, too."))
    }

    @Test("A question that was answered once and then no more")
    func limited() {
        let diagnosis = diagnose([ask(.silent) { $0.tries = 2 }, tcp(.answered(Self.found))])
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .loss)
        let refused = diagnose([
            ask(.refused(SocketError(linux: 1))) { $0.tries = 2 }, tcp(.answered(Self.found)),
        ])
        #expect(refused.mechanism == .permission && refused.zones == [.localEgress])
    }
}
