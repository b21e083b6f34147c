#if os(Linux)
    import FoundationEssentials
    import Glibc
    import Testing

    @testable import FirewallLab

    /// However a lab ends, nothing of it stays: no process, no namespace, no mount, no file.
    @Suite("The end of a lab", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct LabEndTests {
        /// Says which network the command is in, then stays, with a child that stays as well.
        static let staying =
            "readlink /proc/self/ns/net /proc/self/ns/pid /proc/self/ns/mnt; sleep 600 & exec sleep 600"

        /// The namespaces that a running lab's command is in, read from its output.
        func namespaces(of running: BuiltCommand.Running) throws -> Set<String> {
            var names: Set<String> = []
            for _ in 0..<3 { names.insert(try #require(running.readLine())) }
            return names
        }

        /// The namespaces of every process that can be seen.
        func liveNamespaces() -> Set<String> {
            var names: Set<String> = []
            for process in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            where Int(process) != nil {
                for kind in ["net", "pid", "mnt"] {
                    if let name = try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(process)/ns/\(kind)")
                    {
                        names.insert(name)
                    }
                }
            }
            return names
        }

        /// Whether all of them are gone; the kernel takes a moment to end the processes of a namespace.
        func areGone(_ names: Set<String>) async throws -> Bool {
            for _ in 0..<500 {
                if liveNamespaces().isDisjoint(with: names) { return true }
                try await Task.sleep(for: .milliseconds(10))
            }
            return false
        }

        func traces() -> [String] {
            let mounts = LabFiles.contents(of: "/proc/self/mountinfo").split(separator: "\n").map(String.init)
            let interfaces = NetworkNamespaceContents.interfaces(inProcNetDev: LabFiles.contents(of: "/proc/net/dev"))
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
            let own = FileManager.default.fileExists(atPath: LabPaths.own) ? [LabPaths.own] : []
            return mounts.sorted() + interfaces.sorted() + names.sorted() + own
        }

        @Test(
            "after a signal",
            arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL])
        func signals(signal: Int32) async throws {
            let before = traces()
            let running = try BuiltCommand.start(
                BuiltCommand.path, ["lab", "run", "open", "--", "sh", "-c", Self.staying])
            let names = try namespaces(of: running)
            #expect(names.count == 3 && names.isSubset(of: liveNamespaces()))
            kill(running.child.pid, signal)
            #expect(running.child.wait() == 128 + signal)
            #expect(try await areGone(names))
            #expect(traces() == before)
        }

        @Test("after the command has ended, what it left in the background")
        func background() async throws {
            let before = traces()
            let command = """
                readlink /proc/self/ns/net /proc/self/ns/pid /proc/self/ns/mnt
                setsid sleep 600 > /dev/null 2>&1 &
                sleep 0.1
                """
            let result = try await BuiltCommand.run(["lab", "run", "open", "--", "sh", "-c", command])
            let names = Set(result.output.split(separator: "\n").map(String.init))
            #expect(names.count == 3)
            #expect(try await areGone(names))
            #expect(traces() == before)
        }

        @Test("a command that handles the signal decides by itself how it ends")
        func handled() async throws {
            let running = try BuiltCommand.start(
                BuiltCommand.path,
                [
                    "lab", "run", "open", "--", "sh", "-c",
                    "trap 'echo partial; exit 5' INT; echo ready; sleep 600 & wait",
                ])
            #expect(running.readLine() == "ready")
            kill(running.child.pid, SIGINT)
            let result = running.finish()
            #expect(result.output == "partial\n")
            #expect(result.status == 5)
        }

        @Test("after the process between is killed")
        func unshareKilled() async throws {
            let running = try BuiltCommand.start(
                BuiltCommand.path, ["lab", "run", "open", "--", "sh", "-c", Self.staying])
            let names = try namespaces(of: running)
            let children = LabFiles.contents(of: "/proc/\(running.child.pid)/task/\(running.child.pid)/children")
            let unshare = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
            kill(unshare, SIGKILL)
            #expect(running.child.wait() == 137)
            #expect(try await areGone(names))
        }
    }
#endif
