#if os(Linux)
    import FirewallLab
    import FoundationEssentials
    import Glibc
    import HostNetwork
    import Testing

    /// All nodes of the lab share one kernel, which is a hard test for who may claim a drop.
    @Suite("The kernel's drops", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct KernelDropTests {
        static let isPermitted: Bool = {
            if Privileges.current().canLoadBPF { return true }
            print("skipped: watching the kernel's drops needs CAP_BPF and CAP_PERFMON")
            return false
        }()

        private struct Report: Decodable {
            struct Diagnosis: Decodable {
                struct Target: Decodable { var input: String }
                struct Evidence: Decodable { var witness, fact: String }
                var target: Target
                var evidence: [Evidence]

                var drops: [String] {
                    evidence.filter { $0.witness == "kernel" && $0.fact.contains("dropped here") }.map(\.fact)
                }
            }
            var diagnoses: [Diagnosis]
        }

        private func probe(_ targets: String...) async throws -> [String: Report.Diagnosis] {
            let result = try await BuiltCommand.run(
                ["lab", "run"]
                    + ["demo", "--", "stallpoint", "probe", "--format", "json"] + targets)
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            return Dictionary(uniqueKeysWithValues: report.diagnoses.map { ($0.target.input, $0) })
        }

        @Test(
            "What another namespace of the same kernel drops is not ours, though it is our very packet",
            .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func otherNamespaces() async throws {
            let ours = "203.0.113.10:9200"
            let answer = "203.0.113.10:9300"
            // r1 drops the first, the firewall the second.
            let theirs = ["203.0.113.10:3306", "203.0.113.10:5432"]
            let found = try await probe(ours, answer, theirs[0], theirs[1])
            #expect(found[ours]?.drops == ["SYN dropped here on the way out: NETFILTER_DROP"])
            #expect(found[answer]?.drops == ["SYN-ACK dropped here on the way in: NETFILTER_DROP"])
            for target in theirs { #expect(found[target]?.drops == []) }
        }

        @Test("Without privileges no drop is claimed, and the report says what would grant the sight of them")
        func withoutPrivileges() async throws {
            let result = try await BuiltCommand.run([
                "lab", "run", "--unprivileged", "demo", "--", "stallpoint", "probe", "203.0.113.10:9200",
            ])
            #expect(!result.output.contains("dropped here"))
            #expect(result.output.contains("sudo setcap cap_net_raw,cap_bpf,cap_perfmon+ep"))
        }

        @Test(
            "A probe that is killed leaves no program in the kernel",
            .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func killed() async throws {
            guard try await BuiltCommand.run(["lab", "run", "open", "--", "which", "bpftool"]).status == 0 else {
                return print("skipped: bpftool is not installed")
            }
            // The program's number is the proof: other tests have programs of the same name.
            let script = """
                ids() { bpftool prog list | sed -n 's/^\\([0-9]*\\): raw_tracepoint .*name stallpoint_drop.*/\\1/p' | sort; }
                stallpoint probe 203.0.113.10:9200 >/dev/null & probe=$!
                for try in $(seq 500); do
                    own=$(for f in /proc/$probe/fdinfo/*; do sed -n 's/^prog_id:[[:space:]]*//p' "$f"; done 2>/dev/null | head -1)
                    [ -n "$own" ] && break; sleep 0.01
                done
                [ -n "$own" ] || { echo "the probe has no program"; exit 3; }
                ids | grep -qx "$own" || { echo "bpftool does not list $own"; exit 4; }
                kill -9 $probe; wait $probe
                for try in $(seq 500); do ids | grep -qx "$own" || exit 0; sleep 0.01; done
                echo "$own is still there"; exit 5
                """
            let result = try await BuiltCommand.run(["lab", "run", "demo", "--", "bash", "-c", script])
            #expect(result.status == 0, "\(result.output)\(result.error)")
        }
    }
#endif
