public import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that a test runs to its end.
///
/// This is `posix_spawn`, files for what it says, and a `waitpid` for this child alone. Foundation's Process watches all
/// children through the sockets that they hold; with many at once it missed the end of some, and exit tests, which ask for
/// any child's end, then never got to see their own.
public enum Program {
    public struct Ended: Sendable {
        /// Nil when a signal ended it.
        public var status: Int32?
        public var signal: Int32?
        public var output: Data
        public var error: Data

        public init(status: Int32?, signal: Int32? = nil, output: Data, error: Data = Data()) {
            (self.status, self.signal, self.output, self.error) = (status, signal, output, error)
        }
    }

    /// It could not be started.
    public struct NotStarted: Error {
        public var line: [String]
        public var reason: String
    }

    /// Runs a program and waits for it on a thread of its own: tests share few.
    ///
    /// - Parameters:
    ///   - line: the program's path, then its arguments.
    ///   - environment: all of it; nil is this process's own.
    ///   - seconds: it is killed after so long, which no test comes near, however busy the machine.
    public static func run(
        _ line: [String], in folder: URL? = nil, environment: [String: String]? = nil, seconds: Int = 600
    ) async throws -> Ended {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try runAndWait(line, in: folder, environment: environment, seconds: seconds) })
            }
        }
    }

    /// The same, on this thread.
    public static func runAndWait(
        _ line: [String], in folder: URL? = nil, environment: [String: String]? = nil, seconds: Int = 600
    ) throws -> Ended {
        let files = FileManager.default.temporaryDirectory.appending(path: "stallpoint-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let (output, error) = (files.appending(path: "output"), files.appending(path: "error"))
        // Not every C library can change the folder of a child alone.
        let move = folder.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0.path] } ?? []
        let child = try start(move + line, environment, output: output.path, error: error.path)
        let status = wait(for: child, until: Date(timeIntervalSinceNow: Double(seconds)))
        let signal = status & 0x7F
        return Ended(
            status: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal == 0 ? nil : signal,
            output: try Data(contentsOf: output), error: try Data(contentsOf: error))
    }

    private static func start(
        _ line: [String], _ environment: [String: String]?, output: String, error: String
    ) throws -> pid_t {
        #if canImport(Glibc)
            var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
        #else
            var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Opened in the child: no descriptor of this process is one that another child could inherit.
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, file) in [(Int32(1), output), (2, error)] {
            posix_spawn_file_actions_addopen(&actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }

        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let environment = environment ?? ProcessInfo.processInfo.environment
        var arguments = line.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var child: pid_t = 0
        let problem = posix_spawn(&child, line[0], &actions, &attributes, &arguments, &variables)
        guard problem == 0 else { throw NotStarted(line: line, reason: String(cString: strerror(problem))) }
        return child
    }

    /// The status as `waitpid` gives it.
    private static func wait(for child: pid_t, until limit: Date) -> Int32 {
        var status: Int32 = 0
        var isKilled = false
        while true {
            let ended = waitpid(child, &status, isKilled ? 0 : WNOHANG)
            if ended == child { return status }
            // Nobody else reaps it: only a signal interrupts.
            guard ended == 0 || errno == EINTR else { return status }
            if !isKilled, Date() > limit {
                kill(child, SIGKILL)
                isKilled = true
            }
            usleep(5_000)
        }
    }
}
