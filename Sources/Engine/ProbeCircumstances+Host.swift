import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// What experiments need beyond plain sockets, opened while the privilege is there: a raw socket a family, and
/// sockets that hold privileged source ports.
struct ExperimentMeans {
    private(set) var raw: [IPFamily: RawSender] = [:]
    private var privileged: [PortKey: [ProbeSocket]] = [:]
    private var interfaces: [Interface] = []

    private struct PortKey: Hashable {
        var family: IPFamily
        var transport: Transport
        var port: UInt16
    }

    /// - Parameters:
    ///   - targets: those that are probed; each gets its own sockets, and very many get none.
    ///   - holdsPorts: privileged ports are of use.
    mutating func open(families: Set<IPFamily>, targets: [Target], interfaces: [Interface], holdsPorts: Bool) {
        self.interfaces = interfaces
        for family in families {
            raw[family] = try? RawSender(family)
        }
        guard holdsPorts, targets.count <= 8 else { return }
        for target in targets {
            guard let family = target.address?.family else { continue }
            for port in PrivilegedSourcePort.ports(target.transport) {
                var options = ProbeSocket.Options()
                options.sourcePort = port
                let key = PortKey(family: family, transport: target.transport, port: port)
                // What passes from it comes again.
                for _ in 0...ChangedOnceMore.times {
                    guard let socket = try? ProbeSocket(target.transport, family, options: options) else { break }
                    privileged[key, default: []].append(socket)
                }
            }
        }
    }

    /// A socket that holds this privileged port; each is given out once.
    mutating func take(port: UInt16, _ transport: Transport, _ family: IPFamily) -> ProbeSocket? {
        privileged[PortKey(family: family, transport: transport, port: port)]?.popLast()
    }

    /// - Parameter hasWire: what answers a packet of our own making is seen by the capture only.
    func circumstances(for target: RunTarget, hasWire: Bool, isThorough: Bool) -> ProbeCircumstances {
        var result = ProbeCircumstances()
        result.isThorough = isThorough
        guard let address = target.target.address, let route = target.route, route.kind == .unicast else {
            return result
        }
        let transport = target.target.transport
        result.privilegedPorts = Set(PrivilegedSourcePort.ports(transport)).filter { port in
            privileged[PortKey(family: address.family, transport: transport, port: port)]?.isEmpty == false
        }
        result.mayCraft = hasWire && raw[address.family] != nil
        result.otherSources = otherSources(address, route)
        return result
    }

    /// Addresses of the same kind as the one that is used: what is deprecated, tentative or on the loopback is not
    /// meant to be used, and a link-local one leads nowhere.
    private func otherSources(_ target: IPAddress, _ route: RouteFact) -> [IPAddress] {
        guard let source = route.source, !target.isLinkLocal else { return [] }
        return interfaces.filter { $0.isRunning && !$0.isLoopback }
            .flatMap(\.addresses)
            .filter { !$0.isTentative && !$0.isDuplicate && !$0.isDeprecated }
            .map(\.address)
            .filter { $0.family == target.family && $0 != source && !$0.isLinkLocal && !$0.isLoopback }
    }
}
