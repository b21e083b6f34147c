import PacketWire

/// Between this machine and itself there is no way: no router, no link and no box of somebody else. What could be done to a
/// packet on a way is done by the machine's own filters, translators and proxies, and those are the host's.
struct WayHere {
    /// Nil where there is a way, or may be one.
    init?(_ facts: Facts) {
        // A rule that leads connections elsewhere (to a container, say) leads them out again.
        guard facts.isLocalTarget, !facts.kernel.translatesDestination else { return nil }
    }

    /// The same places without those of a way, which are the host itself.
    func zones(_ zones: [Zone]) -> [Zone] {
        zones.reduce(into: []) { places, zone in
            let place = zone.isOnTheWay ? .destination : zone
            if !places.contains(place) { places.append(place) }
        }
    }

    func told(_ diagnosis: TargetDiagnosis) -> TargetDiagnosis {
        var diagnosis = diagnosis
        diagnosis.zones = zones(diagnosis.zones)
        diagnosis.lookAlikes.removeAll(where: \.isOnTheWay)
        (diagnosis.afterHop, diagnosis.beforeHop) = (nil, nil)
        return diagnosis
    }
}

extension TargetDiagnosis {
    /// As it is where the target is the machine that asks.
    package func withWayHere(of facts: Facts) -> TargetDiagnosis { WayHere(facts)?.told(self) ?? self }
}

extension Facts {
    /// The target is an address of this machine: there is no path to it.
    var isLocalTarget: Bool {
        route?.kind == .local || target.address?.isUnspecified ?? false || isOffline && isAskedByItself
    }

    /// In a file: a machine that talks to itself, by a loopback address or by one of its others.
    private var isAskedByItself: Bool {
        guard let address = target.address else { return false }
        return address.isLoopback || address == attempts.first { $0.purpose == .primary }?.local?.address
    }
}

extension Zone {
    /// Neither end of it.
    var isOnTheWay: Bool { self == .path || self == .returnPath }
}
