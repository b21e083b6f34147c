import Conversations
import Diagnosis
import HostNetwork
import PacketWire

/// The names of the hops of a path, by reverse DNS: only when asked for, because it tells the resolver what is traced.
struct HopNames {
    /// Resolvers that do not answer cost so much and no more.
    static let patience = TimeSpan.seconds(3)

    static func add(to diagnosis: inout TargetDiagnosis, clock: RunClock) {
        let addresses = diagnosis.path.compactMap { $0.target.address ?? $0.control.address }
        guard !addresses.isEmpty, let poller = try? Poller(),
            let resolution = try? ReverseResolution(Array(Set(addresses)).sorted()),
            (try? poller.add(resolution.descriptor, token: 0)) != nil
        else { return }
        let deadline = clock.now + patience
        var hasEnded = false
        while !hasEnded, clock.now < deadline {
            poller.wait(nanoseconds: (deadline - clock.now).nanoseconds) { _ in hasEnded = true }
        }
        let names = resolution.names
        for index in diagnosis.path.indices {
            let hop = diagnosis.path[index]
            diagnosis.path[index].name = (hop.target.address ?? hop.control.address).flatMap { names[$0] }
        }
    }
}
