import Conversations
import Diagnosis
import PacketWire
import Testing

private let server = IPAddress("192.0.2.53")!
private let named = IPAddress("192.0.2.99")!
private let first = IPAddress("198.51.100.1")!
private let other = IPAddress("203.0.113.9")!

@Suite struct ResolutionTests {
    private func diagnosis(
        _ outcome: ResolutionFact.Outcome, _ servers: [ResolutionFact.ServerAnswer], address: IPAddress? = nil
    ) -> TargetDiagnosis {
        var facts = Facts(
            target: Target(input: "h", host: "host.example", address: address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.resolution = ResolutionFact(
            outcome: outcome, systemCode: "EAI_NONAME", elapsed: .milliseconds(5), servers: servers)
        if let address {
            var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: address, startedAt: .zero)
            attempt.socket = SocketOutcome()
            facts.attempts = [attempt]
            facts.observedUntil = .zero + .seconds(5)
        }
        return facts.diagnose()
    }

    private func answer(
        _ outcome: ResolutionFact.Outcome, from server: IPAddress = server, isNamed: Bool = false, wasCut: Bool = false,
        then contradiction: ResolutionFact.Outcome? = nil
    ) -> ResolutionFact.ServerAnswer {
        var answer = ResolutionFact.ServerAnswer(
            server: server, outcome: outcome, elapsed: .milliseconds(3), isNamed: isNamed)
        answer.wasCut = wasCut
        answer.contradiction = contradiction
        return answer
    }

    @Test("Two answers to one question: somebody on the way answers, and the name is not called unknown")
    func forged() {
        let diagnosis = diagnosis(.noSuchName, [answer(.noSuchName, then: .addresses([first]))])
        #expect(diagnosis.verdict == .interfered && diagnosis.stage == .resolve)
        #expect(diagnosis.mechanism == .answeredByMiddlebox && diagnosis.zones == [.path, .resolver])
        #expect(diagnosis.confidence == .strong && diagnosis.summary.contains("\(first)"))
        #expect(diagnosis.evidence.contains { $0.fact.contains("answers one question twice") })
    }

    @Test("Addresses of a family that this machine has none of: the name is well, and most programs do not hear them")
    func leftOut() {
        let address = IPAddress("2001:db8:5::10")!
        var facts = Facts(
            target: Target(input: "h", host: "host.example", address: address, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.resolution = ResolutionFact(
            outcome: .addresses([address]), systemCode: "EAI_NODATA", elapsed: .seconds(0))
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: address, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .failed(SocketError(linux: 101), atOnce: true), at: .zero)
        facts.attempts = [attempt]
        facts.observedUntil = .zero + .seconds(1)
        let told = facts.diagnose()
        #expect(told.verdict == .unreachable && told.stage == .route && told.zones == [.localEgress])
        #expect(told.evidence.contains { $0.fact.contains("no address (EAI_NODATA)") })
        facts.resolution?.systemCode = nil
        #expect(!facts.diagnose().evidence.contains { $0.fact.contains("EAI_NODATA") })
    }

    @Test("A resolver that answers for one family only: it works, and everybody waits")
    func halfSilent() {
        var half = answer(.addresses([first]))
        half.unanswered = [.aaaa]
        var facts = Facts(
            target: Target(input: "h", host: "host.example", address: first, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.resolution = ResolutionFact(
            outcome: .addresses([first]), systemCode: nil, elapsed: .seconds(4), servers: [half])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: first, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(2))
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        facts.observedUntil = .zero + .seconds(1)
        let told = facts.diagnose()
        #expect(told.verdict == .degraded && told.stage == .resolve && told.mechanism == .resolverSilent)
        #expect(told.confidence == .likely && told.zones.first == .resolver && told.actor == server)
        #expect(told.summary.contains("AAAA") && told.summary.contains("4 s"))
        facts.resolution?.servers[0].unanswered = []
        #expect(facts.diagnose().verdict == .open)
        // Where the system gave up, the silence is not the resolver's alone.
        let failed = diagnosis(.silent, [half])
        #expect(failed.verdict == .failed && failed.summary.contains("\(first)") && failed.confidence == .likely)
    }

    private func found(
        after elapsed: TimeSpan, _ servers: [ResolutionFact.ServerAnswer], _ state: SocketOutcome.State = .connected
    ) -> TargetDiagnosis {
        var facts = Facts(
            target: Target(input: "h", host: "host.example", address: first, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.resolution = ResolutionFact(
            outcome: .addresses([first]), systemCode: nil, elapsed: elapsed, servers: servers)
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: first, startedAt: .zero)
        attempt.socket = SocketOutcome(state: state, at: .zero + .milliseconds(2))
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        facts.observedUntil = .zero + .seconds(1)
        return facts.diagnose()
    }

    @Test("A resolver that is asked first and is silent: it works, and everybody waits")
    func passedOver() {
        let servers = [answer(.silent), answer(.addresses([first]), from: other)]
        let told = found(after: .seconds(5), servers)
        #expect(told.verdict == .degraded && told.stage == .resolve && told.mechanism == .resolverSilent)
        #expect(told.confidence == .likely && told.zones.first == .resolver && told.actor == nil)
        #expect(told.summary.contains("\(server)") && told.summary.contains("5 s") && told.advice.count == 1)
        // Nobody waits for who is asked later, nor for who refuses at once, nor where the answer came at once.
        #expect(found(after: .seconds(5), servers.reversed()).verdict == .open)
        let refuses = [answer(.refused(code: "SERVFAIL")), servers[1]]
        #expect(found(after: .seconds(5), refuses).verdict == .open)
        #expect(found(after: .milliseconds(4), servers).verdict == .open)
        // A worse finding stays the finding.
        let closed = found(after: .seconds(5), servers, .failed(SocketError(linux: 111), atOnce: false))
        #expect(closed.stage == .handshake && closed.advice.last?.contains("\(server)") == true)
        // A named one is nobody's to wait for.
        let named = [answer(.silent, isNamed: true), servers[1]]
        #expect(found(after: .seconds(5), named).verdict == .open)
    }

    @Test("A look-up that waits hides nothing that fails behind it, and its way is not the target's")
    func waitIsLast() {
        var facts = Facts(
            target: Target(input: "h", host: "host.example", address: first, port: 443, transport: .tcp),
            witnesses: [.socket])
        facts.resolution = ResolutionFact(
            outcome: .addresses([first]), systemCode: nil, elapsed: .seconds(5),
            servers: [answer(.silent), answer(.addresses([first]), from: other)])
        facts.route = RouteFact(kind: .local, source: first, interface: "lo")
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: first, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(2))
        attempt.socket?.aftermath = .held
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        facts.observedUntil = .zero + .seconds(9)
        let here = facts.diagnose()
        #expect(here.verdict == .degraded && here.stage == .resolve && here.zones.contains(.path))
        facts.request = ApplicationRequest(usesTLS: true)
        var tls = TLSFact(serverName: "host.example", sentAt: .zero + .milliseconds(10))
        tls.outcome = .broken(.silence(.seconds(8), isAcknowledged: true))
        facts.application = ApplicationFacts()
        facts.application?.tls = tls
        let silent = facts.diagnose()
        #expect(silent.stage == .tls && silent.verdict == .interfered && !silent.zones.contains(.resolver))
        #expect(silent.advice.last?.contains("\(server)") == true && !silent.summary.contains("\(server)"))
    }

    @Test("What stops the question to the resolver that is asked first is told, where it took a while")
    func passedOverForObstacle() {
        let obstacle = Self.icmp(1, from: first)
        var gone = answer(.refused(code: obstacle.description))
        gone.obstacle = obstacle
        gone.elapsed = .milliseconds(2_300)
        let servers = [gone, answer(.addresses([first]), from: other)]
        let told = found(after: .seconds(3), servers)
        #expect(told.verdict == .degraded && told.mechanism == .noNeighbor && told.zones == [.path, .resolver])
        #expect(told.actor == first && told.summary.contains("host unreachable"))
        gone.elapsed = .milliseconds(1)
        #expect(found(after: .seconds(3), [gone, servers[1]]).verdict == .open)
    }

    @Test("A long look-up without a silent resolver is told, and judged by nobody")
    func late() {
        var slow = answer(.addresses([first]))
        #expect(found(after: .seconds(5), [slow]).summary.contains("nsswitch.conf"))
        slow.elapsed = .seconds(2)
        let told = found(after: .seconds(2), [slow])
        #expect(told.verdict == .open && told.summary.contains("takes long to answer (2 s)"))
        #expect(!found(after: .milliseconds(900), [slow]).summary.contains("takes long"))
        #expect(
            found(after: .seconds(5), []).summary.hasSuffix("The system took 5 s to find the address of host.example."))
    }

    @Test("An address of the hosts file, which DNS has otherwise, is told; and who knows the name nowhere else is fine")
    func hostsFile() {
        func told(_ servers: [ResolutionFact.ServerAnswer], _ isOpen: Bool = false) -> TargetDiagnosis {
            var facts = Facts(
                target: Target(input: "h", host: "host.example", address: first, port: 443, transport: .tcp),
                witnesses: [.socket])
            facts.resolution = ResolutionFact(
                outcome: .addresses([first]), systemCode: nil, elapsed: .milliseconds(1), servers: servers)
            facts.resolution?.hostsFile = [first]
            var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: first, startedAt: .zero)
            attempt.socket = isOpen ? SocketOutcome(state: .connected, at: .zero + .milliseconds(2)) : SocketOutcome()
            attempt.socket?.isEndAcknowledged = isOpen
            facts.attempts = [attempt]
            facts.observedUntil = .zero + .seconds(5)
            return facts.diagnose()
        }
        let other = [answer(.addresses([other]))]
        let failed = told(other)
        #expect(
            failed.advice.first?.contains("/etc/hosts") == true && failed.advice.first?.contains("203.0.113.9") == true)
        #expect(failed.lookAlikes.contains { $0.cause.contains("hosts file") })
        let open = told(other, true)
        #expect(open.verdict == .open && open.summary.contains("says otherwise: 203.0.113.9"))
        for servers in [[answer(.noSuchName)], []] {
            #expect(told(servers).advice.last?.contains("/etc/hosts") == true)
            #expect(!told(servers).lookAlikes.contains { $0.cause.contains("hosts file") })
            #expect(!told(servers, true).summary.contains("hosts file"))
        }
        let agreeing = [answer(.addresses([first]))]
        #expect(!told(agreeing).advice.contains { $0.contains("hosts") })
        #expect(told(agreeing).evidence.contains { $0.fact.contains("hosts file") })
    }

