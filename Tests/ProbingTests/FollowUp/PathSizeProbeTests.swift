import Conversations
import Diagnosis
import PacketWire
import Probing
import Testing

/// The plan that looks for the largest packet, over paths that lose some.
struct PathSizeProbeTests {
    private func asked(_ family: IPFamily = .v4) -> PathSizeProbe.Situation {
        var situation = PathSizeProbe.Situation(.asked, family, linkMTU: 1_500)
        situation.roundTrip = .milliseconds(20)
        return situation
    }

    private func stalled(_ family: IPFamily = .v4) -> PathSizeProbe.Situation {
        var situation = PathSizeProbe.Situation(.stall, family, linkMTU: 1_500)
        situation.roundTrip = .milliseconds(20)
        situation.hasDialogue = true
        return situation
    }

    private func limit(_ result: SimulatedSizes.Result, _ means: PathSizeFacts.Trial.Means) -> SizeLimit? {
        result.facts.limits.first { $0.means == means }
    }

    @Test("A path that takes everything costs two datagrams")
    func whole() {
        let result = SimulatedSizes().run(asked())
        #expect(result.sent == 2 && result.facts.trials.map(\.size) == [128, 1_500])
        #expect(limit(result, .datagram)?.lost == nil && result.elapsed < .seconds(1))
    }

    @Test("The byte and the hop of a black hole", arguments: [1, 2, 3], [576, 1_280, 1_399, 1_400, 1_499])
    func hole(after: Int, size: Int) {
        var path = SimulatedSizes()
        (path.there, path.after) = (size, after)
        let result = path.run(asked())
        let limit = limit(result, .datagram)
        #expect(limit?.passed == size && limit?.lost == size + 1 && limit?.isConfirmed == true)
        #expect(limit?.isSilent == true && limit?.direction == .outward)
        let large = result.facts.trials.filter { $0.timeToLive != nil && $0.size == size + 1 }
        let reached = large.filter { if case .expired = $0.outcome { true } else { false } }.compactMap(\.timeToLive)
        #expect(reached.max() == after)
        // An allowance of six answers and one a second, and one second for the rungs that decide.
        #expect(result.sent <= 62 && result.elapsed < .seconds(11))
    }

    @Test("A reported limit ends the search, without a ladder")
    func reported() {
        var path = SimulatedSizes()
        (path.there, path.reports) = (1_400, 1_400)
        let result = path.run(asked())
        #expect(result.sent == 3 && limit(result, .datagram)?.reported?.mtu == 1_400)
        #expect(limit(result, .datagram)?.isSilent == false && !result.facts.trials.contains { $0.timeToLive != nil })
    }

    @Test("A host that answers no datagrams is asked by echo; one that answers nothing is left alone")
    func echo() {
        var path = SimulatedSizes()
        (path.answersDatagrams, path.back) = (false, 1_300)
        let result = path.run(asked())
        #expect(limit(result, .echo)?.passed == 1_300 && limit(result, .echo)?.direction == .either)
        path.answersEchoes = false
        let nothing = path.run(asked())
        #expect(nothing.facts.limits.isEmpty && nothing.sent == 4)
    }

    @Test("Where others use up the host's errors, echoes measure, and the routers say where", arguments: [1, 2, 3])
    func spoiled(after: Int) throws {
        var path = SimulatedSizes()
        (path.there, path.after, path.back) = (1_400, after, 1_500)
        // The large one, a middle one and its repetitions are lost by chance, and what is smaller passes.
        path.lost = [2, 3]
        let result = path.run(asked())
        let datagrams = try #require(limit(result, .datagram))
        #expect(datagrams.isContradicted && result.facts.limitThere?.means == .echo)
        #expect(result.facts.limitThere?.passed == 1_400 && result.facts.limitThere?.isConfirmed == true)
        let large = result.facts.trials.filter { $0.timeToLive != nil && $0.size == 1_401 }
        let reached = large.filter { if case .expired = $0.outcome { true } else { false } }.compactMap(\.timeToLive)
        #expect(reached.max() == after && result.sent <= 80)
    }

    @Test("The rung that places the hole is asked twice before it does", arguments: [1, 2])
    func rungAgain(after: Int) throws {
        var path = SimulatedSizes()
        (path.there, path.after) = (1_400, after)
        let whole = path.run(asked()).facts.trials
        func rungs(_ position: Int, _ trials: [PathSizeFacts.Trial]) -> [Int] {
            trials.indices.filter { trials[$0].timeToLive == position && trials[$0].size == 1_401 }
        }
        #expect(rungs(after + 1, whole).count == 2 && rungs(after, whole).count == 1)
        // Its router had no error left for the large packet at first.
        path.lost = Set(rungs(after, whole))
        let found = path.run(asked()).facts.trials
        #expect(rungs(after, found).count == 2 && rungs(after + 1, found).count == 2)
        let last = try #require(rungs(after, found).last)
        #expect(found[last].outcome == .expired(by: SimulatedSizes.router))
    }

