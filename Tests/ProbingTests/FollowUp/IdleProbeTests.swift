import Conversations
import Diagnosis
import PacketWire
import Probing
import Testing

/// Connections that are held quiet, on a virtual clock.
struct IdleProbeTests {
    /// What the far end, or somebody on the way, does with a connection that was quiet.
    private struct Memory {
        /// So long a quiet connection is known; nil for ever.
        var span: TimeSpan?
        /// What is not known is reset.
        var resets = false
        /// The far end ends what is quiet for so long.
        var closesAfter: TimeSpan?
        var opens = true
        var newOneWorks = true
        /// After its span it gets something that is no answer, in the place of silence.
        var isForeign = false
    }

    private struct Result {
        var facts: IdleFacts
        var elapsed: TimeSpan
        var isFinished: Bool
        var stopped: Set<Int>
    }

    private func run(_ times: [Int64], over transport: Transport = .tcp, _ memory: Memory) -> Result {
        var plan = IdleProbe(transport, times: times.map { .seconds($0) }, hasWire: false)
        var queue: [(at: Instant, number: Int, event: FollowUpEvent)] = []
        var quietSince: [Int: Instant] = [:]
        var now = Instant.zero
        var count = 0
        var stopped: Set<Int> = []
        let first = Set(times).count

        func schedule(_ event: FollowUpEvent, after span: TimeSpan) {
            count += 1
            queue.append((now + span, count, event))
        }
        func ask(_ number: Int) {
            guard number < first ? memory.opens : memory.newOneWorks else { return }
            let since = quietSince[number]
            quietSince[number] = now
            if let since, let span = memory.span, now - since > span {
                quietSince[number] = since
                if memory.isForeign {
                    schedule(.outcome(number, .foreign(.anotherTransaction)), after: .milliseconds(10))
                }
                if memory.resets { schedule(.outcome(number, .closed(isReset: true)), after: .milliseconds(10)) }
                return
            }
            let outcome: FollowUpOutcome =
                transport == .udp ? .answered : since == nil ? .connected(packet: 1_500) : .alive
            schedule(.outcome(number, outcome), after: .milliseconds(10))
        }
        func perform(_ actions: [FollowUpAction]) {
            for action in actions {
                switch action {
                case .wake(let at): schedule(.time, after: max(.zero, at - now))
                case .start(let order):
                    ask(order.number)
                    if order.number < first, let span = memory.closesAfter {
                        schedule(.outcome(order.number, .closed(isReset: false)), after: span)
                    }
                case .again(let number): ask(number)
                case .stopUnheard: Issue.record("only dialogues are heard or not")
                case .stop(let number): stopped.insert(number)
                }
            }
        }

        perform(plan.begin(at: now))
        while !plan.isFinished, count < 10_000, let next = queue.min(by: { ($0.at, $0.number) < ($1.at, $1.number) }) {
            queue.removeAll { $0.number == next.number }
            now = max(now, next.at)
            if case .outcome(let number, _) = next.event, stopped.contains(number) { continue }
            perform(plan.handle(next.event, at: now))
        }
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: transport), witnesses: [.socket])
        plan.testify(&facts)
        return Result(
            facts: facts.idle ?? IdleFacts(holds: []), elapsed: now - .zero, isFinished: plan.isFinished,
            stopped: stopped)
    }

    @Test(
        "What is never forgotten is there after each time, and no new one is needed", arguments: [Transport.tcp, .udp])
    func remembered(_ transport: Transport) {
        let result = run([4, 1, 2, 2], over: transport, Memory())
        #expect(result.isFinished && result.facts.holds.map(\.quiet) == [.seconds(1), .seconds(2), .seconds(4)])
        #expect(result.facts.holds.allSatisfy { $0.outcome == .alive } && result.facts.newOneWorks == nil)
        // Side by side: the longest is what it takes.
        #expect(result.elapsed >= .seconds(4) && result.elapsed < .seconds(6) && result.stopped == [0, 1, 2])
    }

    @Test("The first time that is too long is found", arguments: [Transport.tcp, .udp], [false, true])
    func forgotten(_ transport: Transport, resets: Bool) {
        let result = run([1, 2, 5, 60], over: transport, Memory(span: .seconds(3), resets: resets))
        let broken: IdleFacts.Hold.Outcome = resets ? .reset(sameDistance: nil) : .lost
        #expect(result.facts.holds.map(\.outcome) == [.alive, .alive, broken, broken])
        #expect(result.isFinished && result.facts.newOneWorks == true && result.elapsed < .seconds(67))
    }

    @Test("What is no answer to the question after the silence is kept, and counts for none")
    func foreign() {
        let result = run([1, 5], over: .udp, Memory(span: .seconds(3), isForeign: true))
        #expect(result.facts.holds.map(\.outcome) == [.alive, .lost] && result.isFinished)
        #expect(result.facts.holds.map(\.foreign) == [nil, .anotherTransaction])
        #expect(result.facts.newOneWorks == true)
    }

    @Test("An ICMP error about the question after the silence is no answer on the wire")
    func refusedOnTheWire() {
        var plan = IdleProbe(.udp, times: [.seconds(1)], hasWire: true)
        _ = plan.begin(at: .zero)
        _ = plan.handle(.outcome(0, .answered), at: .zero)
        let later = Instant.zero + .seconds(2)
        _ = plan.handle(.time, at: later)
        plan.note(
            SeenPacket(
                frame: 1, at: later, fromInitiator: false, source: .v4(.any), timeToLive: 64, identification: nil,
                kind: .icmpError(ICMPError(family: .v4, type: 3, code: 3), mtu: nil, quotedTimeToLive: 1)), number: 0)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: .udp), witnesses: [.wire])
        plan.testify(&facts)
        #expect(facts.idle?.holds[0].wasSeenAnswered == false)
    }

    @Test("A new one that is not answered says so")
    func gone() {
        let result = run([1], Memory(span: .milliseconds(1), newOneWorks: false))
        #expect(result.facts.newOneWorks == false && result.isFinished)
    }

    @Test("A server that closes what is quiet is told from somebody who forgot it")
    func closed() {
        let result = run([2, 9], Memory(closesAfter: .seconds(4)))
        #expect(result.facts.holds[0].outcome == .alive)
        guard case .closed(let after, isReset: false) = result.facts.holds[1].outcome else {
            Issue.record("\(result.facts.holds[1].outcome)")
            return
        }
        #expect(after > .seconds(3) && after <= .seconds(4))
    }

    @Test("What does not open is over soon")
    func closedFromTheStart() {
        let result = run([60, 300], Memory(opens: false))
        #expect(result.facts.holds.allSatisfy { $0.outcome == .notOpened } && result.elapsed < .seconds(4))
        #expect(result.isFinished && result.facts.newOneWorks == nil)
    }

    @Test("No times, and more than make sense")
    func bounds() {
        var none = IdleProbe(.tcp, times: [], hasWire: true)
        _ = none.begin(at: .zero)
        #expect(none.isFinished)
        #expect(run(Array(1...40), Memory()).facts.holds.count == IdleProbe.most)
    }

    @Test("A reset is placed by how far away it was made, where the wire tells", arguments: [61, 62] as [UInt8])
    func distance(_ timeToLive: UInt8) {
        var plan = IdleProbe(.tcp, times: [.seconds(2)], hasWire: true)
        func packet(_ flags: TCPFlags, _ timeToLive: UInt8, at: Instant, out: Bool = false) -> SeenPacket {
            SeenPacket(
                frame: 1, at: at, fromInitiator: out, source: .v4(.any), timeToLive: timeToLive, identification: nil,
                kind: .tcp(TCPHeader(from: 1, to: 2, flags), payloadLength: 0))
        }
        _ = plan.begin(at: .zero)
        plan.note(packet([.syn, .ack], 61, at: .zero), number: 0)
        _ = plan.handle(.outcome(0, .connected(packet: nil)), at: .zero)
        let later = Instant.zero + .seconds(2)
        plan.note(packet(.ack, 64, at: later, out: true), number: 0)
        plan.note(packet(.rst, timeToLive, at: later), number: 0)
        _ = plan.handle(.outcome(0, .closed(isReset: true)), at: later)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: .tcp), witnesses: [.wire])
        plan.testify(&facts)
        #expect(facts.idle?.holds[0].outcome == .reset(sameDistance: timeToLive == 61))
        #expect(facts.idle?.holds[0].answerPassed == 3 && facts.idle?.holds[0].resetPassed == 64 - Int(timeToLive))
        #expect(facts.idle?.holds[0].wasSeenLeaving == true && facts.idle?.holds[0].wasSeenAnswered == true)
    }

    /// Opened at once, quiet for two seconds, then asked: how it ends with this outcome of the question.
    private func asked(_ outcomes: FollowUpOutcome..., over transport: Transport = .tcp) -> IdleFacts.Hold? {
        var plan = IdleProbe(transport, times: [.seconds(2)], hasWire: false)
        _ = plan.begin(at: .zero)
        _ = plan.handle(.outcome(0, transport == .tcp ? .connected(packet: nil) : .answered), at: .zero)
        _ = plan.handle(.time, at: .zero + .seconds(2))
        for outcome in outcomes { _ = plan.handle(.outcome(0, outcome), at: .zero + .milliseconds(2_010)) }
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: transport), witnesses: [.socket])
        plan.testify(&facts)
        return facts.idle?.holds[0]
    }

    @Test("An error about the question after the silence is whose it is, and the connection is lost by it")
    func rejectedLater() throws {
        let (first, second) = (
            ICMPError(family: .v4, type: 3, code: 1), ICMPError(family: .v4, type: 3, code: 13)
        )
        let (near, far) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("192.0.2.2")))
        for transport in [Transport.tcp, .udp] {
            let hold = asked(.rejected(first, by: near), .rejected(second, by: far), over: transport)
            #expect(hold?.outcome == .lost && hold?.rejection?.error == first && hold?.rejection?.sender == near)
        }
        let failed = asked(.failed(SocketError(linux: 110)))
        #expect(failed?.outcome == .lost && failed?.failure == SocketError(linux: 110))
        #expect(asked(.lost)?.outcome == .lost && asked(.lost)?.failure == nil)
    }

    @Test("What comes while a connection opens is its end, and no answer but an answer opens a mapping")
    func opening() {
        for outcome in [FollowUpOutcome.failed(nil), .lost, .closed(isReset: true)] {
            var plan = IdleProbe(.tcp, times: [.seconds(2)], hasWire: false)
            _ = plan.begin(at: .zero)
            #expect(plan.handle(.outcome(0, outcome), at: .zero).contains(.stop(0)))
            #expect(plan.isFinished)
        }
        var plan = IdleProbe(.udp, times: [.seconds(2)], hasWire: false)
        _ = plan.begin(at: .zero)
        #expect(plan.handle(.outcome(0, .foreign(.anotherTransaction)), at: .zero).isEmpty && !plan.isFinished)
        // Asked again until it opens; one answer too many changes nothing.
        #expect(plan.handle(.time, at: .zero + .seconds(1)).contains(.again(0)))
        _ = plan.handle(.outcome(0, .answered), at: .zero + .seconds(1))
        #expect(plan.handle(.outcome(0, .answered), at: .zero + .milliseconds(1_100)).isEmpty)
        #expect(!plan.isFinished)
    }
}
