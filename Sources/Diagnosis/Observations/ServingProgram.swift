/// A program may serve the device that the route leads to (tun, ppp: most VPNs): it takes packets from the kernel and gives
/// them back, and no witness looks into it. What gets through a handshake may still be stopped there, by its size or by
/// what it says.
extension Facts {
    /// The handshake was completed, and something behind it is swallowed: who serves the way out is worth a look.
    public var isSwallowedBehindHandshake: Bool {
        if case .silence? = application?.brokeOff { return true }
        return knownSizes?.limits.contains(where: \.isSilent) ?? false
    }
}

extension TargetDiagnosis {
    /// What is swallowed behind the handshake may be swallowed in that program, as long as no router farther on is known to
    /// have had it.
    func withServingProgram(of facts: Facts) -> TargetDiagnosis {
        let link = facts.kernel.circumstances.link
        guard link?.isServedByProgram ?? facts.mayEnterProgram, facts.route?.kind != .local, afterHop == nil,
            confidence < .proved, stage.map({ [.tls, .application, .transfer].contains($0) }) ?? false
        else { return self }
        var places: [Zone] = []
        switch mechanism {
        case .silentDrop, .mtuBlackHole, .loss:
            if zones.contains(.path) { places.append(.localEgress) }
            if zones.contains(.returnPath) { places.append(.localIngress) }
        // What the far end acknowledges got through.
        case .noReply: if zones.contains(.returnPath) { places.append(.localIngress) }
        default: break
        }
        places.removeAll(where: zones.contains)
        guard !places.isEmpty else { return self }
        var diagnosis = self
        diagnosis.zones += places
        diagnosis.lookAlikes.append(
            LookAlike(
                cause: "the program that serves \(link?.name ?? "the tunnel") swallows it on this machine",
                whyNotExcluded:
                    "nothing looks into that program, and no router behind it is known to have had the packet",
                experiment:
                    "capture where the program sends its own packets, or look at its log and MTU"))
        return diagnosis
    }
}
