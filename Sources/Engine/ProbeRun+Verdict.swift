import Conversations
import Diagnosis
import HostNetwork
import LiveCapture
import PacketWire
import Probing

/// The end of a target: the last packets are let in, the kernel is asked once more, and the causes judge.
extension ProbeRun {
    func finish(_ index: Int) {
        guard !targets[index].isFinished else { return }
        targets[index].isFinished = true
        targets[index].ladders.removeAll()
        ladders.cancel(index)
        beginFollowUps(index)
    }

    /// Nothing more is to be sent. The capture lags a little behind the socket: the last packets are let in before the
    /// verdict.
    func close(_ index: Int) {
        let lag: TimeSpan = capture == nil ? .zero : .milliseconds(5)
        moments.insert(.judge(index), at: clock.now + lag)
    }

    func judge(_ index: Int, _ progress: (ProbeProgress) -> Void) {
        guard targets[index].diagnosis == nil else { return }
        readCapture()
        readDrops()
        endFollowUps(index)
        var facts = targets[index].probe?.facts ?? facts(for: targets[index])
        addKernelFacts(&facts, index)
        askRouteAgain(&facts, index)
        addMarkedRoutes(&facts, index)
        adoptControl(&facts, index)
        if let nextHop = targets[index].nextHop {
            facts.neighbor = Self.neighbor(nextHop, on: facts.route?.interface)
            facts.neighborExchange = wire.exchanges[nextHop]
        }
        if let capture, capture.droppedPackets() > 0 {
            facts.capturedWithLoss = true
            facts.limits.append("the capture lost \(capture.droppedPackets()) packets")
        }
        if let failure = capture?.failure {
            facts.capturedWithLoss = true
            facts.limits.append("the capture broke off: \(failure)")
        }
        addSharedIssuers(&facts, index)
        addMissing(&facts, index)
        host?.testify(&facts, index, at: clock.now)
        let family = facts.target.address?.family
        facts.kernel.sharesCounters = targets.count { $0.target.address?.family == family } > 1
        var diagnosis = facts.diagnose()
        if request.wantsNames { HopNames.add(to: &diagnosis, clock: clock) }
        targets[index].diagnosis = diagnosis
        targets[index].facts = facts
        targets[index].probe = nil
        active -= 1
        progress(.decided(diagnosis))
    }

    /// What a router says of the targets beside a silent one: those of a network stand together.
    private func addMissing(_ facts: inout Facts, _ index: Int) {
        guard case .silence? = facts.attempts.first?.answer else { return }
        for other in max(0, index - 32)..<min(targets.count, index + 33) where other != index {
            if let found = targets[other].probe?.facts ?? targets[other].facts { facts.learnMissing(from: found) }
        }
    }

    static func neighbor(_ address: IPAddress, on interface: String?) -> NeighborFact? {
        guard let entries = try? Neighbor.entries(for: address) else { return nil }
        let entry = entries.first { interface == nil || $0.interface == interface }
        guard let entry else { return NeighborFact(address: address, state: .absent, interface: interface) }
        let state: NeighborFact.State =
            switch entry.state {
            case 1: .incomplete
            case 2: .reachable
            case 4: .stale
            case 8: .delay
            case 16: .probe
            case 32: .failed
            case 64: .noARP
            case 128: .permanent
            default: .absent
            }
        return NeighborFact(
            address: address, state: state, linkAddress: entry.linkAddress, interface: entry.interface)
    }

    func stopEverything(_ progress: (ProbeProgress) -> Void) {
        for index in targets.indices where targets[index].isStarted && targets[index].diagnosis == nil {
            perform(targets[index].probe?.stop(at: clock.now) ?? [], index)
            judge(index, progress)
        }
    }
}
