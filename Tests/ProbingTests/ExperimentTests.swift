import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// One thing about the path that only an experiment shows, and the verdict that it must get.
struct SimulatedExperiment: Sendable, CustomTestStringConvertible {
    var name: String
    var hasWire = true
    var circumstances: @Sendable (inout ProbeCircumstances) -> Void = { _ in }
    var arrange: @Sendable (inout SimulatedPath) -> Void
    var verdict: Verdict
    var mechanism: Mechanism?
    var zones: Set<Zone>
    var confidence: Confidence
    /// Words that the summary must hold.
    var says: String
    /// The look-alike that is nearly the same and gets another verdict, side by side in this table.
    var testDescription: String { name }
}

private let web = Attempt.Kind.tcp(port: 443)
private let target = Attempt.Kind.tcp(port: 5432)
private let otherSource = IPAddress("198.51.100.3")!

let simulatedExperiments: [SimulatedExperiment] = [
    SimulatedExperiment(
        name: "half of the packets are lost",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .chance(percent: 50, seed: 11))]
        }, verdict: .degraded, mechanism: .loss, zones: [.path, .returnPath, .destination], confidence: .strong,
        says: "lost"),
    SimulatedExperiment(
        name: "all of the packets are lost: a block",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .chance(percent: 100, seed: 1))]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong, says: "swallowed"),
    SimulatedExperiment(
        name: "a limit of one a second that is used up at first",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [
                .init(.forward(hop: 2), [target], .drop, when: .before(Instant(nanoseconds: 500_000_000))),
                .init(.forward(hop: 2), [target], .drop, when: .overRate(1)),
            ]
        }, verdict: .degraded, mechanism: .rateLimit, zones: [.path, .destination, .returnPath], confidence: .strong,
        says: "limits new connections"),
    SimulatedExperiment(
        name: "the last router resets one port: the host's own resets come from farther away",
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.forward(hop: 3), [target], .reset)]
        }, verdict: .blocked, mechanism: .tcpReset, zones: [.path], confidence: .strong, says: "made nearer"),
    SimulatedExperiment(
        name: "the second router resets what it would forward",
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .reset)]
        }, verdict: .blocked, mechanism: .tcpReset, zones: [.path], confidence: .strong, says: "(hop 2)"),
    SimulatedExperiment(
        name: "the third router takes it for itself and resets: the answer has passed one router more",
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.ingress(hop: 3), [target], .reset)]
        }, verdict: .blocked, mechanism: .tcpReset, zones: [.path], confidence: .strong, says: "(hop 3)"),
    SimulatedExperiment(
        name: "all resets come from one hop nearer: a filter for all ports, or another way back",
        arrange: {
            $0.open[web] = .holds
            let closed: Set = [target, .tcp(port: 22), .tcp(port: 80), .tcp(port: Experiment.portOfNobody)]
            $0.rules = [.init(.forward(hop: 3), closed, .reset)]
        }, verdict: .blocked, mechanism: .tcpReset, zones: [.path, .destination], confidence: .likely,
        says: "another of several ways back"),
    SimulatedExperiment(
        name: "every other path is broken",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .sourcePort(modulo: 2, below: 1))]
        }, verdict: .degraded, mechanism: .silentDrop, zones: [.path, .returnPath, .destination],
        confidence: .strong, says: "source port"),
    SimulatedExperiment(
        name: "only ports below 1024 are let through",
        circumstances: { $0.privilegedPorts = [20, 1_023] },
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .sourcePortAbove(1_023))]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong,
        says: "a rule looks at the source port"),
    SimulatedExperiment(
        name: "no port is let through, those below 1024 neither",
        circumstances: { $0.privilegedPorts = [20, 1_023] },
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop)]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong, says: "swallowed"),
    SimulatedExperiment(
        name: "another source address is let through",
        circumstances: { $0.otherSources = [otherSource] },
        arrange: { path in
            path.open[web] = .holds
            path.open[target] = .holds
            path.rules = [.init(.forward(hop: 2), [target], .drop, when: .source(path.local))]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong,
        says: "another address of this machine"),
    SimulatedExperiment(
        name: "another source address is not let through either",
        circumstances: { $0.otherSources = [otherSource] },
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop)]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong, says: "swallowed"),
    SimulatedExperiment(
        name: "the same SYN without timestamps is let through",
        circumstances: { $0.mayCraft = true },
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [
                .init(
                    .forward(hop: 2), [target], .drop,
                    when: .unlessVariant([.withoutTimestamps, .withMaximumSegmentSizeOnly]))
            ]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong,
        says: "without timestamps"),
    SimulatedExperiment(
        name: "what we make ourselves is let through unchanged: no matter of options",
        circumstances: { $0.mayCraft = true },
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [
                .init(.forward(hop: 2), [target], .drop, when: .unlessVariant(Set(SYNVariant.allCases)))
            ]
            // Copies from other ports pass, and each hop was asked from another port, too; but eight further ports fail.
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path], confidence: .strong,
        says: "as far as packets from other ports tell"),
    SimulatedExperiment(
        name: "everything is dropped after a while: shut out",
        arrange: {
            $0.open[web] = .holds
            $0.rules = [
                .init(.forward(hop: 2), [target], .drop),
                .init(.host, [], .drop, when: .after(Instant(nanoseconds: 800_000_000))),
            ]
        }, verdict: .blocked, mechanism: .silentDrop, zones: [.path, .destination, .returnPath], confidence: .likely,
        says: "no longer does"),
    SimulatedExperiment(
        name: "refused at first, accepted a moment later",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.host, [target], .reset, when: .before(Instant(nanoseconds: 5_000_000)))]
        }, verdict: .degraded, mechanism: .tcpReset, zones: [.path, .destination], confidence: .strong,
        says: "Refused at first"),
    SimulatedExperiment(
        name: "refused each time",
        arrange: {
            $0.open[web] = .holds
            $0.rules = [.init(.host, [target], .reset)]
        }, verdict: .closed, mechanism: .noListener, zones: [.destination], confidence: .likely,
        says: "nothing listens"),
    SimulatedExperiment(
        name: "the first SYN is lost and nothing after it",
        arrange: {
            $0.open[web] = .holds
            $0.open[target] = .holds
            $0.rules = [.init(.forward(hop: 2), [target], .drop, when: .before(Instant(nanoseconds: 5_000_000)))]
        }, verdict: .degraded, mechanism: .loss, zones: [.path, .returnPath, .destination], confidence: .likely,
        says: "1 of "),
]

