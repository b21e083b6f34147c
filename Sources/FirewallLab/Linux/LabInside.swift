#if os(Linux)
    import FoundationEssentials
    import Glibc

    /// The inside of a lab: process 1 of its PID namespace. Builds the network, starts the services, runs the
    /// command as the client, and takes everything with it when it ends.
    public enum LabInside {
        /// What the outside tells the inside, on its command line.
        struct Order {
            var run: LabRun
            var privilege: LabLauncher.Privilege
            var outerNetwork: String

            init(_ run: LabRun, privilege: LabLauncher.Privilege, outerNetwork: String) {
                self.run = run
                self.privilege = privilege
                self.outerNetwork = outerNetwork
            }

            var arguments: [String] {
                [
                    privilege.rawValue, outerNetwork, run.unprivileged ? "unprivileged" : "privileged",
                    run.scenario.source,
                ]
                    + run.command
            }

            init(arguments: [String]) throws(LabError) {
                guard arguments.count >= 5, let privilege = LabLauncher.Privilege(rawValue: arguments[0]),
                    let scenario = try ScenarioFile.scenario(fromSource: arguments[3], file: "the scenario")
                else { throw LabError("'lab inside' is started by 'lab run' only", exitStatus: 64) }
                self.privilege = privilege
                outerNetwork = arguments[1]
                run = LabRun(
                    scenario, command: Array(arguments[4...]), unprivileged: arguments[2] == "unprivileged")
            }
        }

        /// The descriptor on which the outside sends signals, and whose end means that the outside is gone.
        private static let control: Int32 = 3

        /// Does what an order says, and gives the command's exit status.
        public static func main(_ arguments: [String], executable: String) throws(LabError) -> Int32 {
            let order = try Order(arguments: arguments)
            try refuseToWorkOutside(order)
            watchControl()
            try LabFiles.prepare(executable: executable)
            for step in LabPlan(order.run.scenario).steps { try perform(step) }
            try startServices(order.run.scenario)
            let command = try LabCommand.start(order)
            return waitForEnd(of: command)
        }

        /// No mistake in a scenario may reach a real network: nothing is touched unless this is a process tree
        /// and a network of its own, in which no interface leads anywhere.
        private static func refuseToWorkOutside(_ order: Order) throws(LabError) {
            let here = LabLauncher.networkNamespace()
            guard getpid() == 1, !here.isEmpty, here != order.outerNetwork else {
                throw LabError(
                    "'lab inside' is started by 'lab run' only: these are not its own namespaces", exitStatus: 64)
            }
            let outward = interfaces().filter { !NetworkNamespaceContents.isHarmless($0) }
            guard outward.isEmpty else {
                throw LabError(
                    "the lab's own network has interfaces that it did not make (\(outward.joined(separator: ", ")))",
                    exitStatus: 77)
            }
        }

        private static func interfaces() -> [String] {
            NetworkNamespaceContents.interfaces(inProcNetDev: LabFiles.contents(of: "/proc/self/net/dev"))
        }

        private static func perform(_ step: SetupStep) throws(LabError) {
            var line = [step.program] + step.arguments
            if let node = step.node { line = ["nsenter", "--net=\(LabPaths.namespace(node))", "--"] + line }
            guard let program = ChildProcess.path(of: line[0]) else {
                throw LabError("the lab needs the program '\(line[0])'", exitStatus: 66)
            }
            // nsenter looks its program up in PATH, which may lack the administrator's folders.
            if step.node != nil { line[3] = ChildProcess.path(of: line[3]) ?? line[3] }
            let result = try ChildProcess.run(program, Array(line.dropFirst()), input: step.input)
            guard result.status == 0 else {
                let said = result.output.split(separator: "\n").joined(separator: "; ")
                throw LabError("\(step.purpose): \(step.program) says: \(said)", exitStatus: 66)
            }
        }

        /// A process a node, each ready when it says so: nothing may be probed before.
        private static func startServices(_ scenario: Scenario) throws(LabError) {
            for (node, services) in ServiceSpecification.plan(for: scenario) {
                let ready = try Pipe()
                let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
                defer { close(nothing) }
                _ = try ChildProcess.start(
                    ChildProcess.path(of: "nsenter") ?? "nsenter",
                    ["--net=\(LabPaths.namespace(node.name))", "--", LabPaths.programs + "/stallpoint", "lab", "serve"]
                        + services.map(\.description),
                    streams: .init(input: nothing, output: ready.writeEnd))
                ready.closeWriteEnd()
                guard ready.readToEnd() == Array("ready\n".utf8) else {
                    throw LabError("the services of \(node.name) did not start", exitStatus: 66)
                }
            }
        }

        /// From now on the kernel says SIGIO when the outside writes or is gone.
        private static func watchControl() {
            signal(SIGPIPE, SIG_IGN)
            var signals = watchedSignals
            sigprocmask(SIG_BLOCK, &signals, nil)
            _ = fcntl(control, F_SETFD, FD_CLOEXEC)
            _ = fcntl(control, F_SETOWN, getpid())
            _ = fcntl(control, F_SETFL, O_RDONLY | O_NONBLOCK | O_ASYNC)
        }

        /// What the outside hands on.
        private static let passedSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

        private static var watchedSignals: sigset_t { signalSet(passedSignals + [SIGCHLD, SIGIO]) }

        private static func signalSet(_ numbers: [Int32]) -> sigset_t {
            var signals = sigset_t()
            sigemptyset(&signals)
            for number in numbers { sigaddset(&signals, number) }
            return signals
        }

        /// Waits for the command, and buries whatever else ends meanwhile: process 1 has that duty.
        private static func waitForEnd(of command: ChildProcess) -> Int32 {
            var received: [Int32] = []
            while true {
                var status: Int32 = 0
                var ended = waitpid(-1, &status, WNOHANG)
                while ended > 0 {
                    if ended == command.pid { return ChildProcess.exitStatus(status) }
                    ended = waitpid(-1, &status, WNOHANG)
                }
                if !passSignals(to: command, received: &received) { return 128 + SIGHUP }
                // What came while nobody waited is still pending, so nothing is missed here.
                var signals = watchedSignals
                let number = sigwaitinfo(&signals, nil)
                if passedSignals.contains(number) { received.append(number) }
            }
        }

        /// Hands the command the signals that the outside was sent. False when the outside is gone.
        ///
        /// A signal that this process received as well went to the whole process group, as Ctrl-C does: then
        /// the command has it already.
        private static func passSignals(to command: ChildProcess, received: inout [Int32]) -> Bool {
            var byte: UInt8 = 0
            while true {
                let count = read(control, &byte, 1)
                if count == 0 { return false }
                if count < 0 { return errno == EAGAIN || errno == EINTR }
                receivePending(&received)
                if let index = received.firstIndex(of: Int32(byte)) {
                    received.remove(at: index)
                } else {
                    kill(command.pid, Int32(byte))
                }
            }
        }

        private static func receivePending(_ received: inout [Int32]) {
            var signals = signalSet(passedSignals)
            var none = timespec(tv_sec: 0, tv_nsec: 0)
            var number = sigtimedwait(&signals, nil, &none)
            while number > 0 {
                received.append(number)
                number = sigtimedwait(&signals, nil, &none)
            }
        }
    }
#endif
