import Conversations
import Diagnosis
import PacketWire

/// What two targets, or two findings of a capture, share that end alike: the same answer, at the same place, as sure.
struct Likeness: Hashable {
    private let verdict: Verdict
    private let stage: Stage?
    private let mechanism: Mechanism?
    private let zones: [Zone]
    private let confidence: Confidence
    private let actor: IPAddress?
    private let isByHost: Bool
    private let hops: [Hop?]

    init(_ diagnosis: TargetDiagnosis) {
        let host = diagnosis.target.address
        (verdict, stage, mechanism) = (diagnosis.verdict, diagnosis.stage, diagnosis.mechanism)
        (zones, confidence) = (diagnosis.zones, diagnosis.confidence)
        isByHost = diagnosis.actor != nil && diagnosis.actor == host
        actor = isByHost ? nil : diagnosis.actor
        // The end of the way is each target's own.
        hops = [diagnosis.afterHop, diagnosis.beforeHop].map { hop in
            hop.map { Hop(ttl: $0.ttl, address: $0.address == host ? nil : $0.address) }
        }
    }
}
