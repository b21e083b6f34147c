import Conversations
import PacketWire

/// What a probe's own dialogue behind the handshake says.
extension TargetDiagnosis {
    func withApplication(of facts: Facts) -> TargetDiagnosis {
        guard facts.request != nil else { return self }
        guard let application = facts.application else {
            guard verdict == .open || verdict == .degraded else { return self }
            var diagnosis = self
            diagnosis.evidence.append(
                Evidence(.socket, "nothing was said behind the handshake: there was no time for it"))
            return diagnosis
        }
        var diagnosis = self
        diagnosis.application = application
        if let tls = application.proxyTLS {
            diagnosis = diagnosis.withApplication(tls.findingOfProxy(facts), stage: nil)
        }
        if let tunnel = application.tunnel {
            diagnosis = diagnosis.withApplication(tunnel.tunnelFinding(facts), stage: nil)
        }
        if let socks = application.socks {
            diagnosis = diagnosis.withApplication(socks.finding(facts), stage: nil)
        }
        if let upgrade = application.upgrade {
            diagnosis = diagnosis.withApplication(upgrade.finding(facts), stage: nil)
        }
        if let tls = application.tls {
            diagnosis = diagnosis.withApplication(tls.finding(application, facts), stage: .tls)
        }
        if let http = application.http {
            diagnosis = diagnosis.withApplication(http.finding(application, facts), stage: .application)
        }
        if let words = application.words {
            diagnosis = diagnosis.withApplication(words.finding(facts), stage: .application)
        }
        return diagnosis
    }
}

extension DialogueEnd {
    /// As the wire and the kernel show it, where they do.
    func end(_ facts: Facts) -> Aftermath.End {
        RequestStop(self, facts).map { .stopped($0) } ?? silentEnd(facts)
    }

    /// The same, where what was said is known to have arrived, or nothing was.
    func silentEnd(_ facts: Facts) -> Aftermath.End {
        switch self {
        case .silence(let span, let isAcknowledged): return .silence(span, isAcknowledged: isAcknowledged)
        case .closed(let isAcknowledged):
            let packets = facts.attempts.first?.packets ?? []
            return .closed(
                frame: 0, hadRequest: packets.isRequestTakenByEnd ?? isAcknowledged,
                by: CloseOrigin(packets, orElse: .unseen))
        case .reset:
            return .reset(ResetOrigin(facts.attempts.first?.packets ?? [], holderDistance: facts.holderDistance))
        }
    }
}

extension [SeenPacket] {
    /// Whether the far end's FIN acknowledges something of what was said since it last spoke; nil where the wire does not
    /// show both.
    fileprivate var isRequestTakenByEnd: Bool? {
        guard let end = firstIndex(where: { !$0.fromInitiator && $0.tcp?.flags.contains(.fin) ?? false }),
            let taken = self[end].tcp?.acknowledgementNumber
        else { return nil }
        let spoken = self[...end].lastIndex { !$0.fromInitiator && $0.payloadLength > 0 } ?? -1
        let request = self[(spoken + 1)...].first { $0.fromInitiator && $0.payloadLength > 0 }?.tcp
        return request.map { taken &- $0.sequenceNumber &- 1 < 1 << 31 }
    }
}
