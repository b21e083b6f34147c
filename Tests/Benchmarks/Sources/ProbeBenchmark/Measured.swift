import Glibc

/// What one run of a command cost, as the operating system counts it.
struct Measured {
    var status: Int32
    var wallSeconds: Double
    var cpuSeconds: Double
    /// The largest single process.
    var peakMegabytes: Double

    /// Runs a command to its end, its output thrown away.
    init?(_ command: [String]) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let began = Self.monotonic()
        guard posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0 else { return nil }
        var waited: Int32 = 0
        var usage = rusage()
        guard wait4(process, &waited, 0, &usage) == process else { return nil }
        wallSeconds = Self.monotonic() - began
        status = waited & 0x7F == 0 ? waited >> 8 & 0xFF : -(waited & 0x7F)
        cpuSeconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        peakMegabytes = Double(usage.ru_maxrss) / 1_024
    }

    private static func monotonic() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
