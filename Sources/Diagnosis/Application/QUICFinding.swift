import Conversations
import PacketWire

/// QUIC beside TCP: whoever asks for a page over a silent UDP port falls back, and wants to know to what.
extension TargetDiagnosis {
    func withQUIC(of facts: Facts) -> TargetDiagnosis {
        guard facts.service?.name == "quic" || facts.isQUICInCapture, verdict != .open, verdict != .degraded,
            verdict != .failed,
            let tcp = facts.attempts.first(where: { $0.kind == .tcp(port: target.port) && $0.purpose == .control })
        else { return self }
        var diagnosis = self
        let witness: Witness = facts.isOffline ? .wire : .socket
        switch tcp.answer {
        case .reached:
            diagnosis.summary += " TCP to the same port works: browsers fall back to it."
            diagnosis.evidence.append(Evidence(witness, "tcp/\(target.port) of the same host: answered"))
            if verdict == .blocked || verdict == .undetermined {
                diagnosis.advice.append(
                    "Does the server offer HTTP/3 at all (alt-svc in its answers over TCP, or an HTTPS record)? If it does, UDP port \(target.port) is what is missing."
                )
            }
        case .reset, .refused:
            diagnosis.summary += " TCP to the same port is refused."
            diagnosis.evidence.append(Evidence(witness, "tcp/\(target.port) of the same host: refused"))
        case .silence, .timeExceeded, .localError:
            diagnosis.evidence.append(Evidence(witness, "tcp/\(target.port) of the same host: silent, too"))
        }
        return diagnosis
    }
}
