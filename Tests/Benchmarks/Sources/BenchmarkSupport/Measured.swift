import Glibc

/// What one run of a command cost, as the operating system counts it.
public struct Measured {
    /// The exit status, or minus the signal that ended it.
    public private(set) var status: Int32
    public private(set) var wallSeconds: Double
    /// From the start to the first byte of output: when a person first sees something. Nil without output.
    public private(set) var firstOutputSeconds: Double?
    public private(set) var cpuSeconds: Double
    /// The largest single process.
    ///
    /// The kernel counts what this process itself had in memory before the command was loaded, so a small
    /// process must do the measuring.
    public private(set) var peakMegabytes: Double
    /// Standard output; standard error is thrown away.
    public private(set) var output: [UInt8]

    /// Runs a command to its end. Nil when it cannot be started.
    ///
    /// - Parameter keepsOutput: Otherwise it goes to `/dev/null`, and costs the command as little as it can.
    public init?(_ command: [String], keepsOutput: Bool = false) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        var ends: [Int32] = [-1, -1]
        if keepsOutput {
            guard pipe(&ends) == 0 else { return nil }
            // The command must not hold its own pipe open by another number: the output would never end.
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }

        var process: pid_t = 0
        let began = Stopwatch.wall.seconds
        let started = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0
        if keepsOutput { close(ends[1]) }
        defer { if keepsOutput { close(ends[0]) } }
        guard started else { return nil }
        output = []
        if keepsOutput {
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(ends[0], &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                if firstOutputSeconds == nil { firstOutputSeconds = Stopwatch.wall.seconds - began }
                output += chunk[..<count]
            }
        }
        var waited: Int32 = 0
        var usage = rusage()
        while wait4(process, &waited, 0, &usage) != process {
            guard errno == EINTR else { return nil }
        }
        wallSeconds = Stopwatch.wall.seconds - began
        status = waited & 0x7F == 0 ? waited >> 8 & 0xFF : -(waited & 0x7F)
        cpuSeconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        peakMegabytes = Double(usage.ru_maxrss) / 1_024
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
