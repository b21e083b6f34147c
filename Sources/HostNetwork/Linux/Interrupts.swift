#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// SIGINT, SIGTERM and SIGHUP as a descriptor that becomes readable. Made before the first thread.
    public final class Interrupts {
        public let descriptor: Int32

        /// The number of SIGUSR1, where that was asked for.
        public static let userSignal = SIGUSR1

        /// - Parameter withUserSignal: SIGUSR1 is read here, too, and does not end the process.
        public init(withUserSignal: Bool = false) throws(SystemCallError) {
            descriptor = chn_signal_descriptor(withUserSignal ? 1 : 0)
            guard descriptor >= 0 else { throw SystemCallError("signalfd", errno: errno) }
        }

        deinit { close(descriptor) }

        /// The number of the signal that came; nil where none did.
        public func take() -> Int32? {
            let signal = chn_take_signal(descriptor)
            return signal > 0 ? signal : nil
        }
    }
#endif
