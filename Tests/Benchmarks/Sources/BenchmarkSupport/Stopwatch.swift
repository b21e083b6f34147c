import Glibc

/// The clocks that figures are read from.
public enum Stopwatch {
    /// Time as it passes for a person.
    case wall
    /// Time that this process was computing: what other programs on the machine take is not in it.
    case processor

    public var seconds: Double {
        var time = timespec()
        clock_gettime(self == .wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
