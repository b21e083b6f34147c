#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// SIGINT, SIGTERM and SIGHUP as a descriptor that becomes readable. Made before the first thread.
    public final class Interrupts {
        public let descriptor: Int32

        public init() throws(SystemCallError) {
            descriptor = chn_signal_descriptor()
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
