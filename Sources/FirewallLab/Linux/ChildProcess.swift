#if os(Linux)
    import FoundationEssentials
    import Glibc

    /// A program that the lab starts: `posix_spawn` and nothing around it.
    struct ChildProcess {
        let pid: pid_t

        /// What a child's descriptors are, where they are not this process's own.
        struct Streams {
            var input: Int32?
            var output: Int32?
            var error: Int32?
            /// Descriptors that the child gets as 3 and up. Whatever else the lab opens closes on exec.
            var more: [Int32] = []
        }

        /// Starts a program with default signal handling and nothing blocked, whatever this process has done
        /// to its own. Descriptors 0, 1 and 2 are this process's own unless `streams` names others.
        static func start(
            _ program: String, _ arguments: [String], environment: [String: String]? = nil, streams: Streams = Streams()
        ) throws(LabError) -> ChildProcess {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            for (descriptor, source) in [streams.input, streams.output, streams.error].enumerated() {
                guard let source else { continue }
                posix_spawn_file_actions_adddup2(&actions, source, Int32(descriptor))
            }
            for (index, source) in streams.more.enumerated() {
                posix_spawn_file_actions_adddup2(&actions, source, Int32(3 + index))
            }

            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var signals = sigset_t()
            sigemptyset(&signals)
            posix_spawnattr_setsigmask(&attributes, &signals)
            sigfillset(&signals)
            posix_spawnattr_setsigdefault(&attributes, &signals)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

            let environment = environment ?? ProcessInfo.processInfo.environment
            var argumentPointers = ([program] + arguments).map { strdup($0) } + [nil]
            var environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
            var pid: pid_t = 0
            let status = posix_spawn(&pid, program, &actions, &attributes, &argumentPointers, &environmentPointers)
            guard status == 0 else {
                throw LabError("cannot start \(program): \(String(cString: strerror(status)))", exitStatus: 66)
            }
            return ChildProcess(pid: pid)
        }

        /// Waits for the end. A signal counts as 128 and its number, as shells count it.
        func wait() -> Int32 {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            return Self.exitStatus(status)
        }

        static func exitStatus(_ status: Int32) -> Int32 {
            let signal = status & 0x7F
            return signal == 0 ? status >> 8 & 0xFF : 128 + signal
        }

        /// Runs a program to its end: its exit status, and what it said on standard output and error together.
        static func run(
            _ program: String, _ arguments: [String], input: String = ""
        ) throws(LabError) -> (status: Int32, output: String) {
            let given = try Pipe()
            let output = try Pipe()
            let child = try start(
                program, arguments,
                streams: Streams(input: given.readEnd, output: output.writeEnd, error: output.writeEnd))
            output.closeWriteEnd()
            given.closeReadEnd()
            given.write(Array(input.utf8))
            given.closeWriteEnd()
            let text = String(decoding: output.readToEnd(), as: UTF8.self)
            return (child.wait(), text)
        }

        /// A program's path, from PATH and from where Debian keeps what only an administrator's PATH has.
        static func path(of program: String) -> String? {
            if program.contains("/") { return program }
            return searchPath.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
        }

        static var searchPath: [String] {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            let folders = path.split(separator: ":").map(String.init)
            return folders
                + ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].filter {
                    !folders.contains($0)
                }
        }
    }

    /// Both ends of a pipe, closed when the last user lets go. Children get them only by name.
    final class Pipe {
        private(set) var readEnd: Int32
        private(set) var writeEnd: Int32

        init() throws(LabError) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else {
                throw LabError("cannot make a pipe: \(String(cString: strerror(errno)))", exitStatus: 74)
            }
            (readEnd, writeEnd) = (ends[0], ends[1])
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }

        deinit {
            closeReadEnd()
            closeWriteEnd()
        }

        func closeReadEnd() {
            if readEnd >= 0 { close(readEnd) }
            readEnd = -1
        }

        func closeWriteEnd() {
            if writeEnd >= 0 { close(writeEnd) }
            writeEnd = -1
        }

        /// Writes all of it, or as much as the other side wants: SIGPIPE is ignored by whoever runs programs.
        func write(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(writeEnd, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return
                }
            }
        }

        func readToEnd() -> [UInt8] {
            var result: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(readEnd, &buffer, buffer.count)
                if count > 0 {
                    result += buffer[..<count]
                } else if count == 0 || errno != EINTR {
                    return result
                }
            }
        }
    }
#endif
