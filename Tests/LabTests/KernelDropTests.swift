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
            #expect(result.output.contains("cap_bpf,cap_perfmon+ep"))
        }

        /// In a mount namespace of its own, because nothing outside may be mounted for a test.
        private func withTracing(_ script: String) async throws -> BuiltCommand.Result {
            try await BuiltCommand.run([
                "lab", "run", "demo", "--", "unshare", "--mount", "bash", "-c",
                """
                mount -t tracefs tracefs /sys/kernel/tracing || exit 99
                instances=/sys/kernel/tracing/instances
                without="setpriv --bounding-set=-bpf,-perfmon,-sys_admin --inh-caps=-all"
                \(script)
                """,
            ])
        }

        /// The trace instance that a process reads: its own, whatever others there are.
        private static let findInstance = """
            for try in $(seq 500); do
                own=$(readlink /proc/$probe/fd/* | sed -n 's|/trace_pipe$||p'); [ -n "$own" ] && break; sleep 0.01
            done
            [ -n "$own" ] || { echo "the probe has no trace instance" >&2; exit 3; }
            """

        @Test(
            "Without BPF a trace instance tells of the packet that was being sent, and is removed",
            .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func tracing() async throws {
            let result = try await withTracing(
                """
                # Nobody reads it, so it was left behind. Other labs have such a folder, too: they share these.
                left=$instances/stallpoint-1-left-$RANDOM$RANDOM
                mkdir $left
                $without stallpoint probe --format json 203.0.113.10:9200 203.0.113.10:3306 & probe=$!
                \(Self.findInstance)
                wait $probe
                [ ! -d $left ] || { echo "$left is still there" >&2; exit 98; }
                [ ! -d "$own" ] || { echo "$own is still there" >&2; exit 97; }
                """)
            if result.status == 99 { return print("skipped: tracefs cannot be mounted here") }
            #expect(result.status == 0, "\(result.output)\(result.error)")
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            let drops = Dictionary(uniqueKeysWithValues: report.diagnoses.map { ($0.target.input, $0.drops) })
            #expect(drops["203.0.113.10:9200"] == ["SYN dropped here on the way out: NETFILTER_DROP"])
            #expect(drops["203.0.113.10:3306"] == [])
        }

        @Test(
            "Probes of one number in several PID namespaces have a trace instance each",
            .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func tracingInContainers() async throws {
            let result = try await withTracing(
                """
                reports=$(mktemp -d); trap 'rm -r $reports' EXIT
                for each in 1 2 3; do
                    unshare --pid --fork $without stallpoint probe 203.0.113.10:9200 >$reports/$each &
                done
                wait
                cat $reports/*
                """)
            if result.status == 99 { return print("skipped: tracefs cannot be mounted here") }
            #expect(result.status == 0, "\(result.output)\(result.error)")
            let told = result.output.split(separator: "\n").filter { $0.contains("SYN dropped here on the way out") }
            #expect(told.count == 3, "\(result.output)")
        }

        @Test(
            "A killed probe's trace instance is removed as well",
            .enabled(if: isPermitted, "needs CAP_BPF and CAP_PERFMON"))
        func killedTracing() async throws {
            let result = try await withTracing(
                """
                $without stallpoint probe 203.0.113.10:9200 >/dev/null 2>&1 & probe=$!
                \(Self.findInstance)
                kill -9 $probe; wait $probe
                for try in $(seq 500); do [ -d $own ] || exit 0; sleep 0.01; done
                echo "$own is still there" >&2; exit 5
                """)
            if result.status == 99 { return print("skipped: tracefs cannot be mounted here") }
            #expect(result.status == 0, "\(result.output)\(result.error)")
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
                stallpoint probe --timeout 30 203.0.113.10:3306 >/dev/null & probe=$!
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
