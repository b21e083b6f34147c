#if os(Linux)
    import FirewallLab
    import FoundationEssentials
    import Glibc
    import Testing

    @Suite("Running a command in the lab", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct LabRunTests {
        func lab(options: [String] = [], scenario: String = "open", _ command: String..., input: String = "")
            async throws
            -> BuiltCommand.Result
        {
            try await BuiltCommand.run(["lab", "run"] + options + [scenario, "--"] + command, input: input)
        }

        @Test("the exit status is the command's own", arguments: [0, 1, 2, 7, 64, 77, 130])
        func exitStatus(status: Int32) async throws {
            #expect(try await lab("sh", "-c", "exit \(status)").status == status)
        }

        @Test("a command that a signal ended counts as 128 and the signal's number")
        func killed() async throws {
            #expect(try await lab("sh", "-c", "kill -9 $$").status == 137)
        }

        @Test("input, output and errors go through, and nothing is added to them")
        func streams() async throws {
            let result = try await lab("sh", "-c", "cat; echo problem >&2", input: "hello\n")
            #expect(result.output == "hello\n")
            #expect(result.error == "problem\n")
            #expect(result.status == 0)
        }

        @Test("arguments arrive as they were written")
        func arguments() async throws {
            let result = try await lab("printf", "%s|", "a b", "--help", "-w", "", "$HOME", "--")
            #expect(result.output == "a b|--help|-w||$HOME|--|")
        }

        @Test("files land in the caller's folder and belong to him")
        func files() async throws {
            let folder = FileManager.default.temporaryDirectory.path + "/stallpoint-lab-test-\(getpid())"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let result = try await lab("sh", "-c", "cd \"$1\" && echo text > written && pwd", "sh", folder)
            #expect(result.output == folder + "\n")
            let written = try FileManager.default.attributesOfItem(atPath: folder + "/written")
            #expect(written[.size] as? Int == 5 || written[.size] as? UInt64 == 5)
            var information = stat()
            #expect(stat(folder + "/written", &information) == 0)
            #expect(information.st_uid == geteuid())
        }

        @Test("the client reaches the server over both families, four hops away, and knows the lab's names")
        func network() async throws {
            let result = try await lab(
                "bash", "-c",
                """
                for address in 203.0.113.10 2001:db8:5::10; do
                    exec 3<>/dev/tcp/$address/22 && read -r line <&3 && echo "$line"
                done
                getent ahostsv4 db.lab | head -1 | cut -d' ' -f1
                getent ahostsv6 v6.lab | head -1 | cut -d' ' -f1
                """)
            #expect(result.output == "SSH-2.0-lab\r\nSSH-2.0-lab\r\n203.0.113.10\n2001:db8:5::10\n", "\(result.error)")
        }

        @Test("the lab's outer network has loopback only, and no node has more than its own cables")
        func noWayOut() async throws {
            // Process 1 stays in the outer network.
            let outer = try await lab("cat", "/proc/1/net/dev")
            let names = outer.output.split(separator: "\n").dropFirst(2).map {
                $0.split(separator: ":")[0].drop { $0 == " " }
            }
            #expect(names == ["lo"])
            let nodes = try await lab("sh", "-c", "for n in $(ls /run/netns); do ip -n $n -o link; done")
            let kinds = nodes.output.split(separator: "\n").map {
                $0.contains("link/ether") ? $0.contains("link-netns") : $0.contains("LOOPBACK")
            }
            #expect(kinds.count == 13 && kinds.allSatisfy(\.self), "\(nodes.output)")
        }

        @Test("'--unprivileged' takes every capability away")
        func unprivileged() async throws {
            let result = try await lab(
                options: ["--unprivileged"], "sh", "-c",
                "id -u; grep -E 'Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs' /proc/self/status | cut -f2; ip link set eth0 down 2>/dev/null || echo refused; stallpoint lab show open | head -1"
            )
            let lines = result.output.split(separator: "\n")
            try #require(lines.count == 8, "\(result.output)\(result.error)")
            #expect(lines[0] != "0")
            #expect(lines[1...4].allSatisfy { $0 == "0000000000000000" }, "\(lines)")
            #expect(lines[5...] == ["1", "refused", "name: open"])
        }

        @Test("without root it works as well, in a user namespace", .enabled(if: BuiltCommand.isReachableForNobody))
        func userNamespace() async throws {
            let prefix = geteuid() == 0 ? BuiltCommand.asNobody : []
            let result = try await BuiltCommand.run(
                ["lab", "run", "drop-at-r1", "--", "sh", "-c", "id -u; ip netns"], as: prefix)
            guard result.status != 77 else {
                print("Not tried without root: \(result.error)")
                return
            }
            #expect(result.output.hasPrefix("0\n") && result.output.contains("firewall"), "\(result)")
            let bare = try await BuiltCommand.run(
                ["lab", "run", "--unprivileged", "open", "--", "sh", "-c", "id -u; ip link set eth0 down 2>&1"],
                as: prefix)
            #expect(bare.output.hasPrefix("65534\n") && bare.status != 0, "\(bare)")
        }

        @Test("without root and without user namespaces it is one line and 77", .enabled(if: geteuid() == 0))
        func nothingAllowed() async throws {
            // A user namespace in which no more can be made, and no capability over anything else.
            let prefix = [
                "unshare", "--user", "--map-root-user", "sh", "-c",
                "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"",
                "sh",
            ]
            let result = try await BuiltCommand.run(["lab", "run", "open", "--", "true"], as: prefix)
            #expect(result.status == 77)
            #expect(result.output == "")
            #expect(
                result.error.hasPrefix("stallpoint lab: the lab needs root")
                    && result.error.split(separator: "\n").count == 1, "\(result.error)")
        }

        @Test(
            "what cannot be done is one line and a status of the contract",
            arguments: [
                (["lab", "run", "no-such", "--", "true"], Int32(64), "no-such"),
                (["lab", "show", "no-such"], 64, "no-such"),
                (["lab", "run", "open"], 64, "no command"),
                (["lab", "run", "/no/such/file.yaml", "--", "true"], 66, "/no/such/file.yaml"),
                (["lab", "inside", "root", "net:[1]", "privileged", "name: x\ntitle: t", "true"], 64, "lab run"),
                (["lab", "inside"], 64, "lab run"),
                (["lab", "serve", "nonsense"], 64, "nonsense"),
            ])
        func mistakes(arguments: [String], status: Int32, mention: String) async throws {
            let result = try await BuiltCommand.run(arguments)
            #expect(result.status == status)
            #expect(result.output == "")
            #expect(result.error.contains(mention) && result.error.split(separator: "\n").count == 1, "\(result.error)")
        }

        @Test("a command that is not there is 127, as in a shell")
        func noCommand() async throws {
            #expect(try await lab("no-such-command").status == 127)
        }

        @Test("a scenario file of a stranger works, and its mistakes are named")
        func ownFile() async throws {
            let file = FileManager.default.temporaryDirectory.path + "/stallpoint-own-\(getpid()).yaml"
            defer { try? FileManager.default.removeItem(atPath: file) }
            let head = "name: mine\ntitle: t\nservices: {server: ['tcp/99 banner hi']}\n"
            try head.write(toFile: file)
            let result = try await lab(
                scenario: file, "bash", "-c", "read -r l < /dev/tcp/203.0.113.20/99; echo \"$l\"")
            #expect(result.output == "hi\r\n", "\(result.error)")
            try (head + "setup: {r2: {nft: 'table inet'}}\n").write(toFile: file)
            let broken = try await lab(scenario: file, "true")
            #expect(broken.status == 66)
            #expect(broken.error.hasPrefix("stallpoint lab: rules of r2: nft says: "), "\(broken.error)")
            try (head + "setup: {r2: {ip: ['nonsense']}}\n").write(toFile: file)
            #expect(
                try await lab(scenario: file, "true").error.hasPrefix("stallpoint lab: ip commands of r2: ip says: "))
            try (head + "setup: {r2: {sysctl: {net.no.such: 1}}}\n").write(toFile: file)
            #expect(try await lab(scenario: file, "true").error.hasPrefix("stallpoint lab: settings of r2: "))
        }

        @Test("the list names every scenario, and each is shown as it is written")
        func list() async throws {
            let list = try await BuiltCommand.run(["lab"])
            let scenarios = try ScenarioCatalog.all()
            for scenario in scenarios { #expect(list.output.contains("  \(scenario.name) "), "\(scenario.name)") }
            #expect(list.output.contains(LabTopology.standard.drawing))
            let last = try #require(scenarios.last)
            #expect(try await BuiltCommand.run(["lab", "show", last.name]).output == last.source)
        }
    }

    extension String {
        fileprivate func write(toFile path: String) throws {
            try write(toFile: path, atomically: true, encoding: .utf8)
        }
    }
#endif
