import Conversations

extension Facts {
    /// The differential diagnosis: every cause of the catalogue is held against the facts; what is not ruled
    /// out is left. The surest of those is the verdict, and its zones are the places of all that are left.
    public func diagnose() -> TargetDiagnosis { diagnose { $0 } }

    /// The same without the attempt's packets in words, `timeline`: whoever judges very many tells few of them.
    package func diagnoseInShort() -> TargetDiagnosis { diagnose(Observations(self)) { $0 } }

    /// What `diagnoseInShort` leaves out.
    package var timeline: [TimelineEntry] { Observations(self).timeline }

    /// - Parameter captured: adds what a capture shows of the words behind the handshake.
    package func diagnose(_ captured: (TargetDiagnosis) -> TargetDiagnosis) -> TargetDiagnosis {
        let observations = Observations(self)
        var diagnosis = diagnose(observations, captured)
        diagnosis.timeline = observations.timeline
        return diagnosis
    }

    private func diagnose(
        _ observations: Observations, _ captured: (TargetDiagnosis) -> TargetDiagnosis
    ) -> TargetDiagnosis {
        let connection = diagnoseConnection(observations).withResolution(of: self)
        // Who is met where a name leads nowhere is this machine itself.
        if observations.isNobodysAddress { return connection }
        return captured(connection.withApplication(of: self).withGreeting(of: self).withKeptPackets(of: self))
            .withWordsOrigin(of: self).withRepeatedWords(of: self).withQUIC(of: self).withNameServer(of: self)
            .withForeignReply(of: self)
            .withPathSize(of: self)
            .withTooBigReport(of: self).withIdle(of: self).withServingProgram(of: self)
            .withWayHere(of: self).withPlaceOfAddress(of: self)
            // Last: what fails behind the look-up is worse, and the way to a resolver is not the target's.
            .withWait(of: self)
    }

    private func diagnoseConnection(_ observations: Observations) -> TargetDiagnosis {
        let remaining = Self.findings(observations).map(\.finding).filter { !$0.isUntested }
        guard let leader = Self.leader(remaining) else { return undiagnosed(observations) }
        // A direct observation has no second reading: nothing is left beside it.
        let others = leader.confidence == .proved ? [] : remaining.filter { $0.cause != leader.cause }
        var zones = leader.zones
        // What lies behind this machine may as well lie in a program that serves the way out of it.
        let leadsOut = zones.contains(.path) || zones.contains(.destination)
        let served = leadsOut && leader.confidence < .proved ? observations.zonesOfServingProgram : []
        for zone in others.flatMap(\.zones) + served where !zones.contains(zone) { zones.append(zone) }
        return TargetDiagnosis(
            target: target, verdict: leader.verdict, stage: leader.stage, mechanism: leader.mechanism,
            zones: leader.verdict == .open ? [] : zones, afterHop: leader.afterHop, beforeHop: leader.beforeHop,
            actor: leader.actor, confidence: weakened(leader.confidence),
            lookAlikes: others.map {
                LookAlike(
                    cause: $0.cause, whyNotExcluded: $0.whyNotExcluded, experiment: $0.experiment,
                    isOnTheWay: !$0.zones.isEmpty && $0.zones.allSatisfy(\.isOnTheWay))
            },
            summary: leader.summary, evidence: observations.evidence,
            advice: leader.advice, timing: observations.timing, path: observations.path.hops)
    }

    /// The causes that the facts do not rule out yet, and whether one of them is sure enough to end with: proved, and
    /// nothing is left untried that would explain it away.
    public func remainingCauses() -> (causes: Set<CauseID>, isSettled: Bool) {
        let findings = Self.findings(Observations(self))
        let untested = Set(findings.filter(\.finding.isUntested).map(\.cause))
        let doubted = Causes.all.filter { untested.contains($0.id) }.reduce(into: Set<CauseID>()) {
            $0.formUnion($1.supersedes)
        }
        let isSettled = findings.contains { cause, finding in
            !finding.isOnlyLookAlike && finding.confidence == .proved && !doubted.contains(cause)
        }
        return (Set(findings.map(\.cause)), isSettled)
    }

    /// What every cause that is not ruled out says, less those that another one explains away.
    private static func findings(_ observations: Observations) -> [(cause: CauseID, finding: Finding)] {
        var findings: [(cause: CauseID, finding: Finding)] = []
        var superseded: Set<CauseID> = []
        for cause in Causes.all {
            guard let finding = cause.examine(observations) else { continue }
            findings.append((cause.id, finding))
            if !finding.isUntested { superseded.formUnion(cause.supersedes) }
        }
        return findings.filter { !superseded.contains($0.cause) }
    }

    private static func leader(_ findings: [Finding]) -> Finding? {
        var best: Finding?
        for finding in findings where !finding.isOnlyLookAlike {
            if let current = best, current.confidence >= finding.confidence { continue }
            best = finding
        }
        return best
    }

    /// A capture that lost packets cannot prove that one was not there.
    private func weakened(_ confidence: Confidence) -> Confidence {
        capturedWithLoss ? min(confidence, .likely) : confidence
    }

    private func undiagnosed(_ observations: Observations) -> TargetDiagnosis {
        TargetDiagnosis(
            target: target, verdict: .undetermined, stage: .handshake, confidence: .weak,
            summary: "What was seen fits no cause that this tool knows.", evidence: observations.evidence,
            advice: ["Please report this case with the capture: the catalogue of causes has a gap."],
            timing: observations.timing, path: observations.path.hops)
    }
}
