#if os(macOS)
    internal import Darwin

    /// Waits for many descriptors at once: kqueue(2), level-triggered. Written by the manual, not yet compiled there.
    public final class Poller {
        public struct Event: Sendable, Hashable {
            public var token: UInt64
            public var isReadable: Bool
            public var isWritable: Bool
            /// An error or a hang-up is pending.
            public var hasFailed: Bool
        }

        private let descriptor: Int32
        private var ready = [kevent](repeating: kevent(), count: 128)

        public init() throws(SystemCallError) {
            descriptor = kqueue()
            guard descriptor >= 0 else { throw SystemCallError("kqueue", errno: errno) }
        }

        deinit { close(descriptor) }

        private func set(_ watched: Int32, _ filter: Int32, _ isWanted: Bool, _ token: UInt64) -> Int32 {
            var change = kevent(
                ident: UInt(bitPattern: Int(watched)), filter: Int16(filter),
                flags: UInt16(isWanted ? EV_ADD : EV_DELETE), fflags: 0, data: 0,
                udata: UnsafeMutableRawPointer(bitPattern: UInt(token)))
            return kevent(descriptor, &change, 1, nil, 0, nil)
        }

        public func add(
            _ watched: Int32, token: UInt64, readable: Bool = true, writable: Bool = false
        ) throws(SystemCallError) {
            if readable, set(watched, EVFILT_READ, true, token) != 0 { throw SystemCallError("kevent", errno: errno) }
            if writable, set(watched, EVFILT_WRITE, true, token) != 0 { throw SystemCallError("kevent", errno: errno) }
        }

        public func change(_ watched: Int32, token: UInt64, readable: Bool, writable: Bool) {
            _ = set(watched, EVFILT_READ, readable, token)
            _ = set(watched, EVFILT_WRITE, writable, token)
        }

        public func remove(_ watched: Int32) { change(watched, token: 0, readable: false, writable: false) }

        /// Waits at most so long (nil: for ever) and hands over what is ready; an interrupted wait is an empty one.
        public func wait(nanoseconds: Int64?, _ body: (Event) -> Void) {
            let limit = max(0, nanoseconds ?? 0)
            var timeout = timespec(tv_sec: Int(limit / 1_000_000_000), tv_nsec: Int(limit % 1_000_000_000))
            let count = ready.withUnsafeMutableBufferPointer { buffer in
                nanoseconds == nil
                    ? kevent(descriptor, nil, 0, buffer.baseAddress, Int32(buffer.count), nil)
                    : kevent(descriptor, nil, 0, buffer.baseAddress, Int32(buffer.count), &timeout)
            }
            guard count > 0 else { return }
            for event in ready.prefix(Int(count)) {
                body(
                    Event(
                        token: UInt64(UInt(bitPattern: event.udata)), isReadable: Int32(event.filter) == EVFILT_READ,
                        isWritable: Int32(event.filter) == EVFILT_WRITE,
                        hasFailed: Int32(event.flags) & (EV_EOF | EV_ERROR) != 0))
            }
        }
    }
#endif
