#if os(Linux)
    import FoundationEssentials
    import Glibc

    /// The outside of a lab: starts the process that becomes the lab's first, hands it signals, and passes
    /// on how it ended.
    ///
    /// The inside is process 1 of a PID namespace, so the kernel ends everything in it when it ends, and with
    /// the last process the network and mount namespaces are gone too. It ends when the command ends, when
    /// `unshare` dies, and when this process dies: it reads the pipe that only this process can write to.
    public enum LabLauncher {
        /// How this process can make namespaces.
        enum Privilege: String {
            case root
            case userNamespace = "user-namespace"
        }

        /// Runs a command as the client of a scenario, and gives its exit status.
        public static func run(
            _ run: LabRun, executable: String, standardOutput: Int32? = nil
        ) throws(LabError) -> Int32 {
            for program in ["unshare", "nsenter", "ip", "nft", "mount"] where ChildProcess.path(of: program) == nil {
                let package = ["ip": "iproute2", "nft": "nftables", "mount": "mount"][program] ?? "util-linux"
                throw LabError(
                    "the lab needs the program '\(program)': apt-get install \(package)", exitStatus: 66)
            }
            for need in run.scenario.needs where !meets(need) {
                throw LabError("the scenario needs '\(need)', which this machine does not have", exitStatus: 66)
            }
            signal(SIGPIPE, SIG_IGN)
            let privilege = try findPrivilege()
            var signals = sigset_t()
            sigemptyset(&signals)
            for number in [SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&signals, number) }
            sigprocmask(SIG_BLOCK, &signals, nil)

            let control = try Pipe()
            let child = try ChildProcess.start(
                ChildProcess.path(of: "unshare") ?? "unshare",
                namespaceOptions(privilege) + ["--kill-child", executable, "lab", "inside"]
                    + LabInside.Order(run, privilege: privilege, outerNetwork: networkNamespace()).arguments,
                streams: .init(output: standardOutput, more: [control.readEnd]))
            control.closeReadEnd()
            while true {
                var status: Int32 = 0
                if waitpid(child.pid, &status, WNOHANG) == child.pid { return ChildProcess.exitStatus(status) }
                let number = sigwaitinfo(&signals, nil)
                if number > 0, number != SIGCHLD { control.write([UInt8(truncatingIfNeeded: number)]) }
            }
        }

        /// The same, with what the command prints. It goes through a file without a name, so that neither side
        /// waits for the other.
        public static func output(
            of run: LabRun, executable: String
        ) throws(LabError) -> (exitStatus: Int32, output: [UInt8]) {
            guard let file = tmpfile() else {
                throw LabError("cannot make a temporary file: \(String(cString: strerror(errno)))", exitStatus: 74)
            }
            defer { fclose(file) }
            _ = fcntl(fileno(file), F_SETFD, FD_CLOEXEC)
            let status = try self.run(run, executable: executable, standardOutput: fileno(file))
            rewind(file)
            var output: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = fread(&buffer, 1, buffer.count, file)
                guard count > 0 else { return (status, output) }
                output += buffer[..<count]
            }
        }

        /// Whether the lab can run here at all. Throws the line that says why not.
        public static func checkAvailability() throws(LabError) {
            _ = try findPrivilege()
        }

        /// Tries what the lab will do, because there is no list of all that can forbid it: capabilities,
        /// sysctls, seccomp, AppArmor.
        private static func findPrivilege() throws(LabError) -> Privilege {
            guard let unshare = ChildProcess.path(of: "unshare") else {
                throw LabError("the lab needs the program 'unshare': apt-get install util-linux", exitStatus: 66)
            }
            let trial = "mount -t tmpfs lab /run && mkdir /run/netns && ip link set lo up"
            for privilege in geteuid() == 0 ? [Privilege.root, .userNamespace] : [.userNamespace] {
                let result = try ChildProcess.run(unshare, namespaceOptions(privilege) + ["sh", "-c", trial])
                if result.status == 0 { return privilege }
            }
            throw LabError(
                "the lab needs root, or a kernel that lets unprivileged users make user namespaces; "
                    + "run it with sudo", exitStatus: 77)
        }

        /// Whether this machine has a program; or, of several words, whether they work in a network that is empty.
        static func meets(_ need: String) -> Bool {
            guard need.contains(" ") else { return ChildProcess.path(of: need) != nil }
            guard let privilege = try? findPrivilege(), let unshare = ChildProcess.path(of: "unshare"),
                let result = try? ChildProcess.run(unshare, namespaceOptions(privilege) + ["sh", "-c", need])
            else { return false }
            return result.status == 0
        }

        private static func namespaceOptions(_ privilege: Privilege) -> [String] {
            (privilege == .root ? [] : ["--user", "--map-root-user"])
                + ["--net", "--mount", "--pid", "--fork"]
        }

        /// The name of this process's network namespace, `net:[4026531840]`. The inside refuses to work there.
        static func networkNamespace() -> String {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
                let count = buffer.baseAddress.map { readlink("/proc/self/ns/net", $0, buffer.count) } ?? 0
                return String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
        }
    }
#endif
