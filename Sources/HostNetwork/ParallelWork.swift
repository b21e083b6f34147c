#if canImport(Glibc)
    internal import CHostNetwork
    internal import Glibc
    internal import Synchronization
#elseif canImport(Darwin)
    internal import Darwin
    internal import Synchronization
#endif

/// The same work on several threads at once, where this machine has processors for them.
public enum ParallelWork {
    /// Processors that this process may use at the same time.
    public static var processorCount: Int {
        #if canImport(Glibc)
            // What taskset(1) or a container's cpuset leaves of those that are there.
            let count = Int(chn_processor_count())
            if count > 0 { return count }
        #endif
        return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// The results in the order of their numbers, from 0 on. The first runs on the caller's own thread, and so does each
    /// for which there is no other.
    public static func run<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Results<Result>(count)
        var threads: [SystemThread] = []
        var left: [Int] = []
        for number in 0..<count where number > 0 {
            if let thread = try? SystemThread({ results.set(number, body(number)) }) {
                threads.append(thread)
            } else {
                left.append(number)
            }
        }
        for number in (count > 0 ? [0] : []) + left { results.set(number, body(number)) }
        for thread in threads { thread.join() }
        return results.take()
    }

    private final class Results<Result: Sendable>: Sendable {
        private let slots: Mutex<[Result?]>

        init(_ count: Int) { slots = Mutex(Array(repeating: nil, count: count)) }

        func set(_ number: Int, _ result: Result) { slots.withLock { $0[number] = result } }

        func take() -> [Result] { slots.withLock { $0.compactMap { $0 } } }
    }
}