    @Test("One lost answer is not taken for a size")
    func chance() {
        for number in 0..<12 {
            var path = SimulatedSizes()
            (path.there, path.lost) = (1_400, [number])
            let found = limit(path.run(asked()), .datagram)
            // Lost twice it is: then the boundary does not repeat itself, or lies elsewhere and says that it is silent.
            #expect(
                found.map { $0.isConfirmed == false || $0.passed <= 1_400 } ?? true,
                "\(number): \(String(describing: found))")
        }
    }

    @Test("Where every other large packet is lost, no size is to blame")
    func loss() {
        var blamed = 0
        for seed in 0..<400 as Range<UInt64> {
            var path = SimulatedSizes()
            path.chance = seed
            let result = path.run(asked())
            if limit(result, .datagram)?.isConfirmed == true { blamed += 1 }
            #expect(result.sent <= 80 && result.elapsed < .seconds(15), "\(seed)")
        }
        // Eight packets of one size in a row, beside others that all pass in the end.
        #expect(blamed <= 2, "\(blamed) of 400")
    }

    @Test("A dialogue that small segments do not heal is no matter of size", arguments: IPFamily.allCases)
    func mute(_ family: IPFamily) {
        var path = SimulatedSizes()
        path.isMute = true
        let result = path.run(stalled(family))
        #expect(result.sent == 1 && result.facts.limits.isEmpty && result.elapsed <= .seconds(5))
    }

    @Test("Which way the dialogue stalls, and from which size", arguments: IPFamily.allCases)
    func direction(_ family: IPFamily) {
        var answers = SimulatedSizes()
        answers.back = 1_400
        let inward = answers.run(stalled(family))
        #expect(limit(inward, .segments)?.direction == .inward && limit(inward, .segments)?.passed == 1_400)
        #expect(limit(inward, .segments)?.isConfirmed == true && limit(inward, .datagram) == nil)
        var questions = SimulatedSizes()
        questions.there = 1_400
        let outward = questions.run(stalled(family))
        #expect(limit(outward, .segments)?.direction == .outward && limit(outward, .segments)?.passed == 1_400)
        // What the segments found is not searched for again.
        let datagrams = outward.facts.trials.filter { $0.means == .datagram && $0.timeToLive == nil }
        #expect(datagrams.map(\.size) == [128, 1_400, 1_401, 1_401, 1_400])
        #expect(outward.elapsed < .seconds(10) && inward.elapsed < .seconds(7))
    }

    @Test("A slow service is waited for, and not where its TCP has taken nothing")
    func slowService() {
        var path = SimulatedSizes()
        (path.there, path.sparesDatagrams, path.serviceTime) = (1_300, true, .milliseconds(900))
        var situation = stalled()
        situation.isTaken = false
        let lostThere = path.run(situation)
        #expect(limit(lostThere, .segments)?.passed == 1_300 && limit(lostThere, .segments)?.isConfirmed == true)
        (path.there, path.back) = (1_500, 1_300)
        let lostBack = path.run(stalled())
        #expect(limit(lostBack, .segments)?.passed == 1_300 && limit(lostBack, .segments)?.direction == .inward)
        // Each size costs less than two seconds and a half of waiting, and each of those that were taken does not.
        let sizes = { (result: SimulatedSizes.Result) in result.facts.trials.count { $0.means == .segments } }
        #expect(sizes(lostThere) >= sizes(lostBack) && lostThere.elapsed < lostBack.elapsed)
    }

    @Test("What was not taken is looked for with datagrams, and two dialogues on each side confirm it")
    func outwardFirst() {
        var path = SimulatedSizes()
        path.there = 1_300
        var situation = stalled()
        situation.isTaken = false
        let found = path.run(situation)
        #expect(limit(found, .segments)?.passed == 1_300 && limit(found, .segments)?.isConfirmed == true)
        #expect(found.facts.trials.count { $0.means == .segments } == 5 && found.elapsed < .seconds(8))
        // A filter that reads ports stops no datagrams: then dialogues have to search.
        path.sparesDatagrams = true
        let alone = path.run(situation)
        #expect(limit(alone, .segments)?.passed == 1_300 && limit(alone, .segments)?.isConfirmed == true)
        #expect(limit(alone, .datagram)?.lost == nil && alone.elapsed < .seconds(8))
        #expect(alone.facts.trials.count { $0.means == .segments } <= 20)
        // Nothing that could be asked beside it answers.
        (path.sparesDatagrams, path.answersDatagrams, path.answersEchoes) = (false, false, false)
        #expect(limit(path.run(situation), .segments)?.passed == 1_300)
    }

    @Test("Several targets of one host take turns, and who comes later takes over what is known")
    func turns() {
        var path = SimulatedSizes()
        path.there = 1_400
        var first = PathSizeProbe(asked())
        #expect(first.begin(at: .zero).isEmpty && first.wantsTurn && !first.holdsTurn && !first.hasMeasured)
        #expect(!first.takeTurn(after: nil, at: .zero).isEmpty && !first.wantsTurn && first.holdsTurn)
        // Its turn never came: nothing was measured, and nothing is said of it.
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: .tcp), witnesses: [.socket])
        PathSizeProbe(asked()).testify(&facts)
        #expect(facts.pathSize == nil)

        let measured = path.run(asked())
        #expect(measured.plan.hasMeasured && !measured.plan.holdsTurn)
        let next = path.run(asked(), after: measured.plan)
        #expect(next.sent == 0 && next.facts.trials == measured.facts.trials && next.plan.hasMeasured)
        // A dialogue that stalls is repeated, at sizes that are known by then.
        var situation = stalled()
        situation.isTaken = false
        let dialogue = path.run(situation, after: measured.plan)
        #expect(limit(dialogue, .segments)?.passed == 1_400 && limit(dialogue, .datagram)?.isConfirmed == true)
        #expect(dialogue.sent == dialogue.facts.trials.count { $0.means == .segments })
        // Over another link it is another path; what the host has left is the same.
        var other = asked()
        other.linkMTU = 1_450
        let again = path.run(other, after: measured.plan)
        #expect(again.sent > 0 && limit(again, .datagram)?.passed == 1_400)
        // Nothing answers: that is known as well.
        (path.answersDatagrams, path.answersEchoes) = (false, false)
        let mute = path.run(asked())
        #expect(path.run(asked(), after: mute.plan).sent == 0)
    }

    @Test("A report of more than passes does not end the search")
    func lie() {
        var path = SimulatedSizes()
        (path.there, path.reports, path.reportsAbove) = (1_300, 1_400, 1_400)
        let found = limit(path.run(asked()), .datagram)
        #expect(found?.passed == 1_300 && found?.reported == nil && found?.claimed?.mtu == 1_400)
        #expect(found?.isSilent == true && found?.isConfirmed == true)
    }

    @Test("Events that mean nothing change nothing")
    func strayEvents() {
        var plan = PathSizeProbe(asked())
        #expect(plan.handle(.time, at: .zero).isEmpty)
        _ = plan.begin(at: .zero)
        for outcome in [
            FollowUpOutcome.answered, .silent(isAcknowledged: nil), .failed(nil),
            .tooBig(mtu: -1, by: SimulatedSizes.router),
        ] {
            #expect(plan.handle(.outcome(77, outcome), at: .zero).isEmpty)
            #expect(plan.handle(.outcome(-1, outcome), at: .zero).isEmpty)
        }
        #expect(!plan.isFinished)
    }

    @Test("What the wire shows of a trial is kept with it, and of no trial that there is not")
    func wire() throws {
        let router = try #require(IPAddress("192.0.2.2"))
        var plan = PathSizeProbe(asked())
        _ = plan.begin(at: .zero)
        _ = plan.takeTurn(after: nil, at: .zero)
        func note(_ kind: SeenPacket.Kind, out: Bool, number: Int = 0) {
            plan.note(
                SeenPacket(
                    frame: 7, at: .zero, fromInitiator: out, source: router, timeToLive: 63, identification: nil,
                    kind: kind), number: number)
        }
        func segment(_ length: Int) -> SeenPacket.Kind {
            .tcp(TCPHeader(from: 443, to: 1, .ack), payloadLength: length)
        }
        note(.udp(payloadLength: 100), out: true)
        note(segment(900), out: false)
        note(segment(400), out: false)
        note(.icmpError(ICMPError(family: .v4, type: 3, code: 4), mtu: 1_400, quotedTimeToLive: 1), out: false)
        // Another error reports no size.
        note(.icmpError(ICMPError(family: .v4, type: 3, code: 1), mtu: nil, quotedTimeToLive: 1), out: false)
        note(segment(5), out: false, number: 99)
        note(segment(5), out: false, number: -1)
        var facts = Facts(
            target: Target(input: "x", host: "x", address: nil, port: 1, transport: .tcp), witnesses: [.wire])
        plan.testify(&facts)
        let trial = try #require(facts.pathSize?.trials.first)
        #expect(trial.wasSeenLeaving == true && trial.longestSeenComing == 900)
        #expect(trial.report == PathSizeFacts.Report(mtu: 1_400, sender: router, frame: 7))
    }
}
