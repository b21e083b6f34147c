import PacketWire

/// What the other hellos say about the one that failed: in what it has to differ to get through.
///
/// A reading needs both sides: a hello that passes and differs in one thing only, and the failing one that still fails
/// when it is tried once more.
enum HelloReading: Hashable {
    /// The same hello passes now, or what passed once does not.
    case chance
    /// Nothing passes, whatever it says.
    case anyHello
    /// Another name passes, or none, and nothing else does but cutting the name in two.
    case name(isHealedByCut: Bool)
    case applicationProtocol
    /// TLS 1.2 passes, and 1.3 does not.
    case version
    /// What is shorter than a segment passes.
    case length(Length)
    /// What is no longer than the first passes whole, whatever it says, and nothing that is as long as the second; in two
    /// segments that passes as well. In bytes of hello.
    case size(passing: Int, failing: Int)
    /// The same bytes pass in two segments.
    case cut(needsPause: Bool)
    /// Several changes pass, each by itself: only this hello fails.
    case exactly([HelloVariant])
    /// Too little was tried, or told.
    case unknown

    enum Length: Hashable {
        /// It passes in small segments: full packets do not arrive.
        case fullPackets
        /// A small hello in two segments fails as well.
        case secondSegment
        /// Two small segments pass, and so many bytes do not, however they are cut.
        case bytes
        case unknown
    }

    init(_ application: ApplicationFacts) {
        guard let failed = application.tls else {
            self = .unknown
            return
        }
        let outcomes = Outcomes(failed, application.hellos)
        let passing = HelloVariant.allCases.filter { outcomes.passes($0) == true && $0 != .unchanged }
        if outcomes.passes(.unchanged) == true || outcomes.hasPassedOnce {
            self = .chance
            return
        }
        // Without the repetition, a server that was away for a moment looks the same.
        guard outcomes.passes(.unchanged) == false, application.hellos.count >= 3 else {
            self = .unknown
            return
        }
        guard passing.isEmpty else {
            self = Self.reading(passing, failed, outcomes)
            return
        }
        // Where the first one was stopped, one that arrives got through, whether it is answered or not.
        let arriving = HelloVariant.allCases.filter { outcomes.arrives($0) }
        if !arriving.isEmpty, !outcomes.arrives(.unchanged),
            case .name(let isHealedByCut) = Self.reading(arriving, failed, outcomes)
        {
            self = .name(isHealedByCut: isHealedByCut)
        } else {
            // The same hello again and again is no other hello, and what meets something else is told apart.
            let isAnother = application.hellos.contains { $0.variant != .unchanged }
            self = isAnother && application.hellos.allSatisfy { $0.tls.fate == failed.fate } ? .anyHello : .unknown
        }
    }

    /// What those have in common that pass, and only they.
    private static func reading(
        _ passing: [HelloVariant], _ failed: TLSFact, _ outcomes: Outcomes
    ) -> HelloReading {
        let byName = !passing.filter { [.otherName, .withoutName].contains($0) }.isEmpty
        let byALPN = passing.contains { [.withALPN, .withoutALPN].contains($0) }
        let byCut = passing.contains(.inTwo) || passing.contains(.inTwoWithPause)
        let byVersion = passing.contains(.olderVersion)
        let bySize = passing.contains(.small)
        if let bounds = outcomes.sizeOfPackets { return .size(passing: bounds.passing, failing: bounds.failing) }
        switch (byName, byALPN, byVersion, bySize) {
        case (true, false, false, false): return .name(isHealedByCut: byCut)
        case (false, true, false, false): return .applicationProtocol
        // Without its keys a hello of 1.2 is small, too.
        case (false, false, _, true) where failed.isLarge, (false, true, _, true) where failed.isLarge:
            return .length(outcomes.length)
        case (false, false, true, _): return .version
        case (false, false, false, true): return .length(.unknown)
        case (false, false, false, false) where byCut: return .cut(needsPause: !passing.contains(.inTwo))
        case (false, false, false, false) where passing.contains(.inSmallSegments): return .length(.fullPackets)
        default: return .exactly(passing)
        }
    }

    private struct Outcomes {
        let failed: TLSFact
        let trials: [HelloTrial]

        init(_ failed: TLSFact, _ trials: [HelloTrial]) { (self.failed, self.trials) = (failed, trials) }

        /// Nil for what was not tried, or broke off before it could be told.
        func passes(_ variant: HelloVariant) -> Bool? {
            guard let trial = trials.last(where: { $0.variant == variant }) else { return nil }
            // Where an alert is the failure, another alert is no better.
            if case .alert = failed.outcome { return trial.tls.isAccepted }
            return trial.tls.isRead
        }

        /// What passed did not when it came again.
        var hasPassedOnce: Bool {
            Set(trials.map(\.variant)).contains { variant in
                passes(variant) == false && trials.contains { $0.variant == variant && $0.tls.isAccepted }
            }
        }

        /// The first one was stopped on its way, and this one was taken by the far end's TCP.
        func arrives(_ variant: HelloVariant) -> Bool {
            guard let trial = trials.last(where: { $0.variant == variant }) else { return false }
            return failed.fate.isStopped && trial.tls.fate == .unanswered
        }

        /// Where the length alone tells those that pass whole from those that do not, and cutting one in two heals it: the
        /// small one says as much as the first one does of versions and names, and passes.
        var sizeOfPackets: (passing: Int, failing: Int)? {
            guard !failed.isLarge, failed.fate.isStopped, passes(.small) == true,
                passes(.inTwo) == true || passes(.inTwoWithPause) == true
            else { return nil }
            let whole = trials.filter { !HelloVariant.inPieces.contains($0.variant) }
            let (through, stopped) = (
                whole.filter { passes($0.variant) == true }, whole.filter { passes($0.variant) == false }
            )
            guard let passing = through.map(\.tls.helloLength).max(),
                let failing = (stopped.map(\.tls.helloLength) + [failed.helloLength]).min(), passing < failing
            else { return nil }
            return (passing, failing)
        }

        var length: Length {
            switch (passes(.inSmallSegments), passes(.smallInTwo)) {
            case (true, _): .fullPackets
            case (_, false): .secondSegment
            case (false, true): .bytes
            default: .unknown
            }
        }
    }
}

/// What befell a hello, as far as it makes one unlike another.
private enum HelloFate: Hashable {
    case vanished
    /// The far end's TCP took it.
    case unanswered
    case silence
    case closed
    case reset
    case alert(TLSAlert)
    case other

    /// It need not have reached anybody who speaks TLS.
    var isStopped: Bool { self == .vanished || self == .reset }
}

extension TLSFact {
    fileprivate var fate: HelloFate {
        switch outcome {
        case .broken(.silence(_, isAcknowledged: false)): .vanished
        case .broken(.silence(_, isAcknowledged: true)): .unanswered
        case .broken(.silence): .silence
        case .broken(.closed): .closed
        case .broken(.reset): .reset
        case .alert(let alert, byPeer: true): .alert(alert)
        case .secured, .answered, .untrusted, .alert, .foreign, .failed: .other
        }
    }
}
