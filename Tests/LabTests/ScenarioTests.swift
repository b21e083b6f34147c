#if os(Linux)
    import FirewallLab
    import FoundationEssentials
    import StallpointTestKit
    import Testing

    /// Every scenario, with and without privileges: set up for real, probed by the built command, judged.
    ///
    /// `STALLPOINT_LAB_ONLY=drop` runs those with `drop` in their name.
    @Suite("Scenarios", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"), .waiting)
    struct ScenarioTests {
        /// How many labs run at once: most of their time is waiting for silence.
        static let width = 6

        static var scenarios: [Scenario] {
            get throws {
                let only = ProcessInfo.processInfo.environment["STALLPOINT_LAB_ONLY"]
                return try ScenarioCatalog.all().filter { scenario in
                    guard only.map(scenario.name.contains) ?? true else { return false }
                    let missing = Lab.missingNeeds(for: scenario)
                    if !missing.isEmpty {
                        print("skipped: \(scenario.name) needs \(missing.joined(separator: ", "))")
                    }
                    return missing.isEmpty
                }
            }
        }

        @Test("each gets the right report", .serialized, arguments: [false, true])
        func reports(unprivileged: Bool) async throws {
            let scenarios = try Self.scenarios
            @Sendable func probe(_ scenario: Scenario) async throws -> BuiltCommand.Result {
                try await BuiltCommand.run(
                    ["lab", "run"] + (unprivileged ? ["--unprivileged"] : []) + [scenario.name, "--"]
                        + ScoredRun.command(for: scenario))
            }
            func scored(_ scenario: Scenario, _ result: BuiltCommand.Result) -> ScoredRun {
                ScoredRun(
                    scenario, unprivileged: unprivileged, exitStatus: result.status, output: result.output,
                    errors: result.error)
            }
            let results = try await Self.concurrently(scenarios, probe)
            // What sets a scenario up is quiet where it works; a line of the probe's own begins with its name.
            for (scenario, result) in zip(scenarios, results) {
                let others = result.error.split(separator: "\n").filter { !$0.hasPrefix("stallpoint: ") }
                #expect(others.isEmpty, "\(scenario.name)")
            }
            var runs = zip(scenarios, results).map(scored)
            // Real packets have real times, and a machine that runs other tests beside this one delays them: what was
            // wrong is tried once more by itself, and that it was is printed.
            for index in runs.indices {
                let first = LabScore([runs[index]])
                let wrong = first.rows.filter { !$0.judgement.isRight && $0.scenario.pending == nil }
                guard !wrong.isEmpty || !first.failures.isEmpty else { continue }
                for row in wrong { print("TRIED AGAIN ALONE: \(row.wrongText)") }
                runs[index] = scored(scenarios[index], try await probe(scenarios[index]))
            }
            let score = LabScore(runs)
            print(score.text)
            for run in score.failures { Issue.record("\(run.scenario.name): \(run.failure ?? "")") }
            for row in score.rows where !row.judgement.isRight {
                if let reason = row.scenario.pending {
                    print("PENDING (\(reason)) \(row.wrongText)")
                } else {
                    Issue.record("\(row.isWrongAndSure ? "wrong and sure of it: " : "")\(row.wrongText)")
                }
            }
        }

        /// Results in the order of the scenarios, a few at a time.
        static func concurrently(
            _ scenarios: [Scenario], _ work: @escaping @Sendable (Scenario) async throws -> BuiltCommand.Result
        ) async throws -> [BuiltCommand.Result] {
            try await withThrowingTaskGroup(of: (Int, BuiltCommand.Result).self) { group in
                var results: [Int: BuiltCommand.Result] = [:]
                var next = 0
                while results.count < scenarios.count {
                    while next < scenarios.count, next - results.count < width {
                        let index = next
                        group.addTask { (index, try await work(scenarios[index])) }
                        next += 1
                    }
                    if let (index, result) = try await group.next() { results[index] = result }
                }
                return scenarios.indices.compactMap { results[$0] }
            }
        }
    }
#endif
