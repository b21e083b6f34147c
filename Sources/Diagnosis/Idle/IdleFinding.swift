import Conversations
import PacketWire

/// What becomes of a connection that says nothing for a while: RFC 5382 section 5, RFC 4787 section 4.3.
extension TargetDiagnosis {
    func withIdle(of facts: Facts) -> TargetDiagnosis {
        guard let idle = facts.idle, !idle.holds.isEmpty else { return self }
        var diagnosis = self
        diagnosis.idle = idle
        diagnosis.evidence += idle.evidence(facts.target.transport)
        guard verdict == .open || verdict == .degraded else { return diagnosis }
        guard let bracket = IdleBracket(idle) else {
            if verdict == .open, let longest = idle.holds.last, longest.outcome == .alive {
                diagnosis.summary += " After \(longest.quiet.words) of silence it is still there."
            } else if let untold = idle.untold(facts.target.transport) {
                diagnosis.summary += " \(untold)"
            }
            return diagnosis
        }
        let finding = IdleFinding(bracket, idle, facts)
        diagnosis.verdict = .interfered
        diagnosis.stage = .idle
        diagnosis.mechanism = finding.mechanism
        diagnosis.zones = finding.zones
        (diagnosis.afterHop, diagnosis.beforeHop, diagnosis.actor) = (nil, nil, finding.actor)
        diagnosis.confidence = facts.capturedWithLoss ? min(finding.confidence, .likely) : finding.confidence
        diagnosis.summary = finding.summary
        diagnosis.advice = finding.advice
        diagnosis.lookAlikes = finding.lookAlikes
        return diagnosis
    }
}

/// The first silence that is too long, and the longest before it that is not.
struct IdleBracket {
    /// Nil where even the shortest was too long.
    let held: TimeSpan?
    let broken: IdleFacts.Hold
    /// Longer ones were still there: it is not the time that decides.
    let isContradicted: Bool

    /// Nil where nothing broke.
    init?(_ idle: IdleFacts) {
        let told = idle.holds.sorted { $0.quiet < $1.quiet }
        guard let first = told.firstIndex(where: \.isBroken) else { return nil }
        broken = told[first]
        held = told[..<first].last { $0.outcome == .alive }?.quiet
        isContradicted = told[first...].contains { $0.outcome == .alive }
    }
}

extension IdleFacts.Hold {
    package var isBroken: Bool {
        switch outcome {
        case .lost, .reset, .closed: true
        case .unknown, .notOpened, .alive: false
        }
    }

    fileprivate func distance(_ facts: Facts) -> ResetDistance? {
        guard let resetPassed, let answerPassed else { return nil }
        return ResetDistance(reset: resetPassed, answer: answerPassed, holder: facts.holderDistance)
    }

    fileprivate var words: String {
        switch outcome {
        case .unknown: "not known"
        case .notOpened: "could not be opened"
        case .alive: "still there"
        case .lost: "lost: no answer to three packets"
        case .reset(let same):
            switch same {
            case true?: "reset, from as far away as the SYN-ACK"
            case false?: "reset, from another distance than the SYN-ACK"
            case nil: "reset"
            }
        case .closed(let after, let isReset): "\(isReset ? "reset" : "closed") by the far end after \(after.words)"
        }
    }
}

extension IdleFacts {
    /// Where those that were meant to be quiet longest were not, what is known all the same; nil where that is all.
    fileprivate func untold(_ transport: Transport) -> String? {
        guard let first = holds.first(where: { $0.outcome == .notOpened }) else { return nil }
        let one = transport == .tcp ? "A connection" : "A question"
        let held =
            holds.last { $0.outcome == .alive }.map { "After \($0.quiet.words) of silence it is still there. " } ?? ""
        return
            "\(held)\(one) that was to be quiet for \(first.quiet.words) was not answered in the first place: of so long a"
            + " silence nothing is known, and something may let only so many pass."
    }

    fileprivate func evidence(_ transport: Transport) -> [Evidence] {
        var found = holds.map { hold in
            Evidence(
                .socket, "quiet for \(hold.quiet.words): \(hold.words)",
                detail: hold.foreign.map { "something came back that is no answer: \($0)" }
                    ?? hold.failure.map { "its socket met \($0)" } ?? "")
        }
        if let rejection = holds.lazy.compactMap(\.rejection).first {
            found.append(
                Evidence(
                    rejection.frame > 0 ? .wire : .socket,
                    "\(rejection.error.name) from \(rejection.sender) for what breaks the silence",
                    frames: holds.compactMap(\.rejection?.frame).filter { $0 > 0 }))
        }
        if let newOneWorks {
            found.append(
                Evidence(
                    .socket,
                    "a new \(transport == .tcp ? "connection" : "question") afterwards: "
                        + (newOneWorks ? "answered" : "not answered")))
        }
        return found
    }
}

