import Conversations
import PacketWire

/// What the sizes that pass say, beside a verdict that rests on the connection and on what was said in it.
extension TargetDiagnosis {
    func withPathSize(of facts: Facts) -> TargetDiagnosis {
        guard let sizes = facts.knownSizes else { return self }
        let finding = PathSizeFinding(sizes, facts)
        var diagnosis = self
        diagnosis.pathSize = sizes
        diagnosis.evidence += finding.evidence
        // That full packets of the dialogue do not arrive was known; that others do is told beside it.
        if finding.hole?.isOfDialogueOnly ?? false, mechanism == .mtuBlackHole { return diagnosis }
        guard let hole = finding.hole, let judged = hole.judgement(of: self, sizes) else {
            if verdict == .open, let words = finding.remark { diagnosis.summary += " \(words)" }
            return diagnosis
        }
        (diagnosis.verdict, diagnosis.stage) = judged
        diagnosis.mechanism = .mtuBlackHole
        diagnosis.zones = hole.zones
        (diagnosis.afterHop, diagnosis.beforeHop) = (hole.after, hole.before)
        diagnosis.actor = nil
        diagnosis.confidence = facts.capturedWithLoss ? min(hole.confidence, .likely) : hole.confidence
        diagnosis.summary = hole.summary
        diagnosis.advice = hole.advice
        diagnosis.lookAlikes = hole.lookAlikes
        return diagnosis
    }
}

struct PathSizeFinding {
    var evidence: [Evidence] = []
    /// Packets beyond some size vanish, and it matters.
    var hole: SizeHole?
    /// What is worth a sentence where nothing is wrong.
    var remark: String?

    init(_ sizes: PathSizeFacts, _ facts: Facts) {
        let limits = sizes.limits
        for limit in limits {
            evidence.append(Evidence(.path, limit.text(of: sizes)))
            let again = sizes.passedAgain(limit.means)
            if again > 0 {
                evidence.append(
                    Evidence(
                        .path, "\(again) of them passed only when sent again",
                        detail: "lost by chance, or a limit of how often the host answers"))
            }
        }
        if limits.allSatisfy({ $0.means == .segments }) {
            if sizes.trials.contains(where: { $0.means != .segments }) {
                evidence.append(
                    Evidence(
                        .path, "packet sizes were not measured",
                        detail: "the host answers neither datagrams to a port that nobody uses nor echo requests"))
            } else if limits.isEmpty {
                evidence.append(
                    Evidence(
                        .path, "no better with segments for packets of \(sizes.trials.first?.size ?? 0) bytes",
                        detail: "no limit above that is the matter"))
            }
        }
        let heard = sizes.trials.compactMap(\.report)
        if let report = heard.first {
            evidence.append(
                Evidence(
                    .wire, "packet too big from \(report.sender), MTU \(report.mtu)",
                    frames: heard.map(\.frame).filter { $0 > 0 }))
        }
        if let ladder = SizeLadder(sizes, host: facts.target.address) { evidence.append(Evidence(.path, ladder.text)) }
        hole = SizeHole(limits, sizes, facts)
        guard let there = sizes.limitThere, there.lost != nil else { return }
        if let reported = there.reported {
            remark = "Its path takes \(there.passed) bytes in one packet; \(reported.sender) says so."
        } else if there.isSilent, let size = sizes.agreedSegment {
            remark =
                "Packets of more than \(there.passed) bytes vanish on the way, and TCP is spared that: "
                + "the ends agreed on segments for packets of \(size)."
        }
    }
}

extension SizeLadder {
    fileprivate var text: String {
        let end =
            before.map { "a small one \(endsAtHost ? "to the host, " : "to ")\($0.words)" } ?? "small ones no farther"
        return "a large packet gets \(after.map { "to \($0.words)" } ?? "to no hop that answers"), \(end)"
    }
}

extension SizeLimit {
    fileprivate func text(of sizes: PathSizeFacts) -> String {
        let what =
            switch means {
            case .datagram: "datagrams"
            case .echo: "echo requests and their replies"
            case .segments: "the dialogue, with segments for packets"
            }
        guard let lost else { return "\(what) of \(passed) bytes pass: the whole of this machine's own link" }
        if isContradicted { return "\(what) of \(lost) bytes are lost now and then, and larger ones pass" }
        if let reported {
            return "\(what) of \(passed) bytes pass, of \(lost) \(reported.sender) says too big, MTU \(reported.mtu)"
        }
        if isLocal { return "\(what) of \(passed) bytes pass, and this machine's own link takes no more" }
        if isStoppedHere { return "\(what) of \(passed) bytes pass, of \(lost) a filter of this machine stops (EPERM)" }
        let how =
            switch direction {
            case .outward: means == .segments ? "are not acknowledged" : "vanish"
            case .inward: "are taken, and not answered"
            case .either: "get no answer"
            }
        let claim = claimed.map { "; \($0.sender) says MTU \($0.mtu)" } ?? ""
        return "\(what) of \(passed) bytes pass, of \(lost) \(how)"
            + (isConfirmed ? "; \(sizes.lossesThatConfirm(means) == 2 ? "twice each" : "time and again")" : "") + claim
    }
}
