#if os(Linux)
    import StallpointTestKit
    import Testing

    /// `stallpoint trace` over real routers: what is rewritten where, and by whom the ends are marked.
    @Suite("Trace", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct TraceTests {
        private func trace(
            _ scenario: String, _ target: String, options: [String] = [], unprivileged: Bool = false
        ) async throws -> JSONDocument {
            let result = try await BuiltCommand.run(
                ["lab", "run"] + (unprivileged ? ["--unprivileged"] : []) + [scenario, "--", "stallpoint", "trace"]
                    + options + ["--format", "json", target])
            let report = try JSONDocument(parsing: result.output)
            return try #require(report["diagnoses"]?.elements.first, "\(result.error)")
        }

        private func changes(_ diagnosis: JSONDocument) -> [String] {
            (diagnosis["path"]?.elements ?? []).flatMap { hop in
                (hop["changes"]?.elements ?? []).map { change in
                    let after = change["after_hop"]?["ttl"]?.number ?? 0
                    return "\(change["field"]?.text ?? "") \(after)-\(hop["ttl"]?.number ?? 0)"
                }
            }
        }

        @Test(
            "alterations stand between the two hops where they are made",
            arguments: [
                ("nat-quotes-untranslated", "203.0.113.10:5432", ["source-address 1-2"]),
                ("nat-quotes-translated", "203.0.113.10:5432", []),
                ("marks-rewritten", "203.0.113.10:5432", ["dscp 1-2", "ecn 1-2", "mss 1-2"]),
                ("marks-rewritten", "[2001:db8:5::10]:5432", ["dscp 1-2", "ecn 1-2", "mss 1-2"]),
                ("options-stripped", "203.0.113.10:5432", ["window-scale 2-3", "timestamps 2-3"]),
                ("options-stripped", "[2001:db8:5::10]:5432", ["window-scale 2-3", "timestamps 2-3"]),
                ("open", "203.0.113.10:443", []),
            ])
        func alterations(_ scenario: String, _ target: String, _ expected: [String]) async throws {
            let diagnosis = try await trace(scenario, target)
            #expect(changes(diagnosis) == expected)
            #expect(diagnosis["verdict"]?.text == (scenario == "options-stripped" ? "degraded" : "open"))
        }

        @Test("every hop is asked once a round, on both ladders, and the end is marked by what answered")
        func rounds() async throws {
            let path = try await trace("open", "203.0.113.10:443", options: ["--rounds", "2"])["path"]?.elements ?? []
            #expect(path.prefix(4).compactMap { $0["target_tally"]?["sent"]?.number } == [2, 2, 2, 2])
            #expect(path.prefix(4).compactMap { $0["control_tally"]?["sent"]?.number } == [2, 2, 2, 2])
            #expect(
                path.prefix(4).compactMap { $0["target"]?["answer"]?.text }
                    == ["time-exceeded", "time-exceeded", "time-exceeded", "reached"])
        }

        @Test("a router in the target's name is no end")
        func ownAddress() async throws {
            let diagnosis = try await trace("dnat-hops-in-its-name", "203.0.113.20:5432")
            let path = diagnosis["path"]?.elements ?? []
            #expect(
                path.prefix(4).compactMap { $0["target"]?["address"]?.text }
                    == ["198.51.100.1", "203.0.113.20", "203.0.113.20", "203.0.113.20"])
            #expect(path.prefix(4).compactMap { $0["target"]?["answer"]?.text }.last == "reached")
        }

        @Test("without privileges the hops are the same; alterations need a capture")
        func unprivileged() async throws {
            let diagnosis = try await trace("marks-rewritten", "203.0.113.10:5432", unprivileged: true)
            #expect(
                diagnosis["path"]?.elements.prefix(3).compactMap { $0["target"]?["answer"]?.text }
                    == ["time-exceeded", "time-exceeded", "time-exceeded"])
            #expect(changes(diagnosis).isEmpty)
        }
    }
    extension JSONDocument {
        fileprivate var number: Int? {
            if case .number(let value) = self { Int(value) } else { nil }
        }
    }
#endif
