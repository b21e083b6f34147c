import Conversations
import Diagnosis
import PacketWire
import Testing

@testable import Probing

/// What each experiment sends, and when it makes no sense.
struct ExperimentStepTests {
    private static let target = Attempt.Kind.tcp(port: 5432)
    private static let host = IPAddress("203.0.113.10")!

    private enum Outcome {
        case silent
        case open
        case reset
    }

    private static func attempt(
        _ purpose: Attempt.Purpose, to kind: Attempt.Kind = target, from port: UInt16 = 40_000, _ outcome: Outcome
    ) -> Attempt {
        var attempt = Attempt(purpose: purpose, kind: kind, remote: host, startedAt: .zero)
        attempt.local = Endpoint(IPAddress("198.51.100.2")!, port)
        let at = Instant.zero + .milliseconds(8)
        switch outcome {
        case .silent: attempt.socket = SocketOutcome()
        case .open: attempt.socket = SocketOutcome(state: .connected, at: at)
        case .reset: attempt.socket = SocketOutcome(state: .failed(SocketError(linux: 111), atOnce: false), at: at)
        }
        return attempt
    }

    private static func context(
        _ attempts: [Attempt], _ change: (inout ProbeCircumstances) -> Void = { _ in }
    ) -> ExperimentContext {
        let transport = attempts[0].kind.transport ?? .tcp
        var facts = Facts(
            target: Target(input: "test", host: "\(host)", address: host, port: 5432, transport: transport),
            witnesses: [.socket])
        facts.attempts = attempts
        var circumstances = ProbeCircumstances()
        change(&circumstances)
        return ExperimentContext(facts: facts, circumstances: circumstances)
    }

    /// A first round from 41000, 41001, …; every other one is answered.
    private static func round(_ count: Int) -> [Attempt] {
        [attempt(.primary, .silent)]
            + (0..<count).map {
                attempt(
                    .experiment(.sourcePort(round: 1)), from: 41_000 + UInt16($0), $0 % 2 == 0 ? .silent : .open)
            }
    }

