import Conversations
import Diagnosis
import PacketWire
import Probing
import StallpointTestKit
import Testing

/// How a simulated run may be held: what a driver may have, and what it may not.
struct SimulatedDriver: Sendable, CustomTestStringConvertible {
    var hasWire: Bool
    var usesOneFlow: Bool
    var isThorough: Bool

    var testDescription: String {
        [hasWire ? "wire" : "no wire", usesOneFlow ? "one flow" : nil, isThorough ? "thorough" : nil]
            .compactMap(\.self).joined(separator: ", ")
    }

    static let all = [
        SimulatedDriver(hasWire: true, usesOneFlow: false, isThorough: false),
        SimulatedDriver(hasWire: false, usesOneFlow: false, isThorough: false),
        SimulatedDriver(hasWire: true, usesOneFlow: true, isThorough: false),
        SimulatedDriver(hasWire: true, usesOneFlow: true, isThorough: true),
    ]

    func run(_ path: SimulatedPath, _ transport: Transport, _ circumstances: ProbeCircumstances) -> Simulation.Result {
        var simulation = Simulation(path)
        simulation.hasWire = hasWire
        simulation.usesOneFlow = usesOneFlow
        simulation.circumstances = circumstances
        simulation.circumstances.isThorough = isThorough
        return simulation.probe(transport, 5432)
    }
}

/// One loop a driver: the table is long, and one line of output each would say nothing.
@Test(
    "No run sends more than its budget or takes longer than fifteen seconds, thorough ones twenty",
    arguments: SimulatedDriver.all)
func bounds(_ driver: SimulatedDriver) {
    // What is on its way when the budget ends is still sent again.
    let most = (driver.isThorough ? 2 : 1) * (ProbeSettings().packetBudget + 5)
    var slowest = TimeSpan.zero
    var cases = 0
    func check(_ result: Simulation.Result, _ name: String) {
        #expect(result.packets <= most, "\(name): \(result.packets) packets")
        #expect(result.elapsed <= .seconds(driver.isThorough ? 20 : 15), "\(name): \(result.elapsed)")
        slowest = max(slowest, result.elapsed)
        cases += 1
    }
    // The others are bounded where their verdicts are tested.
    for stall in simulatedStalls where driver.isThorough || !driver.hasWire {
        var path = SimulatedPath.threeRouters(stall.family)
        stall.arrange(&path)
        check(driver.run(path, stall.transport, ProbeCircumstances()), stall.name)
    }
    for (number, experiment) in simulatedExperiments.enumerated() {
        var path = SimulatedPath.threeRouters()
        experiment.arrange(&path)
        var circumstances = ProbeCircumstances()
        experiment.circumstances(&circumstances)
        check(driver.run(path, .tcp, circumstances), experiment.name)
        // Everything that a process may be allowed, at once.
        circumstances.mayCraft = driver.hasWire
        circumstances.privilegedPorts = [20, 1_023]
        circumstances.otherSources = [IPAddress("198.51.100.3")!, IPAddress("198.51.100.4")!]
        check(driver.run(path, .tcp, circumstances), "\(experiment.name), with all rights")
        // A long way: more to ask, and no more to send. Of each kind one is enough.
        guard number % 4 == 0 else { continue }
        path.routers += (1...24).map { IPAddress("192.0.2.\(100 + $0)")! }
        check(driver.run(path, .tcp, circumstances), "\(experiment.name), a long way")
    }
    #expect(cases >= 2 * simulatedExperiments.count)
    #expect(slowest > .seconds(1))
}
