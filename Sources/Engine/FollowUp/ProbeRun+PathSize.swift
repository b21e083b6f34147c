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
}
