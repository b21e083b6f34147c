#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// A trace buffer of our own beside the machine's (Documentation/trace/ftrace.rst, "Instances"), which disturbs
    /// nobody's tracing. It is a directory, so it must be removed: a small process that keeps the privilege does that
    /// as soon as this one closes it or ends, however it ends. What even that could not remove, the next run does.
    final class TraceInstance {
        static let prefix = "stallpoint-"
        let path: String
        private let pipe: Int32
        private let janitor: (process: Int32, descriptor: Int32)

        /// Opens one in a mounted tracefs; mounts nothing.
        init(in root: String) throws(SystemCallError) {
            let turn = try Self.takeTurn(in: root)
            // At once, not when all that share it have closed it: the janitor is a fork.
            defer {
                flock(turn, LOCK_UN)
                close(turn)
            }
            Self.removeLeftovers(in: root)
            // The process by number for a reader. It makes no name: all PID namespaces share these directories.
            let path = "\(root)/instances/\(Self.prefix)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
            // Before the directory is made: whenever this process ends after that, somebody removes it.
            var process: Int32 = 0
            let descriptor = unsafe path.withCString { unsafe chn_remove_directory_at_end($0, &process) }
            guard descriptor >= 0 else {
                throw SystemCallError("open a trace instance", errno: errno, subject: path)
            }
            guard unsafe mkdir(path, 0o700) == 0 else {
                let number = errno
                // What is there is not ours: nobody may remove it.
                kill(process, SIGKILL)
                Self.dismiss((process, descriptor))
                throw SystemCallError("make a trace instance", errno: number, subject: path)
            }
            pipe = unsafe open("\(path)/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard pipe >= 0 else {
                let number = errno
                Self.dismiss((process, descriptor))
                throw SystemCallError("open a trace instance", errno: number, subject: path)
            }
            self.path = path
            janitor = (process, descriptor)
        }

        /// One makes an instance or removes leftovers at a time: the kernel removes one that was made and is not open
        /// yet, and whoever opens it meanwhile may get another's that took its place in memory.
        private static func takeTurn(in root: String) throws(SystemCallError) -> Int32 {
            let folder = unsafe open("\(root)/instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw SystemCallError("open", errno: errno, subject: "\(root)/instances") }
            for _ in 0..<2_000 {
                if flock(folder, LOCK_EX | LOCK_NB) == 0 { return folder }
                usleep(1_000)
            }
            close(folder)
            throw SystemCallError("wait for others' trace instances", errno: ETIMEDOUT)
        }

        deinit {
            close(pipe)
            Self.dismiss(janitor)
        }

        private static func dismiss(_ janitor: (process: Int32, descriptor: Int32)) {
            close(janitor.descriptor)
            while waitpid(janitor.process, nil, 0) < 0, errno == EINTR {}
        }

        /// Where tracefs is mounted, if it is.
        static var root: String? {
            ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].first { unsafe access("\($0)/instances", X_OK) == 0 }
        }

        /// Instances that nobody reads any more: what somebody reads the kernel does not remove (EBUSY,
        /// `__remove_instance` of kernel/trace/trace.c), in whatever PID namespace that is.
        static func removeLeftovers(in root: String) {
            guard let folder = unsafe opendir("\(root)/instances") else { return }
            defer { unsafe closedir(folder) }
            for _ in 0..<4_096 {
                guard let entry = unsafe readdir(folder) else { return }
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name.hasPrefix(prefix) { unsafe rmdir("\(root)/instances/\(name)") }
            }
        }

        /// Writes one of the instance's settings.
        func set(_ file: String, _ text: String) throws(SystemCallError) {
            let descriptor = unsafe open("\(path)/\(file)", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemCallError("set", errno: errno, subject: file) }
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            let count = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count == bytes.count else { throw SystemCallError("set", errno: errno, subject: file) }
        }

        /// What has been written since the last time, as whole lines; at most 256 KiB.
        func lines() -> [Substring] {
            var text: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 14)
            while text.count < 1 << 18 {
                let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(pipe, $0.baseAddress, $0.count) }
                guard count > 0 else { break }
                text += chunk.prefix(count)
            }
            return String(decoding: text, as: UTF8.self).split(separator: "\n")
        }
    }
#endif
