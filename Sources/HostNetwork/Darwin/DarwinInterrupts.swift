#if os(macOS)
    internal import Darwin

    /// SIGINT, SIGTERM and SIGHUP as a descriptor that becomes readable: a kqueue of its own (EVFILT_SIGNAL).
    public final class Interrupts {
        public let descriptor: Int32

        /// The number of SIGUSR1, where that was asked for.
        public static let userSignal = SIGUSR1

        /// - Parameter withUserSignal: SIGUSR1 is read here, too, and does not end the process.
        public init(withUserSignal: Bool = false) throws(SystemCallError) {
            descriptor = kqueue()
            guard descriptor >= 0 else { throw SystemCallError("kqueue", errno: errno) }
            signal(SIGPIPE, SIG_IGN)
            signal(SIGXFSZ, SIG_IGN)
            for number in [SIGINT, SIGTERM, SIGHUP] + (withUserSignal ? [SIGUSR1] : []) {
                signal(number, SIG_IGN)
                var change = kevent(
                    ident: UInt(number), filter: Int16(EVFILT_SIGNAL), flags: UInt16(EV_ADD), fflags: 0, data: 0,
                    udata: nil)
                guard unsafe kevent(descriptor, &change, 1, nil, 0, nil) == 0 else {
                    throw SystemCallError("watch signals", errno: errno)
                }
            }
        }

        deinit { close(descriptor) }

        /// The number of the signal that came; nil where none did.
        public func take() -> Int32? {
            var event = kevent()
            var patience = timespec()
            return unsafe kevent(descriptor, nil, 0, &event, 1, &patience) == 1 ? Int32(event.ident) : nil
        }
    }
#endif