private struct IdleFinding {
    var mechanism: Mechanism
    var zones: [Zone]
    var actor: IPAddress?
    var confidence: Confidence
    var summary: String
    var advice: [String]
    var lookAlikes: [LookAlike] = []

    init(_ bracket: IdleBracket, _ idle: IdleFacts, _ facts: Facts) {
        let one = facts.target.transport == .tcp ? "A connection" : "A question's port"
        let fine = bracket.held.map { "\(one) that is quiet for \($0.words) is still there, one" } ?? one
        let time = bracket.broken.quiet.words
        // Half of what is known to break, where nothing is known to hold.
        let safe = (bracket.held ?? TimeSpan(nanoseconds: bracket.broken.quiet.nanoseconds / 2)).words
        mechanism = .idleTimeout
        confidence = idle.newOneWorks == true && bracket.held != nil && !bracket.isContradicted ? .strong : .likely
        advice = [
            "Let the application, or the kernel (TCP_KEEPIDLE), say something at least every \(safe).",
            "Or raise the time after which the firewalls, address translators and balancers on the way forget a quiet connection.",
        ]
        let host = LookAlike(
            cause: "the host itself forgot the connection",
            whyNotExcluded: "from here a firewall's memory and the host's are one",
            experiment: "on the host, while it is quiet: does ss -tn still list the connection?")
        let translator = LookAlike(
            cause: "a translator on the way gave the packet another port, which the host does not know",
            whyNotExcluded: "the host's reset comes from the host either way",
            experiment: "capture on the host: from which port does the last packet come?", isOnTheWay: true)
        switch bracket.broken.outcome {
        case .reset(let same):
            // The host resets rightly what a translator that has forgotten sends on from another port (RFC 5382 section 5).
            let ofHolder = bracket.broken.distance(facts).flatMap { $0.mayBeHolders ? $0 : nil }
            zones = same == false && ofHolder == nil ? [.path] : [.path, .destination]
            let whose =
                ofHolder?.phraseOfHolder(beside: "the SYN-ACK")
                ?? (same == true
                    ? ", from as far away as the SYN-ACK"
                    : same == false ? ", from another distance than the SYN-ACK" : "")
            if ofHolder != nil { confidence = min(confidence, .likely) }
            summary =
                "\(fine) that is quiet for \(time) is reset by its next packet\(whose): somebody has forgotten it."
            if same != false { lookAlikes = [translator, host] }
            if ofHolder != nil { advice.append(ResetDistance.advice(of: facts.target)) }
        case .closed(let after, let isReset):
            mechanism = isReset ? .idleTimeout : .closedByPeer
            zones = [.destination, .path]
            confidence = min(confidence, .likely)
            summary = "\(one) that says nothing is \(isReset ? "reset" : "closed") by the far end after \(after.words)."
            advice = ["Look for the idle limit of the service, or of a balancer before it.", advice[0]]
        default:
            if let foreign = bracket.broken.foreign {
                (mechanism, zones, confidence) = (.protocolMismatch, [.destination, .path], .likely)
                summary =
                    "\(fine) that is quiet for \(time) gets something back that is no answer to the question after it: \(foreign)."
                advice = ["Capture on the host: does the question arrive, and is that what it answers?"]
                lookAlikes = [
                    LookAlike(
                        cause: "somebody on the way answers for a flow that it has forgotten",
                        whyNotExcluded: "a datagram may come from anybody", experiment: "capture on the host",
                        isOnTheWay: true)
                ]
                break
            }
            if let stop = IdleStop(bracket.broken, facts) {
                (zones, actor) = (stop.zones, stop.actor)
                summary = "\(fine) that is quiet for \(time) is lost: \(stop.words)."
                lookAlikes = stop.lookAlikes
                break
            }
            zones = Self.zonesOfLoss(idle, hasWire: facts.witnesses.contains(.wire))
            summary =
                "\(fine) that is quiet for \(time) is lost: nothing comes back for it any more"
                + (idle.newOneWorks == true ? ", and a new one is answered." : ".")
            if zones.contains(.destination) { lookAlikes = [host] }
        }
        if idle.newOneWorks == false {
            lookAlikes.append(
                LookAlike(
                    cause: "the host or the way to it went away meanwhile",
                    whyNotExcluded: "a new one is not answered either", experiment: "probe it again"))
        }
    }

    private static func zonesOfLoss(_ idle: IdleFacts, hasWire: Bool) -> [Zone] {
        let lost = idle.holds.filter { $0.outcome == .lost }
        if hasWire {
            // The tap is behind this machine's filters on the way out, and before them on the way in.
            if lost.contains(where: { $0.wasSeenAnswered && $0.foreign == nil }) { return [.localIngress] }
            if lost.allSatisfy({ $0.wasSeenLeaving == false }) { return [.localEgress] }
            return [.path, .returnPath, .destination]
        }
        return [.path, .returnPath, .destination, .localEgress, .localIngress]
    }
}
