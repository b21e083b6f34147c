import Diagnosis
import PacketWire

/// What Wireshark shows beside each packet: the evidence it is, and the verdict that rests on it.
struct FrameComments {
    private(set) var byFrame: [Int: String] = [:]

    init(_ diagnoses: [TargetDiagnosis]) {
        for diagnosis in diagnoses {
            let name = diagnosis.target.endpoint.map(\.description) ?? diagnosis.target.host
            var verdict = "\(name)/\(diagnosis.target.transport.rawValue): \(diagnosis.verdict.rawValue)"
            if let mechanism = diagnosis.mechanism { verdict += ", \(mechanism.rawValue)" }
            if !diagnosis.zones.isEmpty {
                verdict += ", in \(diagnosis.zones.map(\.rawValue).joined(separator: " or "))"
            }
            verdict += " (\(diagnosis.confidence.rawValue))"
            for evidence in diagnosis.evidence {
                for frame in evidence.frames.prefix(64) {
                    let line = "\(evidence.fact)\(evidence.detail.isEmpty ? "" : ", \(evidence.detail)"). \(verdict)"
                    if let there = byFrame[frame] {
                        if !there.contains(line) { byFrame[frame] = there + "\n" + line }
                    } else {
                        byFrame[frame] = line
                    }
                }
            }
        }
    }
}
