#if os(Linux)
    import FoundationEssentials
    import Glibc
    import Testing

    @Suite("Keeping score", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct LabScoreTests {
        private struct Score: Decodable {
            struct Run: Decodable {
                var scenario: String
                var user: String
                var elapsedSeconds: Double?
                var packetsSent: Int?
                var failure: String?
            }

            var schema: String
            var runs: [Run]
        }

        private static var decoder: JSONDecoder {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return decoder
        }

        @Test("both users, in the order that was asked for, with times and packets")
        func both() async throws {
            let result = try await BuiltCommand.run(["lab", "score", "--both", "--format", "json", "open", "closed"])
            #expect(result.status == 0, "\(result.error)")
            let score = try Self.decoder.decode(Score.self, from: Data(result.output.utf8))
            #expect(score.schema == "stallpoint.score/1")
            #expect(score.runs.map(\.scenario) == ["open", "closed", "open", "closed"])
            #expect(score.runs.map(\.user) == ["root", "root", "unprivileged", "unprivileged"])
            // Two targets: a SYN each at least.
            #expect(score.runs.allSatisfy { ($0.packetsSent ?? 0) >= 2 && ($0.elapsedSeconds ?? -1) >= 0 })
            #expect(score.runs.allSatisfy { $0.failure == nil })
            #expect(result.error.split(separator: "\n").count == 4)
        }

        /// A file of one's own, in which the first scenario states what is not so.
        static let own = """
            name: liar
            title: An open port that is called blocked
            probe:
              - target: "203.0.113.10:443"
                truth: {zone: path, by: r1, why: "not so"}
                expect: {verdict: blocked, zones: [path]}
            ---
            name: honest
            title: An open port
            probe:
              - target: "203.0.113.10:80"
                truth: {why: "the server listens"}
                expect: {verdict: open, zones: []}
            """

        @Test("a file may hold several; a wrong verdict that is sure ends with status 1 and is named")
        func wrong() async throws {
            let file = FileManager.default.temporaryDirectory.path + "/stallpoint-score-\(getpid()).yaml"
            try Self.own.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let result = try await BuiltCommand.run(["lab", "score", file])
            #expect(result.status == 1)
            #expect(result.output.contains("root: 1 of 2 right in 2 scenarios"))
            #expect(
                result.output.contains(
                    "Wrong and sure of it, which must never be:\n  liar, 203.0.113.10:443, root: open"))
        }

        @Test("what stands beside a scenario is there, in a run of one's own and in the score's")
        func beside() async throws {
            let file = FileManager.default.temporaryDirectory.path + "/stallpoint-beside-\(getpid()).yaml"
            // It changes what is true, so that the score notices whether it is there.
            try "name: wall\ntitle: t\nsetup: {r1: {ip: [route add prohibit 203.0.113.10/32]}}\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let run = try await BuiltCommand.run(
                ["lab", "run", "--beside", file, "open", "--", "ip", "netns", "exec", "r1", "ip", "route"])
            #expect(run.output.contains("prohibit 203.0.113.10"), "\(run.error)")
            let alone = try await BuiltCommand.run(["lab", "score", "open"])
            #expect(alone.status == 0 && alone.output.contains("root: 2 of 2 right in 1 scenarios"))
            let score = try await BuiltCommand.run(["lab", "score", "--beside", file, "open"])
            #expect(score.status == 1)
            #expect(score.output.contains("root: 1 of 2 right in 1 scenarios"), "\(score.output)")
        }

        @Test("a scenario that cannot be set up is a failure with the lab's own reason")
        func failure() async throws {
            let file = FileManager.default.temporaryDirectory.path + "/stallpoint-score-bad-\(getpid()).yaml"
            try "name: bad\ntitle: t\nsetup: {r2: {nft: 'no such thing'}}\nprobe: []\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let result = try await BuiltCommand.run(["lab", "score", file])
            #expect(result.status == 1)
            #expect(result.output.contains("No report of bad: exit status 66: stallpoint lab: rules of r2: nft says: "))
        }

        @Test(
            "wrong usage is said before anything is run",
            arguments: [
                (["--jobs", "0"], 64), (["--both", "--user"], 64), (["no-such"], 64), (["/no/such.yaml"], 66),
                (["--beside", "no-such", "open"], 64),
            ])
        func usage(arguments: [String], status: Int) async throws {
            let result = try await BuiltCommand.run(["lab", "score"] + arguments)
            #expect(result.status == status && result.output.isEmpty, "\(result.error)")
        }
    }
#endif
