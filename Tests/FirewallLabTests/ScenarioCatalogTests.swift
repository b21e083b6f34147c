import Foundation
import PacketWire
import Testing

@testable import FirewallLab

/// The scenarios that come with the tool: what a typing mistake in one would do is found here, without a network.
@Suite("The catalogue of scenarios")
struct ScenarioCatalogTests {
    static let verdicts: Set = [
        "open", "closed", "blocked", "unreachable", "interfered", "degraded", "undetermined", "failed",
    ]
    static let stages: Set = [
        "resolve", "route", "neighbor", "handshake", "tls", "application", "transfer", "idle",
    ]
    static let mechanisms: Set = [
        "silent-drop", "icmp-reject", "tcp-reset", "no-listener", "no-route", "no-neighbor", "routing-loop",
        "listen-overflow", "rate-limit", "loss", "answered-by-middlebox", "mtu-black-hole", "closed-by-peer",
        "no-reply",
        "protocol-mismatch", "tls-alert", "tls-intercepted", "name-not-found", "resolver-silent", "resolver-refused",
        "idle-timeout", "altered-in-transit", "permission",
    ]
    static let zones: Set = ["local-egress", "local-ingress", "path", "return-path", "destination", "resolver"]
    static let grades: Set = ["proved", "strong", "likely", "weak"]

    @Test("there are at least a hundred, each with a name of its own and something to probe")
    func size() throws {
        let scenarios = try ScenarioCatalog.all()
        #expect(scenarios.count >= 100)
        #expect(Set(scenarios.map(\.name)).count == scenarios.count)
        #expect(scenarios.allSatisfy { !$0.probes.isEmpty })
        #expect(scenarios.allSatisfy { Set($0.targets).count == $0.targets.count })
    }

    @Test("every file of scenarios is in it")
    func files() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/FirewallLab/Scenarios").standardizedFileURL
        let known = Set(try ScenarioCatalog.all().map(\.name))
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 20)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let names = try ScenarioFile.scenarios(in: text, file: file.lastPathComponent).map(\.name)
            #expect(!names.isEmpty && known.isSuperset(of: names), "\(file.lastPathComponent)")
        }
    }

    @Test("each is found by its name, and is what it is among all")
    func byName() throws {
        for scenario in try ScenarioCatalog.all() {
            #expect(try ScenarioCatalog.scenario(named: scenario.name) == scenario)
        }
    }

    @Test("what only looks like a name in a file names none", arguments: ["", "open\ntitle: t", "ope", "op*n"])
    func noName(text: String) {
        #expect(throws: LabError.self) { try ScenarioCatalog.scenario(named: text) }
    }

    @Test("one that does not exist is a clear error")
    func unknown() {
        let error = #expect(throws: LabError.self) { try ScenarioCatalog.scenario(named: "no-such") }
        #expect(error?.exitStatus == 64)
        #expect(error?.message.contains("no-such") == true)
    }

    @Test("every code is one of the report contract")
    func codes() throws {
        for scenario in try ScenarioCatalog.all() {
            for probe in scenario.probes {
                for expectation in [probe.expectation, probe.unprivilegedExpectation] {
                    let context = "\(scenario.name): \(probe.target)"
                    check(expectation.verdict, Self.verdicts, context)
                    check(expectation.stage, Self.stages, context)
                    check(expectation.mechanism, Self.mechanisms, context)
                    check(expectation.confidence, Self.grades, context)
                    guard case .oneOf(let sets) = expectation.zones else { continue }
                    for set in sets { #expect(set?.zones.isSubset(of: Self.zones) == true, "\(context)") }
                }
            }
        }
    }

    private func check(_ expected: Expected<String>, _ codes: Set<String>, _ context: String) {
        guard case .oneOf(let values) = expected else { return }
        for value in values { #expect(value.map(codes.contains) ?? true, "\(context): \(value ?? "")") }
    }

    @Test("every set of zones that is accepted holds the true one, and what is open has none")
    func truth() throws {
        for scenario in try ScenarioCatalog.all() {
            for probe in scenario.probes {
                for unprivileged in [false, true] {
                    let expectation = probe.expectation(unprivileged: unprivileged)
                    guard case .oneOf(let sets) = expectation.zones else {
                        Issue.record("\(scenario.name) states no zones for \(probe.target)")
                        continue
                    }
                    let mayBeOpen = expectation.verdict.accepts { $0 == "open" }
                    for set in sets.compactMap(\.self) where !(mayBeOpen && set.zones.isEmpty) {
                        #expect(
                            probe.truth.zone.map(set.zones.contains) ?? mayBeOpen, "\(scenario.name): \(probe.target)")
                    }
                    // Where nothing is wrong, open must be right, and where nothing else can be, nothing is wrong.
                    #expect(mayBeOpen || probe.truth.zone != nil, "\(scenario.name): \(probe.target)")
                    if expectation.verdict == .oneOf(["open"]) {
                        #expect(probe.truth.zone == nil, "\(scenario.name): \(probe.target)")
                    }
                }
            }
        }
    }

    @Test("every actor is an address, a node or the target, and so is whoever does it")
    func nodes() throws {
        for scenario in try ScenarioCatalog.all() {
            for probe in scenario.probes {
                if let by = probe.truth.by { #expect(scenario.topology.node(named: by) != nil, "\(scenario.name)") }
                guard case .oneOf(let actors) = probe.expectation.actor else { continue }
                for actor in actors.compactMap(\.self) {
                    let known = scenario.topology.node(named: actor) != nil || actor == "target"
                    #expect(known || IPAddress(actor) != nil, "\(scenario.name): \(actor)")
                }
            }
        }
    }

    @Test("both families are asked about nearly everywhere")
    func families() throws {
        let scenarios = try ScenarioCatalog.all()
        let both = scenarios.filter { scenario in
            scenario.targets.contains { $0.hasPrefix("[") } && scenario.targets.contains { !$0.hasPrefix("[") }
        }
        #expect(both.count >= 90)
    }
}
