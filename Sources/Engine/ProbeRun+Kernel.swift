import Conversations
import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// The kernel witness in the poll loop.
extension ProbeRun {
    /// Before the privilege is given up.
    func openKernel() {
        let addresses = Set(targets.compactMap(\.target.address))
        if let missing = kernel.open(addresses: Array(addresses)) { self.missing.append(missing) }
    }

    func readDrops() {
        kernel.read(clock) { packet in
            wire.owner(of: packet)
        } file: { drop, target, attempt in
            guard targets.indices.contains(target), targets[target].probe != nil else { return false }
            // What is sent when the plan has ended is no attempt of it.
            guard !FollowUps.owns(attempt) else { return true }
            targets[target].probe?.amend { $0.attempts[attempt].drops.append(drop) }
            return true
        }
    }

    /// What the kernel said of a target, once nothing more is awaited.
    func addKernelFacts(_ facts: inout Facts, _ index: Int) {
        facts.kernel.watchesDrops = kernel.watchesDrops
        guard let primary = facts.attempts.firstIndex(where: { $0.purpose == .primary }),
            !facts.attempts[primary].drops.isEmpty
        else { return }
        kernel.namePlaces(of: &facts.attempts[primary].drops, target: index, attempt: primary)
    }

    /// A moment after the first packet: whether it has left, and which rules come into question if not.
    func lookAtRules(_ index: Int) {
        guard let facts = targets[index].probe?.facts else { return }
        host?.look(facts, at: clock.now)
        foretellRules(index)
    }

    func foretellRules(_ index: Int) {
        guard let host, targets[index].probe != nil else { return }
        targets[index].probe?.amend { host.foretell(&$0) }
    }

    /// The route once more where only the socket's own end decides about it.
    func askRouteAgain(_ facts: inout Facts, _ index: Int) {
        guard let address = facts.target.address, routes.needsLocal(facts.route, address.family),
            let local = facts.attempts.first(where: { $0.purpose == .primary })?.local
        else { return }
        var flow = request.flow(to: facts.target, address)
        flow.local = local
        guard let route = routes.route(of: flow) else { return }
        facts.route = route
        targets[index].route = route
    }

    /// Where a packet that never left would have gone with one of the marks that rules know.
    func addMarkedRoutes(_ facts: inout Facts, _ index: Int) {
        guard let address = facts.target.address, let primary = facts.attempts.first, primary.answer == .silence,
            primary.socket != nil, primary.packets.isEmpty
        else { return }
        var flow = request.flow(to: facts.target, address)
        flow.local = primary.local
        facts.kernel.markedRoutes = routes.markedRoutes(of: flow).map { marked in
            var marked = marked
            if let nextHop = marked.route.gateway, nextHop != facts.route?.gateway {
                marked.neighbor = Self.neighbor(nextHop, on: marked.route.interface)
            }
            return marked
        }
    }
}
