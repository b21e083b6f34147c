import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// When packet sizes are measured.
extension ProbeRun {
    /// The largest packet of the interface that the route names.
    func linkMTU(_ index: Int) -> Int? {
        guard let name = targets[index].route?.interface else { return nil }
        return interfaces.first { $0.name == name }.map { Int(clamping: $0.mtu) }
    }

    /// Nil where there is no reason to, or nothing to measure with.
    func sizeSituation(_ facts: Facts, _ index: Int) -> PathSizeProbe.Situation? {
        guard let address = facts.target.address, let linkMTU = linkMTU(index), linkMTU >= 576,
            let primary = facts.attempts.first
        else { return nil }
        if case .localError = primary.answer { return nil }
        let occasion: PathSizeFacts.Occasion
        if facts.application?.mayStallBySize ?? false {
            occasion = .stall
        } else if facts.service?.name == "quic", primary.answer == .silence {
            occasion = .silentQUIC
        } else if request.settings.measuresPathSize {
            occasion = .asked
        } else {
            return nil
        }
        var situation = PathSizeProbe.Situation(occasion, address.family, linkMTU: min(linkMTU, 65_000))
        situation.hasDialogue = occasion == .stall
        situation.isTaken = facts.application?.isTaken
        situation.agreedSegment = primary.socket?.fullPacket
        situation.roundTrip =
            primary.socket?.roundTrip
            ?? facts.attempts.compactMap { attempt in
                attempt.socket?.at.map { $0 - attempt.startedAt }
            }.min()
        return situation
    }

    /// One target of a host at a time sends it datagrams: PathSizeProbe+Turn.
    func giveTurns(at host: RunTarget) {
        // Who is given one may be done with it at once: the loop goes on then, and nothing recurs.
        guard !isGivingTurns else { return }
        isGivingTurns = true
        defer { isGivingTurns = false }
        let same = targets.indices.filter {
            targets[$0].target.address == host.target.address && targets[$0].scope == host.scope
        }
        for next in same {
            guard !same.contains(where: { targets[$0].followUps.sizes?.holdsTurn ?? false }) else { return }
            guard targets[next].followUps.sizes?.wantsTurn ?? false else { continue }
            let earlier = same.compactMap { targets[$0].followUps.measured }.max { $0.lastAsked < $1.lastAsked }
            takeTurn(after: earlier, next)
        }
    }
}