    @Test("A name that leads to this machine itself, as those answer that block it", arguments: ["127.0.0.1", "::1"])
    func leadsHere(_ text: String) throws {
        let address = try #require(IPAddress(text))
        let told = diagnosis(.addresses([address]), [answer(.addresses([address]))], address: address)
        #expect(told.zones.contains(.resolver) && told.summary.contains("\(server)") && told.confidence <= .likely)
        #expect(told.lookAlikes.contains { $0.cause.contains("blocks the name") })
        #expect("LocalHost.".isLocalhost && "a.localhost".isLocalhost && !"localhost.example".isLocalhost)
        // The hosts file says so, or nobody was asked.
        for servers in [[answer(.noSuchName)], []] {
            #expect(!diagnosis(.addresses([address]), servers, address: address).zones.contains(.resolver))
        }
    }

    @Test("A name that leads to nobody's address: what answers there is this machine", arguments: ["0.0.0.0", "::"])
    func nobody(_ text: String) throws {
        let address = try #require(IPAddress(text))
        let told = diagnosis(.addresses([address]), [answer(.addresses([address]))], address: address)
        #expect(told.verdict == .blocked && told.stage == .resolve && told.zones == [.resolver])
        #expect(told.mechanism == .nameNotFound && told.confidence == .strong && told.actor == server)
        let untold = diagnosis(.addresses([address]), [], address: address)
        #expect(untold.zones == [.resolver, .localEgress] && untold.confidence == .likely)
        #expect(told.lookAlikes.isEmpty && untold.lookAlikes.isEmpty)
        // Its resolver says otherwise: the hosts file does.
        #expect(diagnosis(.addresses([address]), [answer(.noSuchName)], address: address).zones == [.localEgress])
    }