@Test(
    "What only an experiment shows gets its own verdict, and what almost looks like it another",
    arguments: simulatedExperiments)
func experimentsSeparate(_ experiment: SimulatedExperiment) {
    var path = SimulatedPath.threeRouters()
    experiment.arrange(&path)
    var simulation = Simulation(path)
    simulation.hasWire = experiment.hasWire
    experiment.circumstances(&simulation.circumstances)
    // What the kernel's SYN carries, so that there is something to leave out.
    let result = simulation.probe(.tcp, 5432)
    let diagnosis = result.diagnosis
    let seen = "\(diagnosis.summary) \(diagnosis.evidence.map { "\($0.fact) \($0.detail)" })"
    #expect(diagnosis.verdict == experiment.verdict, "\(seen)")
    #expect(diagnosis.mechanism == experiment.mechanism, "\(seen)")
    #expect(Set(diagnosis.zones) == experiment.zones, "\(seen)")
    #expect(diagnosis.confidence == experiment.confidence, "\(seen)")
    #expect(diagnosis.summary.contains(experiment.says), "\(seen)")
    #expect(result.packets <= 120)
    #expect(result.elapsed <= .seconds(15))
}

@Test("Thoroughness doubles the budget and looks behind an open port")
func thorough() {
    var path = SimulatedPath.threeRouters()
    path.open[target] = .holds
    var simulation = Simulation(path)
    simulation.circumstances.isThorough = true
    let result = simulation.probe(.tcp, 5432)
    #expect(result.diagnosis.verdict == .open)
    #expect(result.facts.attempts.contains { $0.purpose == .control && $0.kind == web })
    let plan = ProbePlan(ProbeSettings(), .tcp, isThorough: true)
    #expect(plan.mostPackets == 2 * ProbePlan(ProbeSettings(), .tcp, isThorough: false).mostPackets)
}

@Test("Every cause that an experiment names is in the catalogue")
func separatedCausesExist() {
    let known = Set(CauseID.all)
    for plan in Experiments.all {
        #expect(!plan.separates.isEmpty)
        for cause in plan.separates { #expect(known.contains(cause), "\(plan.name) names \(cause)") }
    }
    #expect(Set(Experiments.all.map { $0.name }).count == Experiments.all.count)
}

@Test("The plan names every experiment, once, with what it costs")
func planIsComplete() {
    // What a usual run leaves out costs nothing there, and is not named.
    let usual = ProbePlan(ProbeSettings(), .tcp, isThorough: false)
    #expect(usual.steps.allSatisfy { $0.packets > 0 && $0.name != HeldConnections.name })
    let plan = ProbePlan(ProbeSettings(), .tcp, isThorough: true)
    for experiment in Experiments.all {
        let steps = plan.steps.filter { $0.name == experiment.name }
        #expect(steps.count == 1 && steps[0].packets > 0 && steps[0].question == experiment.question)
    }
    // Datagrams have those that make sense without a handshake.
    let datagrams = ProbePlan(ProbeSettings(), .udp, isThorough: false).steps.map(\.name)
    let names = Experiments.all.filter { $0.transports.contains(.udp) }.map { $0.name }
    #expect(datagrams.filter { name in Experiments.all.contains { $0.name == name } } == names)
    #expect(names.contains(OtherSourcePorts.name) && !names.contains(SYNVariants.name))
}

@Test("The plan names what is asked for beside the usual, with what it costs", arguments: [Transport.tcp, .udp])
func planOfFollowUps(_ transport: Transport) {
    var settings = ProbeSettings()
    let usual = ProbePlan(settings, transport, isThorough: false)
    #expect(!usual.steps.contains { ["packet sizes", "quiet ones"].contains($0.name) })
    settings.idleTimes = [.seconds(30), .seconds(300)]
    settings.measuresPathSize = true
    let steps = ProbePlan(settings, transport, isThorough: false).steps
    let quiet = steps.first { $0.name == "quiet ones" }
    #expect(quiet?.question.contains("still there after 30, 300 s of silence?") == true)
    #expect(quiet?.question.contains(transport == .tcp ? "connection" : "question's way back") == true)
    #expect(quiet?.packets ?? 0 > 0)
    let sizes = steps.first { $0.name == "packet sizes" }
    #expect(sizes?.occasion == "at the end" && sizes?.packets ?? 0 > 0)
}

@Test("What another target of the run found open is the first control that is tried, and never the target itself")
func learnedControl() {
    var path = SimulatedPath.threeRouters()
    path.open[.tcp(port: 8_443)] = .holds
    func controls(_ learned: UInt16?) -> [Attempt.Kind] {
        var simulation = Simulation(path)
        simulation.learnedPort = learned
        return simulation.probe(.tcp, 5432).facts.attempts.filter { $0.purpose == .control }.map(\.kind)
    }
    #expect(controls(8_443).first == .tcp(port: 8_443))
    #expect(controls(5_432) == controls(nil) && !controls(nil).contains(.tcp(port: 5_432)))
}
