import Conversations
import PacketWire
import Testing

@testable import Diagnosis

/// Verdicts on sizes that pass and sizes that vanish.
struct PathSizeTests {
    typealias Trial = PathSizeFacts.Trial

    private static let host = IPAddress("203.0.113.1") ?? .v4(.any)
    private static func hop(_ number: UInt8) -> IPAddress { .v4(IPv4Address(192, 0, 2, number)) }

    /// Both sides of a boundary, twice.
    private static func boundary(
        _ means: Trial.Means, at size: Int, _ outcome: Trial.Outcome, times: Int = 2
    ) -> [Trial] {
        var small = Trial(means, size: 128)
        small.outcome = .passed
        return [small]
            + (0..<times).flatMap { _ in
                var (good, bad) = (Trial(means, size: size), Trial(means, size: size + 1))
                (good.outcome, bad.outcome) = (.passed, outcome)
                return [good, bad]
            }
    }

    /// A ladder on which the large packet gets as far as `hop`, and the small one to the host at 4.
    private static func ladder(_ size: Int, to last: Int) -> [Trial] {
        (1...4).flatMap { position in
            var (small, large) = (
                Trial(.datagram, size: 128, timeToLive: position), Trial(.datagram, size: size, timeToLive: position)
            )
            small.outcome = position < 4 ? .expired(by: hop(UInt8(position))) : .passed
            if position <= last { large.outcome = .expired(by: hop(UInt8(position))) }
            return [small, large]
        }
    }

    private func diagnose(
        _ trials: [Trial], _ occasion: PathSizeFacts.Occasion = .asked, hasWire: Bool = true, agreed: Int? = 1_500,
        _ change: (inout Facts) -> Void = { _ in }
    ) -> TargetDiagnosis {
        var facts = Facts(
            target: Target(input: "x", host: "x", address: Self.host, port: 443, transport: .tcp),
            witnesses: hasWire ? [.socket, .wire] : [.socket])
        var attempt = Attempt(purpose: .primary, kind: .tcp(port: 443), remote: Self.host, startedAt: .zero)
        attempt.socket = SocketOutcome(state: .connected, at: .zero + .milliseconds(10))
        attempt.socket?.aftermath = .held
        attempt.socket?.isEndAcknowledged = true
        facts.attempts = [attempt]
        if occasion == .stall {
            facts.request = ApplicationRequest(usesTLS: false, path: "/")
            facts.application = ApplicationFacts()
            facts.application?.http = HTTPFact(method: "GET", path: "/", host: "x", sentAt: .zero)
            facts.application?.http?.end = .silence(.seconds(8), isAcknowledged: nil)
        }
        facts.pathSize = PathSizeFacts(occasion, linkMTU: 1_500)
        facts.pathSize?.agreedSegment = agreed
        facts.pathSize?.trials = trials
        change(&facts)
        return facts.diagnose()
    }

    @Test("A hole is placed by the ladder", arguments: [0, 1, 2, 3])
    func placed(last: Int) {
        let trials = Self.boundary(.datagram, at: 1_400, .silence) + Self.ladder(1_401, to: last)
        let diagnosis = diagnose(trials) { $0.pathSize?.trials[2].wasSeenLeaving = true }
        #expect(diagnosis.verdict == .degraded && diagnosis.stage == .transfer)
        #expect(diagnosis.mechanism == .mtuBlackHole && diagnosis.confidence == .strong)
        #expect(diagnosis.afterHop?.ttl == (last == 0 ? nil : last) && diagnosis.beforeHop?.ttl == last + 1)
        // What vanishes on the last stretch may vanish at the host.
        #expect(diagnosis.zones == (last == 3 ? [.path, .destination] : [.path]))
        #expect(diagnosis.summary.contains("1400 bytes vanish") && !diagnosis.advice.isEmpty)
    }

