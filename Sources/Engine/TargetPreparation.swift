import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// Turns what a person wrote into targets with addresses and routes.
struct TargetPreparation {
    let request: ProbeRequest
    let clock: RunClock
    let routes: RouteWitness

    /// Every address of a name is a target of its own; a name without one stays a target that could not be tried.
    func targets() -> [RunTarget] {
        var names: [String] = []
        for single in request.targets {
            if case .name(let name) = single.host, !names.contains(name) { names.append(name) }
        }
        let resolutions = ResolutionStage(
            family: request.family, patience: request.resolutionPatience, named: request.resolvers, clock: clock
        ).resolve(names)
        var seen: Set<Key> = []
        return request.targets.flatMap { single -> [RunTarget] in
            expand(single, resolutions).filter { seen.insert(Key($0)).inserted }
        }
    }

    private struct Key: Hashable {
        var host: String
        var address: IPAddress?
        var scope: UInt32
        var port: UInt16
        var transport: Transport
        var request: ApplicationRequest?
        var service: UDPService?

        init(_ one: RunTarget) {
            (host, address, scope, port) = (one.target.host, one.target.address, one.scope, one.target.port)
            (transport, request) = (one.target.transport, one.request)
            if transport == .udp { service = one.service ?? UDPService.on(port: port) }
        }
    }

    private func expand(_ single: TargetSpecification.Single, _ resolutions: [String: ResolutionFact]) -> [RunTarget] {
        func target(_ host: String, _ address: IPAddress?, _ resolution: ResolutionFact?) -> RunTarget {
            var target = RunTarget(
                target: Target(
                    input: single.input, host: host, address: address, port: single.port, transport: single.transport))
            target.resolution = resolution
            target.request = single.request
            target.service = single.service
            guard let address else { return target }
            var flow = request.flow(to: target.target, address)
            let zone = single.zone.flatMap(DescriptorLimit.interfaceName(zone:))
            flow.interface = zone ?? flow.interface
            target.route = routes.route(of: flow)
            if address.isLinkLocal, let interface = flow.interface ?? target.route?.interface {
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
}
