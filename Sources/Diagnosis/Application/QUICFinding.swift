import Conversations
import PacketWire

/// QUIC beside TCP: whoever asks for a page over a silent UDP port falls back, and wants to know to what.
extension TargetDiagnosis {
    func withQUIC(of facts: Facts) -> TargetDiagnosis {
        guard facts.service?.name == "quic" || facts.isQUICInCapture, verdict != .open, verdict != .degraded,
            verdict != .failed,
            let tcp = facts.attempts.first(where: { $0.kind == .tcp(port: target.port) && $0.purpose == .control })
        else { return self }
        var diagnosis = withUntriedSize(of: facts)
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

    /// Every first datagram of QUIC is large, and what gets through beside it is small (RFC 9000 section 14.1): that a filter
    /// stops it, and no link that carries less, is sure where a packet as large was seen to pass.
    private func withUntriedSize(of facts: Facts) -> TargetDiagnosis {
        guard verdict == .blocked, mechanism == .silentDrop, zones.contains(.path), confidence == .strong,
            !facts.isOffline
        else { return self }
        let size = QUICSize.packet(target.address?.family ?? .v4)
        let isTried = facts.pathSize?.trials.contains {
            $0.timeToLive == nil && $0.size >= size && $0.outcome == .passed
        }
        guard isTried != true else { return self }
        var diagnosis = self
        diagnosis.confidence = .likely
        diagnosis.lookAlikes.append(
            LookAlike(
                cause: "a link on the way carries less than \(size) bytes, and nobody says so",
                whyNotExcluded: "no packet as large as QUIC's first was seen to pass",
                experiment:
                    "measure when less is going on (--mtu): routers and hosts answer only so many packets a second",
                isOnTheWay: true))
        return diagnosis
    }
}
