import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// How long a service that speaks first is waited for.
struct GreetingPlanTests {
    private func probe(_ port: UInt16) -> Simulation.Result {
        var path = SimulatedPath.threeRouters()
        path.open[.tcp(port: port)] = .holds
        return Simulation(path).probe(.tcp, port)
    }

    @Test(
        "Only where one is usual, and mail longer than others",
        arguments: [(22, 3, 4), (3_306, 3, 4), (25, 7, 8), (5_432, 0, 1)] as [(UInt16, Int64, Int64)])
    func waits(_ port: UInt16, _ least: Int64, _ most: Int64) {
        let result = probe(port)
        #expect(result.elapsed >= .seconds(least) && result.elapsed < .seconds(most), "\(result.elapsed)")
        #expect((result.facts.greetingAwaited == nil) == (least == 0))
        #expect(result.diagnosis.verdict == (least == 0 ? .open : .interfered))
        // Nothing is sent for it.
        #expect(result.packets == probe(5_432).packets)
    }
}