    @Test("Repetitions leave room for connections held together, as long as there is room for them")
    func keptRoom() throws {
        let open = Self.context([Self.attempt(.primary, .open)]) { $0.isThorough = true }
        let held = 3 * HeldConnections.steps(open).count
        let ports = 3 * OtherSourcePorts.steps(open).count
        func next(_ packetsLeft: Int, done: Set<String> = [], _ remaining: Set<CauseID>) -> String? {
            Experiments.next(open, remaining: remaining, done: done, packetsLeft: packetsLeft, isAtEnd: false)?.plan
                .name
        }
        let both: Set<CauseID> = ["ConnectionLimit", "RandomLoss", "BrokenMember"]
        #expect(held > 0 && ports > 0)
        #expect(next(held + ports, both) == OtherSourcePorts.name)
        #expect(next(held + ports - 1, both) == HeldConnections.name)
        // Nobody asks for a limit, or it was tried, or there is no room for it: then the room is the others'.
        #expect(next(held + ports - 1, both.subtracting(["ConnectionLimit"])) == OtherSourcePorts.name)
        #expect(next(held + ports - 1, done: [HeldConnections.name], both) == OtherSourcePorts.name)
        if ports < held { #expect(next(held - 1, both) == OtherSourcePorts.name) }
        #expect(next(min(held, ports) - 1, both) == nil)
    }

    @Test("Each is sent where it can tell something, and nowhere else")
    func occasions() {
        let silent = Self.context([Self.attempt(.primary, .silent)])
        let refused = Self.context([Self.attempt(.primary, .reset)])
        let open = Self.context([Self.attempt(.primary, .open)])
        let datagram = Self.context([Self.attempt(.primary, to: .udp(port: 5432), .silent)])
        let able = Self.context([Self.attempt(.primary, .silent)]) {
            $0.mayCraft = true
            $0.privilegedPorts = [20, 1_023]
            $0.otherSources = (3...9).map { IPAddress("198.51.100.\($0)")! }
        }
        let mixed = Self.context(Self.round(8))
        let controlled = Self.context([
            Self.attempt(.primary, .silent), Self.attempt(.control, to: .echo, .open),
            Self.attempt(.control, to: .tcp(port: 22), .reset),
        ])
        let table: [(any ExperimentPlan.Type, [Int])] = [
            //                          silent refused open datagram able mixed controlled
            (OtherSourcePorts.self, [8, 8, 8, 8, 8, 8, 8]), (MoreSourcePorts.self, [0, 0, 0, 0, 0, 0, 0]),
            (SameSourcePorts.self, [0, 0, 0, 0, 0, 8, 0]),
            (PacedTries.self, [0, 0, 0, 0, 0, 4, 0]), (BurstAgain.self, [0, 0, 0, 0, 0, 0, 0]),
            (OtherSourceAddress.self, [0, 0, 0, 0, 2, 0, 0]),
            (PrivilegedSourcePort.self, [0, 0, 0, 0, 2, 0, 0]),
            // No SYN of the kernel's was seen that could be changed.
            (SYNVariants.self, [0, 0, 0, 0, 0, 0, 0]), (ChangedOnceMore.self, [0, 0, 0, 0, 0, 0, 0]),
            (OnceMore.self, [0, 2, 2, 0, 0, 0, 0]), (OnceMoreFromOtherPorts.self, [0, 0, 0, 0, 0, 0, 0]),
            (RefusedPortsAgain.self, [0, 0, 0, 0, 0, 0, 0]), (RefusedLater.self, [0, 0, 0, 0, 0, 0, 0]),
            (RefusedSlowly.self, [0, 0, 0, 0, 0, 0, 0]), (HeldConnections.self, [0, 0, 0, 0, 0, 0, 0]),
            // A reset whose TTL nobody saw tells nothing beside another.
            (UnusedPortReset.self, [0, 0, 0, 0, 0, 0, 0]), (ControlOnceMore.self, [0, 0, 0, 0, 0, 0, 1]),
        ]
        for (plan, counts) in table {
            let all = [silent, refused, open, datagram, able, mixed, controlled].map { plan.steps($0) }
            #expect(all.map(\.count) == counts, "\(plan.name)")
            #expect(all.allSatisfy { $0.count <= plan.mostPackets(isThorough: false) }, "\(plan.name)")
            #expect(all.joined().allSatisfy { $0.after >= .zero })
        }
        #expect(table.count == Experiments.all.count)
        #expect(ControlOnceMore.steps(controlled).first?.kind == .tcp(port: 22), "never the echo")
        let both = Self.context([
            Self.attempt(.primary, .silent), Self.attempt(.control, to: .tcp(port: 443), .reset),
            Self.attempt(.control, to: .tcp(port: 80), .open),
        ])
        #expect(
            ControlOnceMore.steps(both).map(\.kind) == [.tcp(port: 80)], "the open one: only that can turn to resets")
        #expect(Set(PrivilegedSourcePort.steps(able).compactMap(\.sourcePort)) == [1_023, 20])
        #expect(Set(OtherSourceAddress.steps(able).compactMap(\.source)).count == 2)
    }

