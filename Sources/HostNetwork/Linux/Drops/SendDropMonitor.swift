#if os(Linux)
    internal import Glibc

    /// The weaker witness of drops, where BPF is not permitted and tracefs is: the same event, without addresses.
    ///
    /// What it can tell: that a packet was dropped while this process itself was sending it, because the kernel sends
    /// within the system call, and with it the reason and the place. What it cannot: drops of answers and of the
    /// kernel's own repetitions, which happen in whoever's time slice. So its silence says nothing.
    public final class SendDropMonitor {
        private let instance: TraceInstance
        private let process: Int

        public init() throws(DropMonitorUnavailable) {
            guard let root = TraceInstance.root else {
                throw DropMonitorUnavailable(
                    description: "tracefs is not mounted, or not permitted", isPermission: false)
            }
            do throws(SystemCallError) {
                instance = try TraceInstance(in: root)
                try instance.set("trace_clock", "mono")
                try instance.set("buffer_size_kb", "64")
                // The tracer numbers tasks as the first PID namespace does, which a process cannot ask for: it
                // reads it from a mark of its own.
                let mark = "stallpoint \(UInt64.random(in: 1 ... .max))"
                try instance.set("trace_marker", mark)
                guard let own = instance.lines().compactMap({ TraceLine($0) }).first(where: { $0.text == mark }) else {
                    throw SystemCallError("read a trace instance", errno: EIO)
                }
                process = own.process
                // Ours, in the system call itself: not the interrupts that happen to run meanwhile (TRACE_FLAG_HARDIRQ
                // 8 and TRACE_FLAG_SOFTIRQ 16 of include/linux/trace_events.h), and IP only.
                try instance.set(
                    "events/skb/kfree_skb/filter",
                    "common_pid == \(process) && !(common_flags & 24) && (protocol == 2048 || protocol == 34525)")
                try instance.set("events/skb/kfree_skb/enable", "1")
            } catch {
                throw DropMonitorUnavailable(description: error.description, isPermission: error.isPermission)
            }
        }

        /// Hands over what was dropped since the last look, oldest first.
        public func read(_ body: (SendDrop) -> Void) {
            for line in instance.lines() {
                guard let line = TraceLine(line), line.process == process, let drop = line.drop else { continue }
                body(
                    SendDrop(
                        reason: drop.reason, place: drop.place, monotonicMicroseconds: line.microseconds))
            }
        }
    }
#endif
