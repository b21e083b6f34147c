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
            Self.removeLeftovers(in: root)
            let path = "\(root)/instances/\(Self.prefix)\(getpid())"
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

        /// Instances whose process is gone. One that somebody reads cannot be removed: the kernel refuses.
        static func removeLeftovers(in root: String) {
            guard let folder = unsafe opendir("\(root)/instances") else { return }
            defer { unsafe closedir(folder) }
            for _ in 0..<4_096 {
                guard let entry = unsafe readdir(folder) else { return }
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name.hasPrefix(prefix), let process = Int32(name.dropFirst(prefix.count)), process > 0,
                    isGone(process)
                else { continue }
                unsafe rmdir("\(root)/instances/\(name)")
            }
        }

        /// It ended, and at most waits for whoever started it to take note: in a container nobody may (proc(5), stat).
        private static func isGone(_ process: Int32) -> Bool {
            if kill(process, 0) != 0, errno == ESRCH { return true }
            let descriptor = unsafe open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            // The name stands in parentheses, and may hold some itself.
            guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else {
                return false
            }
            return bytes[end + 2] == UInt8(ascii: "Z") || bytes[end + 2] == UInt8(ascii: "X")
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
