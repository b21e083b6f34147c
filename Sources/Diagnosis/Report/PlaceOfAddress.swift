import Conversations
import PacketWire

/// Addresses of which everybody knows where they are, so that a path to them from anywhere else is none: those of one link,
/// and those at which clouds serve their instances.
enum PlaceOfAddress: Hashable {
    case metadata
    /// 169.254.0.0/16 over a router.
    case linkLocal(gateway: IPAddress)

    /// AWS, Azure, Google, OpenStack and others; AWS for IPv6; Alibaba; the tasks of AWS ECS.
    private static let services: Set<IPAddress> = Set(
        ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "169.254.170.2"].compactMap { IPAddress($0) })

    init?(_ facts: Facts) {
        guard let address = facts.target.address, !facts.isLocalTarget else { return nil }
        if Self.services.contains(address) {
            self = .metadata
        } else if address.family == .v4, address.isLinkLocal, let gateway = facts.route?.gateway {
            self = .linkLocal(gateway: gateway)
        } else {
            return nil
        }
    }

    func advice(_ target: Target) -> String {
        let address = target.address.map(\.description) ?? target.host
        return switch self {
        case .metadata:
            "\(address) is where clouds serve their instances' metadata: the machine underneath answers it, and only to an"
                + " instance of that cloud. Outside of one nobody has it; inside, look for what takes it away (a network policy, a"
                + " VPN, a rule against programs that ask for credentials), and from a container for the hop limit of its answers"
                + " (AWS: 1, unless it was raised)."
        case .linkLocal(let gateway):
            "Addresses of 169.254.0.0/16 are of one link, and no router is to forward them (RFC 3927 section 7): the route leads"
                + " over \(gateway), and should lead onto the link itself (ip route get \(address))."
        }
    }
}

extension TargetDiagnosis {
    /// With where the target's address is, where nothing of it answers.
    func withPlaceOfAddress(of facts: Facts) -> TargetDiagnosis {
        guard [.blocked, .unreachable, .undetermined, .failed].contains(verdict), stage != .application, stage != .tls,
            let place = PlaceOfAddress(facts)
        else { return self }
        var diagnosis = self
        diagnosis.advice.insert(place.advice(target), at: 0)
        return diagnosis
    }
}
