import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// Turns what a person wrote into targets with addresses and routes.
struct TargetPreparation {
    let request: ProbeRequest
    let clock: RunClock

    /// Every address of a name is a target of its own; a name without one stays a target that could not be tried.
    func targets() -> [RunTarget] {
        var names: [String] = []
        for single in request.targets {
            if case .name(let name) = single.host, !names.contains(name) { names.append(name) }
        }
        let resolutions = ResolutionStage(family: request.family, patience: request.resolutionPatience, clock: clock)
            .resolve(names)
        var seen: Set<Key> = []
        return request.targets.flatMap { single -> [RunTarget] in
            expand(single, resolutions).filter { seen.insert(Key($0.target)).inserted }
        }
    }

    private struct Key: Hashable {
        var host: String
        var address: IPAddress?
        var port: UInt16
        var transport: Transport

        init(_ target: Target) {
            (host, address, port, transport) = (target.host, target.address, target.port, target.transport)
        }
    }

    private func expand(_ single: TargetSpecification.Single, _ resolutions: [String: ResolutionFact]) -> [RunTarget] {
        func target(_ host: String, _ address: IPAddress?, _ resolution: ResolutionFact?) -> RunTarget {
            var target = RunTarget(
                target: Target(
                    input: single.input, host: host, address: address, port: single.port, transport: single.transport))
            target.resolution = resolution
            guard let address else { return target }
            target.route = route(to: address)
            if address.isLinkLocal, let interface = request.interface ?? target.route?.interface {
                target.scope = DescriptorLimit.interfaceIndex(interface) ?? 0
            }
            return target
        }
        switch single.host {
        case .address(let address):
            return [target(address.description, address, nil)]
        case .name(let name):
            guard let resolution = resolutions[name], case .addresses(let addresses) = resolution.outcome,
                !addresses.isEmpty
            else {
                var failed = resolutions[name]
                // A resolver that knows the name while the system does not: the system's word counts for applications.
                if case .addresses = failed?.outcome { failed?.outcome = .noSuchName }
                let none = ResolutionFact(outcome: .silent, systemCode: nil, elapsed: .zero)
                return [target(name, nil, failed ?? none)]
            }
            let wanted = addresses.filter { request.family == nil || $0.family == request.family }
            return wanted.map { target(name, $0, resolution) }
        }
    }

    private func route(to address: IPAddress) -> RouteFact? {
        let answer = try? Route.lookup(to: address, from: request.sourceAddress, interface: request.interface)
        switch answer {
        case nil:
            return nil
        case .refused(let errno):
            let error = SocketError(system: errno)
            let kind: RouteFact.Kind =
                switch error.name {
                case "EINVAL": .blackhole
                case "EACCES": .prohibit
                case "EHOSTUNREACH": .unreachable
                default: .none
                }
            return RouteFact(kind: kind, error: error)
        case .route(let route):
            let kind: RouteFact.Kind =
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
            var fact = RouteFact(
                kind: kind, source: route.source, gateway: route.gateway, interface: route.interface)
            (fact.table, fact.mtu, fact.advertisedMSS) = (route.table, route.mtu, route.advertisedMSS)
            return fact
        }
    }
}
