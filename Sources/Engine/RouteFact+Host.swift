import Diagnosis
import HostNetwork

extension RouteFact {
    /// What the kernel answered.
    init(_ answer: Route.Answer) {
        switch answer {
        case .refused(let errno):
            let error = SocketError(system: errno)
            let kind: Kind =
                switch error.name {
                case "EINVAL": .blackhole
                case "EACCES": .prohibit
                case "EHOSTUNREACH": .unreachable
                default: .none
                }
            self.init(kind: kind, error: error)
        case .route(let route):
            let kind: Kind =
                switch route.type {
                case 1: .unicast
                case 2: .local
                case 3: .broadcast
                case 5: .multicast
                case 6: .blackhole
                case 7: .unreachable
                case 8: .prohibit
                default: .none
                }
            self.init(kind: kind, source: route.source, gateway: route.gateway, interface: route.interface)
            (table, mtu, advertisedMSS) = (route.table, route.mtu, route.advertisedMSS)
        }
    }
}