    @Test("A name that only the named resolver knows is still unknown, and the advice says who knows it")
    func knownElsewhere() {
        let diagnosis = diagnosis(
            .noSuchName, [answer(.noSuchName), answer(.addresses([other]), from: named, isNamed: true)])
        #expect(diagnosis.verdict == .failed && diagnosis.mechanism == .nameNotFound)
        #expect(
            diagnosis.advice.first?.contains("\(named)") == true && diagnosis.advice.first?.contains("\(other)") == true
        )
        // It does not speak for the system.
        #expect(!diagnosis.summary.contains("\(named)") && diagnosis.summary.contains("\(server)"))
    }

    private func stopped(by obstacle: QuestionObstacle) -> TargetDiagnosis {
        let outcome = ResolutionFact.Outcome.refused(code: obstacle.description)
        var answer = answer(outcome, wasCut: obstacle.isOverTCP)
        answer.obstacle = obstacle
        return diagnosis(outcome, [answer])
    }

    private static func icmp(_ code: UInt8, type: UInt8 = 3, from sender: IPAddress?, isOwn: Bool = false)
        -> QuestionObstacle
    {
        QuestionObstacle(.icmp(ICMPError(family: .v4, type: type, code: code), sender: sender), isOwn: isOwn)
    }

    static let obstacles: [(QuestionObstacle, Mechanism, [Zone], IPAddress?)] = [
        (icmp(13, from: first), .icmpReject, [.path, .resolver], first),
        (icmp(3, from: first), .icmpReject, [.path, .resolver], first),
        (icmp(3, from: server), .noListener, [.resolver], server),
        (icmp(10, from: server), .icmpReject, [.resolver], server),
        (icmp(1, from: first), .noNeighbor, [.path, .resolver], first),
        (icmp(0, from: first), .noRoute, [.path, .resolver], first),
        (icmp(0, type: 11, from: first), .routingLoop, [.path, .resolver], first),
        (icmp(3, from: other, isOwn: true), .icmpReject, [.localEgress], other),
        (icmp(1, from: other, isOwn: true), .noNeighbor, [.path, .resolver, .localEgress], nil),
        (icmp(13, from: nil), .icmpReject, [.path, .resolver], nil),
        (QuestionObstacle(.socket(SocketError(linux: 1))), .permission, [.localEgress], nil),
        (QuestionObstacle(.socket(SocketError(linux: 101))), .noRoute, [.localEgress], nil),
        (QuestionObstacle(.socket(SocketError(linux: 111))), .resolverRefused, [.resolver, .path, .localEgress], nil),
        (
            QuestionObstacle(.socket(SocketError(linux: 113)), isOverTCP: true), .resolverRefused,
            [.resolver, .path, .localEgress], nil
        ),
        (QuestionObstacle(.closed, isOverTCP: true), .resolverRefused, [.resolver, .path, .localEgress], nil),
    ]

    @Test("What stops the question is not the resolver's word", arguments: obstacles)
    func outOfReach(_ obstacle: QuestionObstacle, _ mechanism: Mechanism, _ zones: [Zone], _ actor: IPAddress?) {
        let told = stopped(by: obstacle)
        #expect(told.verdict == .failed && told.stage == .resolve && told.confidence == .likely)
        #expect(told.mechanism == mechanism && told.zones == zones && told.actor == actor)
        #expect(told.summary.contains("\(server)") && told.summary.contains("host.example"))
        #expect(!told.advice.contains { $0.contains("SERVFAIL") })
    }

    @Test("Datagrams that answer nothing are no silence")
    func foreign() {
        var odd = answer(.silent)
        odd.foreign = .anotherTransaction
        let told = diagnosis(.silent, [odd])
        #expect(told.verdict == .failed && told.stage == .resolve && told.mechanism == .protocolMismatch)
        #expect(told.zones == [.resolver, .path] && told.actor == server && told.confidence == .likely)
        #expect(told.summary.contains("it belongs to another question"))
        // What came beside the answer is nobody's concern, nor what somebody says whom the system does not ask.
        var fine = answer(.addresses([first]))
        fine.foreign = .anotherTransaction
        #expect(diagnosis(.addresses([first]), [fine], address: first).mechanism != .protocolMismatch)
        odd.isNamed = true
        #expect(diagnosis(.silent, [odd, answer(.silent)]).mechanism == .resolverSilent)
    }

    @Test("A cut answer and no TCP is told as that")
    func cut() {
        let silent = diagnosis(.silent, [answer(.silent, wasCut: true)])
        #expect(silent.mechanism == .resolverSilent && silent.confidence == .likely)
        #expect(silent.summary.contains("TCP") && silent.advice[0].contains("RFC 7766"))
        let refused = stopped(by: QuestionObstacle(.socket(SocketError(linux: 111)), isOverTCP: true))
        #expect(refused.mechanism == .resolverRefused && refused.advice[0].contains("RFC 7766"))
        #expect(refused.summary.contains("ECONNREFUSED") && refused.summary.contains("(TC)"))
        #expect(!diagnosis(.silent, [answer(.silent)]).summary.contains("TCP"))
    }

    @Test(
        "Where the address itself is doubtful, a failing target has that as its look-alike", arguments: [true, false])
    func doubtfulAddress(isForged: Bool) {
        let servers =
            isForged
            ? [answer(.addresses([first]), then: .addresses([other]))]
            : [answer(.addresses([first])), answer(.addresses([other]), from: named, isNamed: true)]
        let diagnosis = diagnosis(.addresses([first]), servers, address: first)
        #expect(diagnosis.verdict != .open && diagnosis.stage == .handshake)
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains(isForged ? "forged" : "\(named)") })
        #expect(diagnosis.advice.contains { $0.contains(isForged ? "DNS over TLS" : "\(other)") })
        let agreeing = self.diagnosis(
            .addresses([first]), [answer(.addresses([first, other]), from: named, isNamed: true)], address: first)
        #expect(!agreeing.lookAlikes.contains { $0.cause.contains("is not where") })
    }

    @Test("An address of the well-known prefix says which IPv4 address it stands for")
    func translated() throws {
        let address = try #require(IPAddress("64:ff9b::198.51.100.1"))
        let diagnosis = diagnosis(.addresses([address]), [], address: address)
        #expect(diagnosis.evidence.contains { $0.fact.contains("stands for 198.51.100.1") })
        #expect(
            !self.diagnosis(.addresses([first]), [], address: first).evidence.contains {
                $0.fact.contains("stands for")
            })
    }
}