    @Test("Without a capture this machine is among the places")
    func unprivileged() {
        let trials = Self.boundary(.datagram, at: 1_400, .silence)
        #expect(diagnose(trials + Self.ladder(1_401, to: 2), hasWire: false).zones == [.path, .localIngress])
        #expect(
            Set(diagnose(trials, hasWire: false).zones) == [.path, .destination, .localEgress, .localIngress])
    }

    @Test("A limit that is told, or this machine's own, is no fault")
    func told() {
        for outcome in [Trial.Outcome.tooBig(mtu: 1_400, by: Self.hop(2)), .local(mtu: 1_400)] {
            let diagnosis = diagnose(Self.boundary(.datagram, at: 1_400, outcome))
            #expect(diagnosis.verdict == .open && diagnosis.zones.isEmpty)
        }
        let told = diagnose(Self.boundary(.datagram, at: 1_400, .tooBig(mtu: 1_400, by: Self.hop(2))))
        #expect(told.summary.hasSuffix("takes 1400 bytes in one packet; 192.0.2.2 says so."), "\(told.summary)")
    }

    @Test("A limit that is told, and is more than passes, is none that was told")
    func claimed() {
        var lie = Trial(.datagram, size: 1_500)
        lie.outcome = .tooBig(mtu: 1_400, by: Self.hop(2))
        lie.report = PathSizeFacts.Report(mtu: 1_400, sender: Self.hop(2), frame: 7)
        let trials = [lie] + Self.boundary(.datagram, at: 1_300, .silence) + Self.ladder(1_301, to: 2)
        let diagnosis = diagnose(trials)
        #expect(diagnosis.verdict == .degraded && diagnosis.zones == [.path] && diagnosis.afterHop?.ttl == 2)
        #expect(diagnosis.summary.contains("192.0.2.2 says that 1400 pass, and only 1300 do"), "\(diagnosis.summary)")
    }

    @Test("Where the ends agreed on less, nothing of TCP vanishes")
    func clamped() {
        let trials = Self.boundary(.datagram, at: 1_400, .silence)
        #expect(diagnose(trials, agreed: 1_400).verdict == .open)
        #expect(diagnose(trials, agreed: 1_401).verdict == .degraded)
        #expect(diagnose(trials, agreed: nil).verdict == .degraded)
    }

    @Test("Small segments that heal a dialogue say which way it stalled")
    func healed() {
        let inward = diagnose(Self.boundary(.segments, at: 1_400, .unanswered), .stall)
        #expect(inward.verdict == .interfered && inward.stage == .application)
        #expect(inward.zones == [.returnPath, .destination] && inward.afterHop == nil)
        #expect(inward.mechanism == .mtuBlackHole && inward.confidence == .strong)
        let outward = diagnose(
            Self.boundary(.segments, at: 1_400, .unacknowledged) + Self.boundary(.datagram, at: 1_400, .silence)
                + Self.ladder(1_401, to: 2), .stall)
        #expect(outward.zones == [.path] && outward.afterHop == Hop(ttl: 2, address: Self.hop(2)))
        // Small ones were no better.
        let mute = diagnose([Trial(.segments, size: 576)], .stall)
        #expect(
            mute.mechanism == .noReply && mute.evidence.contains { $0.detail == "no limit above that is the matter" })
    }

    @Test("A report that came in and was not heard is stopped here")
    func deaf() {
        var trials = Self.boundary(.datagram, at: 1_400, .silence) + Self.ladder(1_401, to: 2)
        trials[2].report = PathSizeFacts.Report(mtu: 1_400, sender: Self.hop(2), frame: 9)
        let diagnosis = diagnose(trials)
        #expect(diagnosis.zones == [.localIngress] && diagnosis.afterHop == nil && diagnosis.lookAlikes.isEmpty)
        #expect(diagnosis.evidence.contains { $0.frames == [9] })
    }

    @Test("What this machine's own filter stops, on the way out or in, is its own")
    func own() {
        let out = diagnose(Self.boundary(.datagram, at: 1_400, .stoppedHere))
        #expect(out.zones == [.localEgress] && out.verdict == .degraded && out.lookAlikes.isEmpty)
        var trials = Self.boundary(.segments, at: 1_400, .unanswered)
        trials[2].longestSeenComing = 100
        #expect(diagnose(trials, .stall).zones == [.returnPath, .destination])
        // 1,401 bytes bear 1,349 behind IPv4, TCP and timestamps.
        trials[2].longestSeenComing = 1_349
        #expect(diagnose(trials, .stall).zones == [.localIngress])
    }

    @Test("Where datagrams as large pass, it is no link: a filter that reads may be fooled by small segments")
    func dialogueOnly() {
        var whole = Trial(.datagram, size: 1_500)
        whole.outcome = .passed
        let diagnosis = diagnose(Self.boundary(.segments, at: 1_000, .unacknowledged) + [whole], .stall)
        #expect(diagnosis.mechanism == .mtuBlackHole && diagnosis.confidence == .likely)
        #expect(diagnosis.lookAlikes.first?.cause.contains("reads") == true)
        // A datagram of another limit that is farther away says the same, one that is nearer does not.
        let farther = diagnose(
            Self.boundary(.segments, at: 1_000, .unacknowledged) + Self.boundary(.datagram, at: 1_400, .silence), .stall
        )
        #expect(farther.confidence == .likely)
        let same = diagnose(
            Self.boundary(.segments, at: 1_000, .unacknowledged) + Self.boundary(.datagram, at: 1_000, .silence), .stall
        )
        #expect(same.confidence == .strong)
    }

    @Test("Sizes are tried where the hellos leave it open, and nowhere else")
    func occasions() {
        var application = ApplicationFacts()
        #expect(!application.mayStallBySize)
        var failed = TLSFact(serverName: "web.lab", sentAt: .zero)
        failed.outcome = .broken(.silence(.seconds(8), isAcknowledged: false))
        application.tls = failed
        #expect(application.mayStallBySize)
        // The same name fails, another passes: it is what the filter reads.
        var passing = failed
        passing.outcome = .secured
        passing.version = .tls13
        application.hellos = [
            HelloTrial(.unchanged, attempt: 1, failed), HelloTrial(.small, attempt: 2, failed),
            HelloTrial(.otherName, attempt: 3, passing),
        ]
        #expect(!application.mayStallBySize)
        application.hellos = [HelloVariant.unchanged, .small, .otherName].map { HelloTrial($0, attempt: 1, failed) }
        #expect(application.mayStallBySize)
        application.tls?.outcome = .broken(.closed())
        #expect(!application.mayStallBySize)
    }

    @Test("Losses that do not follow size are no hole")
    func contradicted() {
        var trials = Self.boundary(.datagram, at: 1_400, .silence)
        var large = Trial(.datagram, size: 1_500)
        large.outcome = .passed
        trials.append(large)
        #expect(diagnose(trials).verdict == .open)
        // Once on each side is not sure.
        #expect(diagnose(Self.boundary(.datagram, at: 1_400, .silence, times: 1)).confidence == .likely)
    }

    @Test("Echoes cannot tell the way there from the way back")
    func echoes() {
        let diagnosis = diagnose(Self.boundary(.echo, at: 1_400, .silence))
        #expect(Set(diagnosis.zones) == [.path, .destination, .returnPath, .localEgress])
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains("answers") })
    }

    @Test("What is not open stays what it is")
    func closed() {
        let diagnosis = diagnose(Self.boundary(.datagram, at: 1_400, .silence), hasWire: false) { facts in
            facts.attempts[0].socket = SocketOutcome(state: .failed(SocketError(linux: 111), atOnce: false), at: .zero)
        }
        #expect(diagnosis.verdict == .closed && diagnosis.pathSize != nil)
    }

    @Test("A boundary that was confirmed on a path that loses by chance is no sure one", arguments: 0...4)
    func besetByChance(passedAgain: Int) {
        var trials = Self.boundary(.datagram, at: 1_400, .silence, times: 4) + Self.ladder(1_401, to: 2)
        for place in trials.indices.filter({ trials[$0].outcome == .passed && trials[$0].timeToLive == nil })
            .prefix(passedAgain)
        {
            trials[place].tries = 2
        }
        let diagnosis = diagnose(trials)
        #expect(diagnosis.verdict == .degraded && diagnosis.mechanism == .mtuBlackHole)
        #expect(diagnosis.confidence == (passedAgain < 3 ? .strong : .likely))
        #expect(diagnosis.lookAlikes.contains { $0.cause.contains("by chance") } == (passedAgain >= 3))
    }
}