    /// What two tries after a refusal bring, and how many more ports are tried then.
    @Test("What passed with a change comes twice more, one of each kind, and only where nothing else passes")
    func changedOnceMore() {
        func changed(_ privileged: [Outcome], first: Outcome = .silent) -> ExperimentContext {
            Self.context(
                [Self.attempt(.primary, first), Self.attempt(.experiment(.privilegedPort), from: 20, .silent)]
                    + privileged.map { Self.attempt(.experiment(.privilegedPort), from: 1_023, $0) } + [
                        Self.attempt(.experiment(.variant(.withoutTimestamps)), from: 50_000, .open),
                        Self.attempt(.experiment(.variant(.withMaximumSegmentSizeOnly)), from: 50_002, .open),
                    ])
        }
        let steps = ChangedOnceMore.steps(changed([.open]))
        #expect(
            steps.map(\.experiment) == [
                .privilegedPort, .variant(.withoutTimestamps), .privilegedPort, .variant(.withoutTimestamps),
            ])
        #expect(steps.map(\.sourcePort) == [1_023, nil, 1_023, nil])
        #expect(steps.map(\.after) == [0, 250, 500, 750].map(TimeSpan.milliseconds))
        #expect(steps.count <= ChangedOnceMore.mostPackets(isThorough: false))
        // Those that came again already, and those that never passed.
        #expect(
            ChangedOnceMore.steps(changed([.open, .silent])).map(\.experiment).allSatisfy { $0 != .privilegedPort })
        #expect(ChangedOnceMore.steps(changed([.silent])).count == 2)
        #expect(ChangedOnceMore.steps(changed([.open], first: .open)).isEmpty)
    }

    @Test(
        "More ports are tried until two were refused and two were not, and those once more",
        arguments: zip([0, 1, 2], [6, 6, 6]))
    func refusedPorts(passing: Int, count: Int) {
        func rerun(_ index: Int, _ outcome: Outcome) -> Attempt {
            Self.attempt(.experiment(.rerun), from: 41_000 + UInt16(index), outcome)
        }
        let two = [Self.attempt(.primary, .reset)] + (0..<2).map { rerun($0, $0 < passing ? .open : .reset) }
        let more = OnceMoreFromOtherPorts.steps(Self.context(two))
        #expect(more.count == count && RefusedPortsAgain.steps(Self.context(two)).isEmpty)
        // Half of them from ports that connect() does not choose by itself.
        #expect(more.compactMap(\.sourcePort).count == 3 && more.compactMap(\.sourcePort).allSatisfy { $0 % 2 == 1 })
        let all = two + (2..<8).map { rerun($0, $0 % 2 == 0 ? .open : .reset) }
        #expect(OnceMoreFromOtherPorts.steps(Self.context(all)).isEmpty)
        let again = RefusedPortsAgain.steps(Self.context(all))
        #expect(again.count == 6 && Set(again.compactMap(\.sourcePort)).count == 6)
        // Nothing answered: the router had no error to spend, and nothing is known yet.
        let silent = [Self.attempt(.primary, .reset)] + (0..<2).map { rerun($0, .silent) }
        #expect(OnceMoreFromOtherPorts.steps(Self.context(silent)).count == count)
        let unasked = Self.context([Self.attempt(.primary, .silent), rerun(0, .silent)])
        #expect(OnceMoreFromOtherPorts.steps(unasked).isEmpty)
    }

    @Test("What was refused nine times is tried once more after a pause, and twice more where that passes")
    func refusedLater() {
        func tries(_ late: Outcome?, count: Int = 8) -> ExperimentContext {
            var attempts = [Self.attempt(.primary, .reset)]
            for index in 0..<count {
                attempts.append(Self.attempt(.experiment(.rerun), from: 41_000 + UInt16(index), .reset))
            }
            if let late {
                var attempt = Self.attempt(.experiment(.rerun), from: 42_000, late)
                attempt.startedAt = .zero + RefusalTries.pause
                attempts.append(attempt)
            }
            return Self.context(attempts)
        }
        #expect(RefusedLater.steps(tries(nil)).map(\.after) == [RefusalTries.pause])
        #expect(RefusedLater.steps(tries(nil, count: 7)).isEmpty && RefusedLater.steps(tries(.reset)).isEmpty)
        #expect(RefusedSlowly.steps(tries(nil)).isEmpty && RefusedSlowly.steps(tries(.reset)).isEmpty)
        let slow = RefusedSlowly.steps(tries(.open))
        #expect(slow.map(\.after) == [RefusalTries.pause, RefusalTries.pause + RefusalTries.pause])
    }

    @Test("Thorough rounds are twice as long, and none is longer than it said")
    func thorough() {
        let context = Self.context(Self.round(16)) { $0.isThorough = true }
        #expect(OtherSourcePorts.steps(context).count == 16 && SameSourcePorts.steps(context).count == 16)
        for plan in Experiments.all {
            #expect(plan.steps(context).count <= plan.mostPackets(isThorough: true), "\(plan.name)")
        }
    }

    @Test("A group of connections is held only in a thorough run that got through, and let go before the last one")
    func held() {
        let open = Self.context([Self.attempt(.primary, .open)]) { $0.isThorough = true }
        let steps = HeldConnections.steps(open)
        #expect(steps.count == HeldConnections.mostPackets(isThorough: true))
        func all(_ step: HeldStep) -> [ExperimentStep] { steps.filter { $0.experiment == .held(step) } }
        #expect(steps == all(.one) + all(.whileHeld) + all(.afterRelease))
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.after <= $1.after })
        #expect(steps.filter(\.releases) == [all(.afterRelease)[0]])
        // Time passes first: a limit on their rate would let it through.
        #expect(all(.whileHeld)[0].after >= (all(.one).last?.after ?? .zero) + .seconds(1))
        #expect(HeldConnections.steps(Self.context([Self.attempt(.primary, .silent)]) { $0.isThorough = true }).isEmpty)
    }

    @Test("Slow tries come one a second, and not where the port decides")
    func paced() {
        let steps = PacedTries.steps(Self.context(Self.round(8)))
        let gaps = zip(steps.dropFirst(), steps).map { $0.after.nanoseconds - $1.after.nanoseconds }
        #expect(gaps.allSatisfy { $0 >= 1_000_000_000 } && steps[0].after >= .seconds(1))
        let again = (0..<8).map {
            Self.attempt(
                .experiment(.sourcePort(round: 2)), from: 41_000 + UInt16($0), $0 % 2 == 0 ? .silent : .open)
        }
        #expect(PacedTries.steps(Self.context(Self.round(8) + again)).isEmpty)
    }

    /// How many of a first round pass, and how many more are then tried: two of a kind tell, and the first attempt is one
    /// that fails.
    @Test(
        "More ports are tried where all but one of the first did the same",
        arguments: zip([0, 1, 2, 4, 7, 8], [0, 8, 0, 0, 0, 8]))
    func more(passing: Int, count: Int) {
        let first = (0..<8).map {
            Self.attempt(
                .experiment(.sourcePort(round: 1)), from: 41_000 + UInt16($0), $0 < passing ? .open : .silent)
        }
        let steps = MoreSourcePorts.steps(Self.context([Self.attempt(.primary, .silent)] + first))
        #expect(steps.count == count && steps.allSatisfy { $0.experiment == .sourcePort(round: 1) })
        #expect(steps.allSatisfy { $0.sourcePort == nil })
    }

    @Test("Of more ports than are tried again, those of the rarer kind are first")
    func rarer() {
        for (silent, expected) in [(1, 1), (6, 6), (12, 4)] {
            let first = (0..<16).map {
                Self.attempt(
                    .experiment(.sourcePort(round: 1)), from: 41_000 + UInt16($0), $0 < silent ? .silent : .open)
            }
            let ports = SameSourcePorts.steps(Self.context([Self.attempt(.primary, .silent)] + first))
                .compactMap(\.sourcePort)
            #expect(ports.count == 8 && ports.count { $0 < 41_000 + UInt16(silent) } == expected)
        }
    }

    @Test("Slow tries come from ports that failed in the burst")
    func pacedPorts() {
        let ports = PacedTries.steps(Self.context(Self.round(4))).compactMap(\.sourcePort)
        #expect(ports.count == 4 && Set(ports) == [41_000, 41_002])
        // Where only the first attempt failed, any port will do.
        let open =
            [Self.attempt(.primary, .silent)]
            + (0..<8).map { Self.attempt(.experiment(.sourcePort(round: 1)), from: 41_000 + UInt16($0), .open) }
        #expect(PacedTries.steps(Self.context(open)).map(\.sourcePort) == [nil, nil, nil, nil])
    }

    @Test("Datagrams are tried from their services' own ports, as far as this process holds them")
    func datagramPorts() {
        let context = Self.context([Self.attempt(.primary, to: .udp(port: 5432), .silent)]) {
            $0.privilegedPorts = [20, 123, 1_023]
        }
        #expect(PrivilegedSourcePort.steps(context).compactMap(\.sourcePort) == [1_023, 123])
    }

    @Test("A burst is repeated where the first one failed and slow tries passed, once")
    func burstAgain() {
        let failed = (0..<8).map {
            Self.attempt(.experiment(.sourcePort(round: 1)), from: 41_000 + UInt16($0), .silent)
        }
        let slow = (0..<4).map { Self.attempt(.experiment(.paced), from: 43_000 + UInt16($0), .open) }
        let context = Self.context(failed + slow)
        #expect(BurstAgain.steps(context).count == BurstAgain.mostPackets(isThorough: false))
        #expect(BurstAgain.steps(context).allSatisfy { $0.experiment == .burstAgain && $0.sourcePort == nil })
        #expect(BurstAgain.steps(Self.context(failed)).isEmpty && BurstAgain.steps(Self.context(slow)).isEmpty)
        let again = (0..<8).map { Self.attempt(.experiment(.burstAgain), from: 44_000 + UInt16($0), .silent) }
        #expect(BurstAgain.steps(Self.context(failed + slow + again)).isEmpty)
    }

    /// Every second packet lost, say, loses the same ports again if the second round keeps the order of the first.
    @Test("The second round has the same ports in an order that no count follows", arguments: [8, 16])
    func shuffled(count: Int) {
        let context = Self.context(Self.round(count)) { $0.isThorough = true }
        let ports = SameSourcePorts.steps(context).compactMap(\.sourcePort)
        #expect(ports.sorted() == (0..<count).map { 41_000 + UInt16($0) })
        for modulus in 2...5 {
            for offset in 0..<modulus {
                let first = Set((0..<count).filter { $0 % modulus == 0 }.map { 41_000 + UInt16($0) })
                let second = Set(ports.indices.filter { ($0 + offset) % modulus == 0 }.map { ports[$0] })
                #expect(first != second, "every packet of \(modulus), from \(offset)")
            }
        }
    }
}
