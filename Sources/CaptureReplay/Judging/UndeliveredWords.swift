import Conversations
import Diagnosis
import PacketWire

/// What one end said before it closed was lost before it came to the place of the capture: nobody sends it again, the
/// end behind it is there, and the other end's TCP goes on asking for what is missing.
struct UndeliveredWords {
    let byInitiator: Bool
    let bytes: UInt32

    init?(_ analysis: TCPAnalysis) {
        guard analysis.marks.contains(.lostSegment),
            let found = [true, false].lazy.compactMap({ end in
                analysis.undelivered(fromInitiator: end).map { (end, $0) }
            })
            .first
        else { return nil }
        (byInitiator, bytes) = found
    }
}

extension TargetDiagnosis {
    func with(_ undelivered: UndeliveredWords) -> TargetDiagnosis {
        var diagnosis = self
        let (who, other) = undelivered.byInitiator ? ("client", "server") : ("server", "client")
        let what = "\(undelivered.bytes) bytes that the \(who) said before it closed"
        diagnosis.evidence.append(
            Evidence(.wire, "\(what) are not in the capture", detail: "and the \(other)'s TCP goes on asking for them"))
        diagnosis.verdict = .interfered
        diagnosis.stage = .transfer
        diagnosis.mechanism = .loss
        diagnosis.zones = undelivered.byInitiator ? [.path, .localEgress] : [.returnPath, .destination]
        diagnosis.confidence = .likely
        diagnosis.summary =
            "The connection was opened, and \(what) never came as far as the capture: the end came, they did not."
        diagnosis.advice = [
            "Capture at the \(who) as well: do they leave it, and what do they look like? Something before this place lets other segments pass."
        ]
        return diagnosis
    }
}
