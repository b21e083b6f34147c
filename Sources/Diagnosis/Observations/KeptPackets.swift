import PacketWire

extension Facts {
    /// Packets of the target's family that came in while it was probed, and that were neither delivered nor forwarded, at the
    /// least: what is for groups that this machine is not in is counted as it comes, too (net/ipv6/mcast.c), and of that it
    /// is not told how much was delivered.
    var packetsKept: UInt64 {
        guard let family = target.address?.family else { return 0 }
        let (received, accounted) =
            family == .v4
            ? (rise("Ip.InReceives"), rise("Ip.InDelivers") &+ rise("Ip.ForwDatagrams") &+ rise("IpExt.InMcastPkts"))
            : (
                rise("Ip6.Ip6InReceives"),
                rise("Ip6.Ip6InDelivers") &+ rise("Ip6.Ip6OutForwDatagrams") &+ rise("Ip6.Ip6InMcastPkts")
            )
        return received > accounted ? received - accounted : 0
    }

    /// Packets of the target's family that this machine meant to send, and that did not reach a device: a rule of OUTPUT or
    /// POSTROUTING drops between the two (net/ipv4/ip_output.c). Kernels before 6.7 do not count what is sent.
    var packetsHeldBack: UInt64 {
        guard let family = target.address?.family else { return 0 }
        let (meant, sent) =
            family == .v4
            ? (rise("Ip.OutRequests") &+ rise("Ip.ForwDatagrams"), rise("Ip.OutTransmits"))
            : (rise("Ip6.Ip6OutRequests") &+ rise("Ip6.Ip6OutForwDatagrams"), rise("Ip6.Ip6OutTransmits"))
        return sent > 0 && meant > sent ? meant - sent : 0
    }

    private func rise(_ counter: String) -> UInt64 { kernel.counters.first { $0.name == counter }?.rise ?? 0 }
}

extension Observations {
    /// Nobody saw what left, and this machine counted packets that it did not send: a ladder that ends may have ended here,
    /// by a limit that let its beginning through. Several targets share the counters: then it is only not sure.
    var mayHoldBack: Bool { isAnyHeldBack && !facts.kernel.sharesCounters }

    /// The same, of this target or of others beside it.
    var isAnyHeldBack: Bool { !hasWire && !facts.kernel.watchesDrops && facts.packetsHeldBack > 0 }
}

extension TargetDiagnosis {
    /// Where words are acknowledged and not answered, and nobody captures: what came in here and went nowhere may be the
    /// answer, which the far end repeats. That nothing was kept back clears this machine.
    func withKeptPackets(of facts: Facts) -> TargetDiagnosis {
        guard verdict == .interfered || verdict == .undetermined, zones.contains(.returnPath),
            !zones.contains(.localIngress), !facts.witnesses.contains(.wire), facts.packetsKept > 1
        else { return self }
        var diagnosis = self
        diagnosis.zones.append(.localIngress)
        diagnosis.evidence.append(
            Evidence(
                .kernel, "\(facts.packetsKept) packets came in that were delivered to nobody",
                detail: "dropped between the interface and the socket; other people's may be among them"))
        return diagnosis
    }
}
