import Conversations
import Diagnosis
import PacketWire
import StallpointTestKit
import Testing

/// The simulation's own rules: the same in every run, and what they say.
struct SimulatedPacketTests {
    private typealias Condition = SimulatedPath.Condition
    private static let local = IPAddress("198.51.100.2")!

    private func packet(
        port: UInt16 = 40_000, source: IPAddress = local, variant: SYNVariant? = nil, number: Int = 1, recent: Int = 0
    ) -> SimulatedPacket {
        SimulatedPacket(
            .tcp(port: 443), source: source, sourcePort: port, variant: variant, number: number, recent: recent)
    }

    private func passes(_ condition: Condition, _ packet: SimulatedPacket, at milliseconds: Int64 = 0) -> Bool {
        var path = SimulatedPath.threeRouters()
        path.open[.tcp(port: 443)] = .holds
        path.rules = [.init(.forward(hop: 2), [], .drop, when: condition)]
        return path.fate(of: packet, at: .zero + .milliseconds(milliseconds)).answer == .connected(.holds)
    }

    @Test("Chance is the same each time, near its share, and another one with another seed")
    func chance() {
        for percent in [0, 10, 50, 90, 100] {
            let lost = (0..<1_000).map { !passes(.chance(percent: UInt64(percent), seed: 5), packet(number: $0)) }
            let again = (0..<1_000).map { !passes(.chance(percent: UInt64(percent), seed: 5), packet(number: $0)) }
            #expect(lost == again)
            let count = lost.count { $0 }
            #expect(abs(count - 10 * percent) <= 60, "\(count) of 1000 at \(percent) %")
            if percent == 0 || percent == 100 { #expect(count == 10 * percent) }
            guard percent == 50 else { continue }
            #expect(lost != (0..<1_000).map { !passes(.chance(percent: 50, seed: 6), packet(number: $0)) })
        }
    }

    @Test("Each condition holds for what it names")
    func conditions() {
        #expect(!passes(.always, packet()))
        let even = (0..<8).map { passes(.sourcePort(modulo: 4, below: 1), packet(port: 40_000 + 2 * $0)) }
        #expect(even == [false, true, true, true, false, true, true, true])
        #expect(passes(.sourcePortAbove(1_023), packet(port: 1_023)))
        #expect(!passes(.sourcePortAbove(1_023), packet(port: 1_024)))
        #expect(!passes(.source(Self.local), packet()))
        #expect(passes(.source(Self.local), packet(source: IPAddress("198.51.100.3")!)))
        #expect(passes(.overRate(2), packet(recent: 1)) && !passes(.overRate(2), packet(recent: 2)))
        #expect(!passes(.unlessVariant([.withoutECN]), packet()))
        #expect(!passes(.unlessVariant([.withoutECN]), packet(variant: .unchanged)))
        #expect(passes(.unlessVariant([.withoutECN]), packet(variant: .withoutECN)))
        #expect(passes(.after(.zero + .milliseconds(5)), packet(), at: 4))
        #expect(!passes(.after(.zero + .milliseconds(5)), packet(), at: 5))
        #expect(!passes(.before(.zero + .milliseconds(5)), packet(), at: 4))
        #expect(passes(.before(.zero + .milliseconds(5)), packet(), at: 5))
    }

    @Test("Two runs over the same path are the same run")
    func deterministic() {
        var path = SimulatedPath.threeRouters()
        path.open[.tcp(port: 443)] = .holds
        path.open[.tcp(port: 5432)] = .holds
        path.rules = [.init(.forward(hop: 2), [.tcp(port: 5432)], .drop, when: .chance(percent: 40, seed: 3))]
        let runs = (0..<2).map { _ in Simulation(path).probe(.tcp, 5432) }
        #expect(runs[0].facts.attempts == runs[1].facts.attempts)
        #expect(runs[0].packets == runs[1].packets && runs[0].elapsed == runs[1].elapsed)
    }
}
