import Conversations
import PacketWire

/// Somebody on the way says how large a packet may be, and the sender's next ones are larger all the same: whoever stops
/// them has said so.
struct TooBigReport {
    let sender: IPAddress
    let mtu: UInt32
    let frame: Int
    /// The same was sent again as large, and reported again: a frame that the network card cuts up only looks large.
    let isIgnored: Bool

    /// Nil where nobody says so.
    init?(_ packets: [SeenPacket]) {
        let reports = packets.filter { packet in
            guard !packet.fromInitiator, case .icmpError(let error, let mtu?, _) = packet.kind else { return false }
            return error.meaning == .packetTooBig && mtu > 0
        }
        guard let first = reports.first, let last = reports.last, case .icmpError(_, let mtu?, _) = first.kind else {
            return nil
        }
        (sender, self.mtu, frame) = (first.source, mtu, first.frame)
        let headers = first.source.family == .v4 ? 40 : 60
        let large = packets.filter { $0.fromInitiator && $0.tcp != nil && $0.payloadLength + headers > Int(mtu) }
        let before = Set(large.filter { $0.at <= first.at }.compactMap { $0.tcp?.sequenceNumber })
        let again = large.filter { packet in
            packet.at > first.at && packet.at < last.at
                && packet.tcp.map { before.contains($0.sequenceNumber) } ?? false
        }
        isIgnored = again.count > 1
    }
}

extension TargetDiagnosis {
    /// A connection that stalls where somebody says that its packets are too big: who, and how large they may be.
    package func withTooBigReport(of facts: Facts) -> TargetDiagnosis {
        guard verdict == .interfered || verdict == .degraded, let stage,
            [.tls, .application, .transfer].contains(stage),
            let mechanism, [.mtuBlackHole, .silentDrop, .loss, .noReply].contains(mechanism),
            let report = TooBigReport(facts.attempts.first?.packets ?? []),
            !summary.contains("\(report.sender)")
        else { return self }
        var diagnosis = self
        let fact = "packet too big from \(report.sender), MTU \(report.mtu)"
        if !evidence.contains(where: { $0.fact == fact }) {
            diagnosis.evidence.append(Evidence(.wire, fact, frames: report.frame > 0 ? [report.frame] : []))
        }
        let place = report.frame > 0 ? " (frame \(report.frame))" : ""
        diagnosis.summary +=
            " \(report.sender) says\(place) that packets of no more than \(report.mtu) bytes get through"
            + (report.isIgnored ? ", and larger ones were sent on all the same." : ".")
        if report.isIgnored {
            diagnosis.mechanism = .mtuBlackHole
            diagnosis.advice.insert(
                "On the sender: does a filter stop ICMP \(report.sender.family == .v4 ? "fragmentation needed" : "packet too big") on its way in, or is the MTU locked (ip route … mtu lock, net.ipv4.ip_no_pmtu_disc)?",
                at: 0)
        }
        return diagnosis
    }
}
