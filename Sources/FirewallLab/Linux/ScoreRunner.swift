#if os(Linux)
    import Glibc

    /// Runs scenarios in labs of their own, a few at once, each a child process with its output in a file without a
    /// name. One that does not end in time is ended, and counts as one without a report.
    struct ScoreRunner {
        private struct Job {
            var index: Int
            var child: ChildProcess
            var output: Int32
            var errors: Int32
            var started: UInt64
        }

        let executable: String
        let jobs: Int
        /// In seconds. The slowest honest verdict takes a tenth of it.
        static let deadline: UInt64 = 150

        /// The runs in the order of `work`. `report` hears of each as it ends.
        func run(
            _ work: [(scenario: Scenario, unprivileged: Bool)], report: (ScoredRun) -> Void
        ) throws(LabError) -> [ScoredRun] {
            var results: [Int: ScoredRun] = [:]
            var running: [Job] = []
            var next = 0
            while results.count < work.count {
                while running.count < max(1, jobs), next < work.count {
                    running.append(try start(work[next].scenario, work[next].unprivileged, index: next))
                    next += 1
                }
                for (place, job) in running.enumerated().reversed() {
                    guard let status = ended(job) else { continue }
                    running.remove(at: place)
                    let order = work[job.index]
                    let run = ScoredRun(
                        order.scenario, unprivileged: order.unprivileged, exitStatus: status,
                        output: Self.contents(of: job.output), errors: Self.contents(of: job.errors))
                    close(job.output)
                    close(job.errors)
                    results[job.index] = run
                    report(run)
                }
                usleep(20_000)
            }
            return work.indices.compactMap { results[$0] }
        }

        private func start(_ scenario: Scenario, _ unprivileged: Bool, index: Int) throws(LabError) -> Job {
            let (output, errors) = (try Self.file(), try Self.file())
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            defer { close(nothing) }
            let child = try ChildProcess.start(
                executable,
                ["lab", "run", "--text"] + (unprivileged ? ["--unprivileged"] : []) + [scenario.source, "--"]
                    + ScoredRun.command(for: scenario),
                streams: .init(input: nothing, output: output, error: errors))
            return Job(index: index, child: child, output: output, errors: errors, started: Self.seconds())
        }

        /// The exit status of a job that has ended, or has been ended because its time was over.
        private func ended(_ job: Job) -> Int32? {
            var status: Int32 = 0
            if waitpid(job.child.pid, &status, WNOHANG) == job.child.pid { return ChildProcess.exitStatus(status) }
            guard Self.seconds() &- job.started > Self.deadline else { return nil }
            // What is inside goes with it: see LabLauncher.
            kill(job.child.pid, SIGKILL)
            return job.child.wait()
        }

        private static func file() throws(LabError) -> Int32 {
            guard let file = tmpfile() else {
                throw LabError("cannot make a temporary file: \(String(cString: strerror(errno)))", exitStatus: 74)
            }
            defer { fclose(file) }
            return fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)
        }

        private static func contents(of descriptor: Int32) -> String {
            var result: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            lseek(descriptor, 0, SEEK_SET)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return String(decoding: result, as: UTF8.self) }
                result += buffer[..<count]
            }
        }

        private static func seconds() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return UInt64(time.tv_sec)
        }
    }
#endif
